import type { CallRequest } from '@busan/execution'
import {
  type Address,
  bigintToBytes,
  bytesToHex,
  concatBytes,
  encodeRlp,
  hexToBytes,
  keccakHash,
  type RlpItem,
  toQuantity,
  ZERO_ADDRESS,
} from '@busan/primitives'
import { z } from 'zod'
import { CALL_ERRORS } from '../error-lists.ts'
import { RpcError } from '../errors.ts'
import { defineMethod, type Method, type RpcContext } from '../method.ts'
import { stateOf } from '../resolve-block.ts'
import * as hexResult from '../result/hex.ts'
import { filledTransaction } from '../result/transaction.ts'
import { callArguments } from '../schema/call.ts'
import { estimateGas, requestOf } from './execute.ts'

/** A transaction with everything but a signature. */
export const fillMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_fillTransaction',
    summary: 'Fills in what a transaction lacks: nonce, fees, gas, chain id; answers it unsigned.',
    params: z.tuple([callArguments]),
    names: ['transaction'],
    result: z.strictObject({ raw: hexResult.data, tx: filledTransaction }),
    errors: CALL_ERRORS,
    async handler([given], context) {
      const filled = await fill(requestOf(given, context), context)
      const raw = encodeUnsigned(filled)
      return { raw: bytesToHex(raw), tx: { hash: keccakHash(raw), ...format(filled) } }
    },
  }),
]

type Fees = Pick<CallRequest, 'gasPriceWei' | 'maxFeePerGasWei' | 'maxPriorityFeePerGasWei'>

interface Filled {
  readonly type: 0 | 1 | 2 | 4
  readonly chainId: bigint
  readonly from: Address
  readonly to: Address | null
  readonly nonce: bigint
  readonly gas: bigint
  readonly valueWei: bigint
  readonly data: Uint8Array
  /** Types 0 and 1. */
  readonly gasPriceWei: bigint
  /** Types 2 and 4. */
  readonly maxFeePerGasWei: bigint
  readonly maxPriorityFeePerGasWei: bigint
  readonly accessList: NonNullable<CallRequest['accessList']>
  readonly authorizationList: NonNullable<CallRequest['authorizationList']>
}

async function fill(request: CallRequest, context: RpcContext): Promise<Filled> {
  const { chain, pool } = context
  if (request.blobVersionedHashes !== undefined) {
    throw new RpcError(
      'call-rejected',
      'transaction type not supported: blobs are for the wallet to fill in',
    )
  }
  const { from = ZERO_ADDRESS, to = null, valueWei = 0n, data = new Uint8Array(0) } = request
  if (to === null && data.length === 0) {
    throw new RpcError('call-rejected', 'contract creation without any data provided')
  }
  const block = { kind: 'pending' } as const
  const stateNonce = (await stateOf(chain, block).account(from))?.nonce ?? 0n
  const fees = feesOf(request, context)
  const { accessList = [], authorizationList = [] } = request
  const hasGasPrice = request.gasPriceWei !== undefined
  return {
    type: typeOf(request),
    chainId: chain.spec.chainId,
    from,
    to,
    nonce: request.nonce ?? pool.nextNonce(from, stateNonce),
    // Without fees, as wallets ask: what a sender can pay is judged when it sends.
    gas:
      request.gas ??
      (await estimateGas(withoutFees(request), { block, state: undefined, override: {} }, context)),
    valueWei,
    data,
    gasPriceWei: request.gasPriceWei ?? 0n,
    maxFeePerGasWei: hasGasPrice ? 0n : (fees.maxFeePerGasWei ?? 0n),
    maxPriorityFeePerGasWei: hasGasPrice ? 0n : (fees.maxPriorityFeePerGasWei ?? 0n),
    accessList,
    authorizationList,
  }
}

function typeOf({ gasPriceWei, accessList, authorizationList }: CallRequest): Filled['type'] {
  if (authorizationList !== undefined) {
    if (gasPriceWei === undefined) return 4
    throw new RpcError('call-rejected', 'authorizationList takes maxFeePerGas, not gasPrice')
  }
  if (gasPriceWei === undefined) return 2
  return accessList === undefined ? 0 : 1
}

