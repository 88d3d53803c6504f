import type { BlockOverride, CallRequest, StateOverride } from '@busan/execution'
import { type Address, equalBytes, type Hash } from '@busan/primitives'
import { z } from 'zod'
import { address, bytes, hash, optional, quantity, quantity64 } from './hex.ts'

const accessList = z
  .array(z.object({ address, storageKeys: z.array(hash).max(100_000) }))
  .max(10_000)

/** A signed EIP-7702 tuple; some libraries name the parity `v`. */
const authorization = z
  .object({
    chainId: quantity,
    address,
    nonce: quantity64,
    yParity: optional(quantity64),
    v: optional(quantity64),
    r: quantity,
    s: quantity,
  })
  .transform(({ yParity, v = 0n, ...rest }) => ({ ...rest, yParity: yParity ?? v }))

const rawCall = z.object({
  from: optional(address),
  to: optional(address),
  gas: optional(quantity64),
  value: optional(quantity),
  data: optional(bytes),
  input: optional(bytes),
  gasPrice: optional(quantity),
  maxFeePerGas: optional(quantity),
  maxPriorityFeePerGas: optional(quantity),
  nonce: optional(quantity64),
  chainId: optional(quantity),
  accessList: optional(accessList),
  authorizationList: optional(z.array(authorization).max(1_000)),
  blobVersionedHashes: optional(z.array(hash).max(100)),
  maxFeePerBlobGas: optional(quantity),
})

/** A message to run, and the chain it is meant for when the client says so. */
export interface CallArguments {
  readonly request: CallRequest
  readonly chainId?: bigint
  /** Why the fields contradict each other; geth answers it as -32000, not as wrong parameters. */
  readonly contradiction?: string
}

/** The transaction object of eth_call and eth_estimateGas; fields it does not know are ignored. */
export const callArguments = rawCall.transform((raw): CallArguments => {
  const contradiction = contradictionIn(raw)
  return {
    request: {
      ...given('from', raw.from),
      ...given('to', raw.to),
      ...given('gas', raw.gas),
      ...given('valueWei', raw.value),
      ...given('data', raw.input ?? raw.data),
      ...given('gasPriceWei', raw.gasPrice),
      ...given('maxFeePerGasWei', raw.maxFeePerGas),
      ...given('maxPriorityFeePerGasWei', raw.maxPriorityFeePerGas),
      ...given('nonce', raw.nonce),
      ...given('accessList', raw.accessList),
      ...given('authorizationList', raw.authorizationList),
      ...given('blobVersionedHashes', raw.blobVersionedHashes),
      ...given('maxFeePerBlobGasWei', raw.maxFeePerBlobGas),
    },
    ...given('chainId', raw.chainId),
    ...given('contradiction', contradiction),
  }
})

const storage = z.record(z.string(), hash).transform((entries, context) => {
  const slots = new Map<Hash, Hash>()
  for (const [key, value] of Object.entries(entries)) {
    const slot = hash.safeParse(key)
    if (!slot.success) {
      context.addIssue(`storage slot ${key.slice(0, 80)}: ${slot.error.issues[0]?.message}`)
      return z.NEVER
    }
    slots.set(slot.data, value)
  }
  return slots
})

const accountOverride = z
  .object({
    balance: optional(quantity),
    nonce: optional(quantity64),
    code: optional(bytes),
    state: optional(storage),
    stateDiff: optional(storage),
    movePrecompileToAddress: optional(address),
  })
  .transform((raw): StateOverride => {
    return {
      ...given('balanceWei', raw.balance),
      ...given('nonce', raw.nonce),
      ...given('code', raw.code),
      ...given('state', raw.state),
      ...given('stateDiff', raw.stateDiff),
      ...given('movePrecompileTo', raw.movePrecompileToAddress),
    }
  })

/** geth's state override set: address -> replaced parts of the account. */
export const stateOverrides = z
  .record(z.string(), accountOverride)
  .transform((entries, context) => {
    const overrides = new Map<Address, StateOverride>()
    for (const [key, override] of Object.entries(entries)) {
      const account = address.safeParse(key)
      if (!account.success) {
        context.addIssue(`account ${key.slice(0, 80)}: ${account.error.issues[0]?.message}`)
        return z.NEVER
      }
      overrides.set(account.data, override)
    }
    return overrides
  })

/** geth's block override set. */
export const blockOverrides = z
  .object({
    number: optional(quantity64),
    time: optional(quantity64),
    gasLimit: optional(quantity64),
    feeRecipient: optional(address),
    coinbase: optional(address),
    prevRandao: optional(hash),
    random: optional(hash),
    baseFeePerGas: optional(quantity),
    baseFee: optional(quantity),
    blobBaseFee: optional(quantity),
  })
  .transform(
    (raw): BlockOverride => ({
      ...given('number', raw.number),
      ...given('timestamp', raw.time),
      ...given('gasLimit', raw.gasLimit),
      ...given('coinbase', raw.feeRecipient ?? raw.coinbase),
      ...given('prevRandao', raw.prevRandao ?? raw.random),
      ...given('baseFeePerGasWei', raw.baseFeePerGas ?? raw.baseFee),
      ...given('blobBaseFeePerGasWei', raw.blobBaseFee),
    }),
  )

function contradictionIn(raw: z.output<typeof rawCall>): string | undefined {
  const hasDynamicFee = raw.maxFeePerGas !== undefined || raw.maxPriorityFeePerGas !== undefined
  if (raw.gasPrice !== undefined && hasDynamicFee) {
    return 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified'
  }
  const { data, input } = raw
  if (data !== undefined && input !== undefined && !equalBytes(data, input)) {
    return 'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data'
  }
  return undefined
}

/** An object with the field, or without it when there is no value. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value })
}
