import type { FeePolicy } from '@busan/chain-spec'
import { type Address, type Hash, refuse, toChecksumAddress, ZERO_ADDRESS } from '@busan/primitives'
import { lesser } from './bigint-order.ts'
import { blobGasOf, KZG_VERSION } from './blob-rules.ts'
import { INIT_CODE_SIZE_BYTES_MAX, type IntrinsicGas } from './intrinsic-gas.ts'
import type { CallReason, CallRequest, Transaction } from './types.ts'

/** A call with every field decided. */
export interface Message {
  readonly from: Address
  readonly to: Address | null
  readonly gasLimit: bigint
  readonly valueWei: bigint
  readonly data: Uint8Array
  /** What GASPRICE shows and gas is bought for. */
  readonly gasPriceWei: bigint
  readonly maxFeePerGasWei: bigint
  readonly maxPriorityFeePerGasWei: bigint
  readonly accessList: Transaction['accessList']
  readonly authorizationList: Transaction['authorizationList']
  /** Absent: not a message with blobs. */
  readonly blobVersionedHashes?: readonly Hash[]
  readonly maxFeePerBlobGasWei: bigint
}

/** Fills what a request leaves open, as geth does. */
export function messageOf(
  request: CallRequest,
  setting: {
    readonly feePolicy: FeePolicy
    readonly baseFeePerGasWei: bigint | undefined
    readonly gasCap: bigint
  },
): Message {
  const wanted = request.gas ?? setting.gasCap
  const isFree = setting.feePolicy.kind === 'freeGas'
  const maxFee = isFree ? 0n : (request.gasPriceWei ?? request.maxFeePerGasWei ?? 0n)
  const tip = isFree ? 0n : (request.gasPriceWei ?? request.maxPriorityFeePerGasWei ?? 0n)
  const tipped = (setting.baseFeePerGasWei ?? 0n) + tip
  const isPriced = maxFee > 0n || tip > 0n
  return {
    from: request.from ?? ZERO_ADDRESS,
    to: request.to ?? null,
    gasLimit: lesser(wanted, setting.gasCap),
    valueWei: request.valueWei ?? 0n,
    data: request.data ?? new Uint8Array(0),
    gasPriceWei: isPriced ? lesser(tipped, maxFee) : 0n,
    maxFeePerGasWei: maxFee,
    maxPriorityFeePerGasWei: tip,
    accessList: request.accessList ?? [],
    authorizationList: request.authorizationList ?? [],
    ...(request.blobVersionedHashes === undefined
      ? {}
      : { blobVersionedHashes: request.blobVersionedHashes }),
    maxFeePerBlobGasWei: isFree ? 0n : (request.maxFeePerBlobGasWei ?? 0n),
  }
}

type Refusal = ReturnType<typeof refuse<CallReason>>

/** Checks before a call runs, in geth's order and words; undefined: it may run. */
export function checkMessage(
  message: Message,
  setting: {
    readonly gas: IntrinsicGas
    readonly balanceWei: bigint
    readonly baseFeePerGasWei: bigint | undefined
    readonly blobBaseFeePerGasWei: bigint | undefined
    readonly limitsInitCode: boolean
    /** A message that names no price must pay the base fee too, as a transaction must. */
    readonly requiresPrice?: boolean
  },
): Refusal | undefined {
  return (
    checkPrice(message, setting.baseFeePerGasWei, setting.requiresPrice === true) ??
    checkBlobs(message, setting.blobBaseFeePerGasWei) ??
    checkBalance(message, setting.balanceWei) ??
    checkGas(message, setting.gas) ??
    checkInitCode(message, setting.limitsInitCode)
  )
}

function checkPrice(
  message: Message,
  baseFeePerGasWei: bigint | undefined,
  isRequired: boolean,
): Refusal | undefined {
  const { maxFeePerGasWei, maxPriorityFeePerGasWei } = message
  if (baseFeePerGasWei === undefined) return undefined
  const isUnpriced = maxFeePerGasWei === 0n && maxPriorityFeePerGasWei === 0n
  if (isUnpriced && !isRequired) return undefined
  const address = toChecksumAddress(message.from)
  if (maxPriorityFeePerGasWei > maxFeePerGasWei) {
    return refuse(
      'tip-above-fee-cap',
      `max priority fee per gas higher than max fee per gas: address ${address}, ` +
        `maxPriorityFeePerGas: ${maxPriorityFeePerGasWei}, maxFeePerGas: ${maxFeePerGasWei}`,
    )
  }
  if (maxFeePerGasWei >= baseFeePerGasWei) return undefined
  return refuse(
    'fee-cap-too-low',
    `max fee per gas less than block base fee: address ${address}, ` +
      `maxFeePerGas: ${maxFeePerGasWei}, baseFee: ${baseFeePerGasWei}`,
  )
}

function checkBlobs(message: Message, blobBaseFeePerGasWei = 0n): Refusal | undefined {
  const { blobVersionedHashes: hashes, maxFeePerBlobGasWei } = message
  if (hashes === undefined) return undefined
  const invalid = (text: string) => refuse('invalid-transaction', text)
  if (message.to === null) return invalid('blob transaction of type create')
  if (hashes.length === 0) return invalid('blob transaction missing blob hashes')
  const foreign = hashes.findIndex((hash) => !hash.startsWith(KZG_VERSION))
  if (foreign >= 0) return invalid(`blob ${foreign} has an invalid hash version`)
  if (maxFeePerBlobGasWei === 0n || maxFeePerBlobGasWei >= blobBaseFeePerGasWei) return undefined
  return refuse(
    'fee-cap-too-low',
    `max fee per blob gas less than block blob gas fee: address ${toChecksumAddress(message.from)} ` +
      `blobGasFeeCap: ${maxFeePerBlobGasWei}, blobBaseFee: ${blobBaseFeePerGasWei}`,
  )
}

function checkBalance(message: Message, balanceWei: bigint): Refusal | undefined {
  const blobCost = blobGasOf(message) * message.maxFeePerBlobGasWei
  const want = message.gasLimit * message.maxFeePerGasWei + message.valueWei + blobCost
  if (balanceWei >= want) return undefined
  return refuse(
    'insufficient-funds',
    `insufficient funds for gas * price + value: address ${toChecksumAddress(message.from)} ` +
      `have ${balanceWei} want ${want}`,
  )
}

function checkGas({ gasLimit }: Message, { intrinsic, floor }: IntrinsicGas): Refusal | undefined {
  if (gasLimit < intrinsic) {
    return refuse(
      'intrinsic-gas-too-low',
      `intrinsic gas too low: have ${gasLimit}, want ${intrinsic}`,
    )
  }
  if (gasLimit >= floor) return undefined
  return refuse(
    'floor-gas-too-low',
    `insufficient gas for floor data gas cost: have ${gasLimit}, want ${floor}`,
  )
}

function checkInitCode({ to, data }: Message, isLimited: boolean): Refusal | undefined {
  if (to !== null || !isLimited || data.length <= INIT_CODE_SIZE_BYTES_MAX) return undefined
  return refuse(
    'init-code-too-large',
    `max initcode size exceeded: code size ${data.length} limit ${INIT_CODE_SIZE_BYTES_MAX}`,
  )
}