/** geth's rule: the suggested tip, and twice the base fee on top of it. @throws RpcError for a tip above the cap */
function feesOf(request: CallRequest, { fees, chain }: RpcContext): Fees {
  const isFree = chain.spec.feePolicy.kind === 'freeGas'
  const cap = request.maxFeePerGasWei
  const suggested = isFree ? 0n : fees.suggestedTip()
  const tip =
    request.maxPriorityFeePerGasWei ?? (cap !== undefined && cap < suggested ? cap : suggested)
  const maxFeePerGasWei = cap ?? tip + 2n * fees.nextBaseFee()
  if (maxFeePerGasWei >= tip) return { maxFeePerGasWei, maxPriorityFeePerGasWei: tip }
  const text = `maxFeePerGas (${maxFeePerGasWei}) < maxPriorityFeePerGas (${tip})`
  throw new RpcError('tip-above-fee-cap', text)
}

function withoutFees(request: CallRequest): CallRequest {
  const { gasPriceWei: _, maxFeePerGasWei: __, maxPriorityFeePerGasWei: ___, ...rest } = request
  return rest
}

function format(filled: Filled) {
  const { type, gasPriceWei, maxFeePerGasWei, maxPriorityFeePerGasWei } = filled
  const isLegacy = type < 2
  return {
    type: toQuantity(type),
    chainId: toQuantity(filled.chainId),
    from: filled.from,
    to: filled.to,
    nonce: toQuantity(filled.nonce),
    gas: toQuantity(filled.gas),
    value: toQuantity(filled.valueWei),
    input: bytesToHex(filled.data),
    gasPrice: toQuantity(isLegacy ? gasPriceWei : maxFeePerGasWei),
    ...(isLegacy
      ? {}
      : {
          maxFeePerGas: toQuantity(maxFeePerGasWei),
          maxPriorityFeePerGas: toQuantity(maxPriorityFeePerGasWei),
        }),
    ...(type === 0 ? {} : { accessList: filled.accessList }),
    ...(type === 4
      ? {
          authorizationList: filled.authorizationList.map((one) => ({
            chainId: toQuantity(one.chainId),
            address: one.address,
            nonce: toQuantity(one.nonce),
            yParity: toQuantity(one.yParity),
            r: toQuantity(one.r),
            s: toQuantity(one.s),
          })),
        }
      : {}),
    v: '0x0',
    r: '0x0',
    s: '0x0',
  }
}

/** The EIP-2718 envelope with zeros for a signature, as geth answers it. */
function encodeUnsigned(filled: Filled): Uint8Array {
  const { type, chainId, nonce, gas, to, valueWei, data, gasPriceWei } = filled
  const scalar = bigintToBytes
  const message: RlpItem[] = [
    scalar(gas),
    to === null ? new Uint8Array(0) : hexToBytes(to),
    scalar(valueWei),
    data,
  ]
  const signature: RlpItem[] = [scalar(0n), scalar(0n), scalar(0n)]
  if (type === 0) return encodeRlp([scalar(nonce), scalar(gasPriceWei), ...message, ...signature])
  const prices =
    type === 1
      ? [scalar(gasPriceWei)]
      : [scalar(filled.maxPriorityFeePerGasWei), scalar(filled.maxFeePerGasWei)]
  const accessList = filled.accessList.map(({ address, storageKeys }) => [
    hexToBytes(address),
    storageKeys.map(hexToBytes),
  ])
  const fields: RlpItem[] = [scalar(chainId), scalar(nonce), ...prices, ...message, accessList]
  if (type === 4) fields.push(filled.authorizationList.map(encodeAuthorization))
  return concatBytes(Uint8Array.of(type), encodeRlp([...fields, ...signature]))
}

function encodeAuthorization(one: Filled['authorizationList'][number]): RlpItem {
  const { chainId, address, nonce, yParity, r, s } = one
  return [bigintToBytes(chainId), hexToBytes(address), ...[nonce, yParity, r, s].map(bigintToBytes)]
}
