import type { StoredBlock } from '@busan/chain'
import { encodeBlock, encodeHeader, type Header, type Withdrawal } from '@busan/chain-spec'
import { type Hash, type Hex, keccakHash, toQuantity } from '@busan/primitives'
import { formatMinedTransaction } from './transaction.ts'

/** A header in geth's JSON shape. `hash` is the on-chain hash, not keccak of what is shown (QBFT seals). */
export function formatHeader(header: Header, hash: Hash) {
  return {
    number: toQuantity(header.number),
    hash,
    parentHash: header.parentHash,
    nonce: header.nonce,
    mixHash: header.mixHash,
    sha3Uncles: header.ommersHash,
    logsBloom: header.logsBloom,
    stateRoot: header.stateRoot,
    miner: header.coinbase,
    difficulty: toQuantity(header.difficulty),
    extraData: header.extraData,
    gasLimit: toQuantity(header.gasLimit),
    gasUsed: toQuantity(header.gasUsed),
    timestamp: toQuantity(header.timestamp),
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    ...formatForkFields(header),
  }
}

/**
 * A block in geth's JSON shape, with transaction hashes or whole transactions.
 * @param genesisDifficulty undefined: no total difficulty is shown
 */
export function formatBlock(
  block: StoredBlock,
  isFull: boolean,
  genesisDifficulty: bigint | undefined,
) {
  const { header, hash, ommers = [], withdrawals = [] } = block
  return {
    ...formatHeader(header, hash),
    ...(genesisDifficulty === undefined
      ? {}
      : { totalDifficulty: toQuantity(genesisDifficulty + header.number * header.difficulty) }),
    size: toQuantity(block.sizeBytes),
    uncles: ommers.map(ommerHash),
    ...(header.withdrawalsRoot === undefined
      ? {}
      : { withdrawals: withdrawals.map(formatWithdrawal) }),
    transactions: isFull
      ? block.transactions.map((transaction, index) =>
          formatMinedTransaction(transaction, { header, blockHash: hash, index }),
        )
      : block.transactions.map((transaction) => transaction.hash),
  }
}

/** An ommer as geth shows it: a block of which only the header is known. */
export function formatOmmer(header: Header) {
  return {
    ...formatHeader(header, ommerHash(header)),
    size: toQuantity(encodeBlock({ header, transactions: [] }).length),
    uncles: [],
  }
}

/** A withdrawal in geth's JSON shape; the amount is in gwei. */
export function formatWithdrawal(withdrawal: Withdrawal) {
  return {
    index: toQuantity(withdrawal.index),
    validatorIndex: toQuantity(withdrawal.validatorIndex),
    address: withdrawal.address,
    amount: toQuantity(withdrawal.amountGwei),
  }
}

/** Only chains of Ethereum have ommers, and there a hash is that of the header as it stands. */
function ommerHash(header: Header): Hash {
  return keccakHash(encodeHeader(header))
}

/** Fields that exist only from their fork on. */
function formatForkFields(header: Header): Record<string, Hex> {
  const fields: Record<string, Hex> = {}
  if (header.baseFeePerGas !== undefined) fields.baseFeePerGas = toQuantity(header.baseFeePerGas)
  if (header.withdrawalsRoot !== undefined) fields.withdrawalsRoot = header.withdrawalsRoot
  if (header.blobGasUsed !== undefined) fields.blobGasUsed = toQuantity(header.blobGasUsed)
  if (header.excessBlobGas !== undefined) fields.excessBlobGas = toQuantity(header.excessBlobGas)
  if (header.parentBeaconBlockRoot !== undefined) {
    fields.parentBeaconBlockRoot = header.parentBeaconBlockRoot
  }
  if (header.requestsHash !== undefined) fields.requestsHash = header.requestsHash
  return fields
}
