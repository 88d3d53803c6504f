import type { StoredBlock } from '@busan/chain'
import type { Header } from '@busan/chain-spec'
import { type Hash, type Hex, toQuantity } from '@busan/primitives'
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

/** A block in geth's JSON shape, with transaction hashes or whole transactions. */
export function formatBlock(block: StoredBlock, isFull: boolean, genesisDifficulty: bigint) {
  const { header, hash } = block
  return {
    ...formatHeader(header, hash),
    totalDifficulty: toQuantity(genesisDifficulty + header.number * header.difficulty),
    size: toQuantity(block.sizeBytes),
    uncles: [],
    ...(header.withdrawalsRoot === undefined ? {} : { withdrawals: [] }),
    transactions: isFull
      ? block.transactions.map((transaction, index) =>
          formatMinedTransaction(transaction, { header, blockHash: hash, index }),
        )
      : block.transactions.map((transaction) => transaction.hash),
  }
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
