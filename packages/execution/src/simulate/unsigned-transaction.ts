import {
  bigintToBytes,
  concatBytes,
  encodeRlp,
  hexToBytes,
  keccakHash,
  type RlpItem,
} from '@busan/primitives'
import type { Message } from '../call-message.ts'
import type { CallRequest, Transaction } from '../types.ts'

const NO_BYTES = new Uint8Array(0)
const UNSIGNED = { v: 0n, r: 0n, s: 0n }

/**
 * The transaction that a call stands for, in geth's choice of type: what it names decides, and where there is a base
 * fee it is one with fee caps.
 */
export function unsignedTransaction(
  request: CallRequest,
  message: Message,
  place: {
    readonly nonce: bigint
    readonly chainId: bigint
    readonly hasBaseFee: boolean
  },
): Transaction {
  const { nonce, chainId } = place
  const type = typeOf(request, place.hasBaseFee)
  const maxFee = request.gasPriceWei ?? request.maxFeePerGasWei ?? 0n
  const fields: Omit<Transaction, 'hash' | 'raw'> = {
    type,
    nonce,
    sender: message.from,
    to: message.to,
    gasLimit: message.gasLimit,
    valueWei: message.valueWei,
    data: message.data,
    maxFeePerGasWei: maxFee,
    maxPriorityFeePerGasWei: type === 0 ? maxFee : (request.maxPriorityFeePerGasWei ?? 0n),
    accessList: type === 0 ? [] : message.accessList,
    authorizationList: type === 4 ? message.authorizationList : [],
    signature: UNSIGNED,
    ...(type === 0 ? {} : { chainId }),
    ...(type === 3
      ? {
          blobVersionedHashes: message.blobVersionedHashes ?? [],
          maxFeePerBlobGasWei: message.maxFeePerBlobGasWei,
        }
      : {}),
  }
  const payload = encodeRlp([
    ...(type === 0 ? legacyItems(fields) : typedItems(fields)),
    ...NO_SIGNATURE,
  ])
  const raw = type === 0 ? payload : concatBytes(Uint8Array.of(type), payload)
  return { ...fields, raw, hash: keccakHash(raw) }
}

const NO_SIGNATURE: readonly RlpItem[] = [NO_BYTES, NO_BYTES, NO_BYTES]

function typeOf(request: CallRequest, hasBaseFee: boolean): number {
  if (request.gasPriceWei !== undefined || !hasBaseFee) return 0
  if (request.authorizationList !== undefined) return 4
  return request.blobVersionedHashes === undefined ? 2 : 3
}

type Fields = Omit<Transaction, 'hash' | 'raw'>

function legacyItems(fields: Fields): RlpItem[] {
  return [bigintToBytes(fields.nonce), bigintToBytes(fields.maxFeePerGasWei), ...bodyItems(fields)]
}

function typedItems(fields: Fields): RlpItem[] {
  const items: RlpItem[] = [
    bigintToBytes(fields.chainId ?? 0n),
    bigintToBytes(fields.nonce),
    bigintToBytes(fields.maxPriorityFeePerGasWei),
    bigintToBytes(fields.maxFeePerGasWei),
    ...bodyItems(fields),
    fields.accessList.map(({ address, storageKeys }) => [
      hexToBytes(address),
      storageKeys.map(hexToBytes),
    ]),
  ]
  if (fields.type === 3) {
    items.push(bigintToBytes(fields.maxFeePerBlobGasWei ?? 0n))
    items.push((fields.blobVersionedHashes ?? []).map(hexToBytes))
  }
  if (fields.type === 4) items.push(fields.authorizationList.map(authorizationItems))
  return items
}

function bodyItems({ gasLimit, to, valueWei, data }: Fields): RlpItem[] {
  return [
    bigintToBytes(gasLimit),
    to === null ? NO_BYTES : hexToBytes(to),
    bigintToBytes(valueWei),
    data,
  ]
}

function authorizationItems(authorization: Transaction['authorizationList'][number]): RlpItem[] {
  const { chainId, address, nonce, yParity, r, s } = authorization
  return [
    bigintToBytes(chainId),
    hexToBytes(address),
    bigintToBytes(nonce),
    ...[yParity, r, s].map(bigintToBytes),
  ]
}
