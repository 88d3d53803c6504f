import type { SimulatedBlockOverride } from '@busan/execution'
import { z } from 'zod'
import { blockOverrides, callArguments, given, stateOverrides } from './call.ts'
import { address, hash, optional, quantity64 } from './hex.ts'

/** Withdrawals of one made-up block; Ethereum has at most 16. */
const WITHDRAWALS_MAX = 64

const withdrawal = z
  .object({ index: quantity64, validatorIndex: quantity64, address, amount: quantity64 })
  .transform(({ amount, ...rest }) => ({ ...rest, amountGwei: amount }))

/** Fields that only made-up headers have: a call cannot see them. */
const headerOverrides = z.object({
  beaconRoot: optional(hash),
  withdrawals: optional(z.array(withdrawal).max(WITHDRAWALS_MAX)),
})

const simulatedOverrides = z.unknown().transform((raw, context): SimulatedBlockOverride => {
  const seen = blockOverrides.safeParse(raw)
  const held = headerOverrides.safeParse(raw)
  const issue = (seen.error ?? held.error)?.issues[0]
  if (!seen.success || !held.success) {
    context.addIssue(`${issue?.path.map(String).join('.')}: ${issue?.message}`)
    return z.NEVER
  }
  return {
    ...seen.data,
    ...given('parentBeaconBlockRoot', held.data.beaconRoot),
    ...given('withdrawals', held.data.withdrawals),
  }
})

const blockStateCall = z.object({
  blockOverrides: optional(simulatedOverrides),
  stateOverrides: optional(stateOverrides),
  calls: optional(z.array(callArguments)),
})

/** The payload of eth_simulateV1. */
export const simulation = z.object({
  blockStateCalls: optional(z.array(blockStateCall)),
  traceTransfers: optional(z.boolean()),
  validation: optional(z.boolean()),
  returnFullTransactions: optional(z.boolean()),
})
