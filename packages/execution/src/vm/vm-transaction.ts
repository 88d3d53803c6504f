import { bigintToBytes, hexToBytes } from '@busan/primitives'
import {
  createAccessList2930Tx,
  createBlob4844Tx,
  createEOACode7702Tx,
  createFeeMarket1559Tx,
  createLegacyTx,
  type TypedTransaction,
} from '@ethereumjs/tx'
import { Address } from '@ethereumjs/util'
import type { Authorization, Transaction } from '../types.ts'
import type { ForkRules } from './machine.ts'

/**
 * A decoded transaction as the VM runs it. It is not signed again: the sender is known, so nothing is recovered
 * twice, and the fork is the block's.
 * @param free the price fields are taken as zero
 * @throws EthereumJSError when a field is impossible under the fork
 */
export function createVmTransaction(
  transaction: Transaction,
  rules: ForkRules,
  free: boolean,
): TypedTransaction {
  const vmTransaction = createUnsigned(transaction, rules, free)
  const sender = new Address(hexToBytes(transaction.sender))
  vmTransaction.getSenderAddress = () => sender
  return vmTransaction
}

function createUnsigned(
  transaction: Transaction,
  rules: ForkRules,
  free: boolean,
): TypedTransaction {
  const options = { common: rules, freeze: false }
  const gasPrice = free ? 0n : transaction.maxFeePerGasWei
  const fields = {
    nonce: transaction.nonce,
    gasLimit: transaction.gasLimit,
    value: transaction.valueWei,
    data: transaction.data,
    ...(transaction.to === null ? {} : { to: hexToBytes(transaction.to) }),
  }
  if (transaction.type === 0) return createLegacyTx({ ...fields, gasPrice }, options)
  const typed = { ...fields, chainId: rules.chainId(), accessList: accessListBytes(transaction) }
  if (transaction.type === 1) return createAccessList2930Tx({ ...typed, gasPrice }, options)
  const priced = {
    ...typed,
    maxFeePerGas: gasPrice,
    maxPriorityFeePerGas: free ? 0n : transaction.maxPriorityFeePerGasWei,
  }
  if (transaction.type === 2) return createFeeMarket1559Tx(priced, options)
  if (transaction.type === 3)
    return createBlob4844Tx({ ...priced, ...blobFields(transaction) }, options)
  const authorizationList = transaction.authorizationList.map(authorizationBytes)
  return createEOACode7702Tx({ ...priced, authorizationList }, options)
}

function blobFields({ blobVersionedHashes = [], maxFeePerBlobGasWei = 0n }: Transaction) {
  return {
    blobVersionedHashes: blobVersionedHashes.map(hexToBytes),
    maxFeePerBlobGas: maxFeePerBlobGasWei,
  }
}

function accessListBytes(transaction: Transaction): [Uint8Array, Uint8Array[]][] {
  return transaction.accessList.map(({ address, storageKeys }) => [
    hexToBytes(address),
    storageKeys.map(hexToBytes),
  ])
}

type AuthorizationBytes = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]

function authorizationBytes(authorization: Authorization): AuthorizationBytes {
  return [
    bigintToBytes(authorization.chainId),
    hexToBytes(authorization.address),
    bigintToBytes(authorization.nonce),
    bigintToBytes(authorization.yParity),
    bigintToBytes(authorization.r),
    bigintToBytes(authorization.s),
  ]
}
