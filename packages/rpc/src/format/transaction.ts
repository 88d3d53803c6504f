import type { Header } from '@busan/chain-spec'
import type { Transaction } from '@busan/execution'
import { bytesToHex, type Hash, type Hex, toQuantity } from '@busan/primitives'
import { smaller } from '../bigint-order.ts'

/** Where a transaction was mined. */
export interface MinedAt {
  readonly header: Header
  readonly blockHash: Hash
  readonly index: number
}

/** A pooled transaction in geth's JSON shape: its place is null. */
export function formatPooledTransaction(transaction: Transaction) {
  return {
    blockHash: null,
    blockNumber: null,
    blockTimestamp: null,
    transactionIndex: null,
    ...formatBody(transaction),
    gasPrice: toQuantity(transaction.maxFeePerGasWei),
  }
}

/** A mined transaction in geth's JSON shape; `gasPrice` is what was paid for a unit of gas. */
export function formatMinedTransaction(transaction: Transaction, mined: MinedAt) {
  const { header, blockHash, index } = mined
  return {
    blockHash,
    blockNumber: toQuantity(header.number),
    blockTimestamp: toQuantity(header.timestamp),
    transactionIndex: toQuantity(index),
    ...formatBody(transaction),
    gasPrice: toQuantity(priceAt(transaction, header.baseFeePerGas)),
  }
}

function formatBody(transaction: Transaction) {
  return {
    hash: transaction.hash,
    type: toQuantity(transaction.type),
    from: transaction.sender,
    to: transaction.to,
    nonce: toQuantity(transaction.nonce),
    gas: toQuantity(transaction.gasLimit),
    value: toQuantity(transaction.valueWei),
    input: bytesToHex(transaction.data),
    ...(transaction.chainId === undefined ? {} : { chainId: toQuantity(transaction.chainId) }),
    ...formatTyped(transaction),
    v: toQuantity(transaction.signature.v),
    r: toQuantity(transaction.signature.r),
    s: toQuantity(transaction.signature.s),
  }
}

/** Fields that only typed transactions have (EIP-2930, EIP-1559, EIP-4844, EIP-7702). */
function formatTyped(transaction: Transaction) {
  if (transaction.type === 0) return {}
  return {
    accessList: transaction.accessList,
    yParity: toQuantity(transaction.signature.v),
    ...(transaction.type === 1
      ? {}
      : {
          maxFeePerGas: toQuantity(transaction.maxFeePerGasWei),
          maxPriorityFeePerGas: toQuantity(transaction.maxPriorityFeePerGasWei),
        }),
    ...(transaction.type === 3
      ? {
          maxFeePerBlobGas: toQuantity(transaction.maxFeePerBlobGasWei ?? 0n),
          blobVersionedHashes: transaction.blobVersionedHashes,
        }
      : {}),
    ...(transaction.type === 4 ? { authorizationList: formatAuthorizations(transaction) } : {}),
  }
}

function formatAuthorizations(transaction: Transaction): readonly Record<string, Hex>[] {
  return transaction.authorizationList.map((authorization) => ({
    chainId: toQuantity(authorization.chainId),
    address: authorization.address,
    nonce: toQuantity(authorization.nonce),
    yParity: toQuantity(authorization.yParity),
    r: toQuantity(authorization.r),
    s: toQuantity(authorization.s),
  }))
}

/** min(fee cap, base fee + tip), in wei (EIP-1559). */
function priceAt(transaction: Transaction, baseFeePerGas = 0n): bigint {
  return smaller(baseFeePerGas + transaction.maxPriorityFeePerGasWei, transaction.maxFeePerGasWei)
}
