import { type Address, accept, refuse, toChecksumAddress, type Verdict } from '@busan/primitives'
import { NO_ACCOUNT } from './state/account.ts'
import type { StateView } from './state/state-view.ts'
import type { StateOverride } from './types.ts'
import type { Machine } from './vm/machine.ts'

/** What is overridden, by account. */
export type StateOverrides = ReadonlyMap<Address, StateOverride>

/**
 * Puts made-up accounts into a state that is thrown away afterwards, as if a transaction before had made them.
 * Refuses, in geth's words, overrides that contradict one another.
 */
export function applyStateOverrides(
  machine: Pick<Machine, 'state' | 'precompiles'>,
  overrides: StateOverrides = new Map(),
): Verdict<null, 'invalid-override'> {
  const movedTo = new Set<Address>()
  for (const [address, override] of overrides) {
    if (movedTo.has(address)) {
      return invalid(address, 'has already been overridden by a precompile')
    }
    const placed = placePrecompile(machine, [address, override], overrides)
    if (!placed.ok) return placed
    if (override.state !== undefined && override.stateDiff !== undefined) {
      return invalid(address, "has both 'state' and 'stateDiff'")
    }
    if (override.movePrecompileTo !== undefined) movedTo.add(override.movePrecompileTo)
    overrideAccount(machine.state, address, override)
  }
  // What follows finds these slots as the transaction before left them (EIP-2200).
  machine.state.forgetOriginals()
  return accept(null)
}

/** A precompile that is overridden in any way is gone from its address. */
function placePrecompile(
  { precompiles }: Pick<Machine, 'precompiles'>,
  [address, { movePrecompileTo }]: readonly [Address, StateOverride],
  overrides: StateOverrides,
): Verdict<null, 'invalid-override'> {
  const precompile = precompiles.take(address)
  if (movePrecompileTo === undefined) return accept(null)
  if (precompile === undefined) return invalid(address, 'is not a precompile')
  if (overrides.has(movePrecompileTo)) return invalid(movePrecompileTo, 'is already overridden')
  precompiles.place(movePrecompileTo, precompile)
  return accept(null)
}

function overrideAccount(state: StateView, address: Address, override: StateOverride): void {
  const { movePrecompileTo: _, ...fields } = override
  if (Object.keys(fields).length === 0) return
  const account = state.accountAt(address) ?? NO_ACCOUNT
  const { balanceWei = account.balance, nonce = account.nonce } = fields
  state.setAccountAt(address, { ...account, balance: balanceWei, nonce })
  if (fields.code !== undefined) state.setCodeAt(address, fields.code)
  if (fields.state !== undefined) state.clearStorageAt(address)
  for (const slots of [fields.state, fields.stateDiff]) {
    for (const [slot, value] of slots ?? []) state.setSlotAt(address, BigInt(slot), BigInt(value))
  }
}

function invalid(address: Address, message: string) {
  return refuse('invalid-override', `account ${toChecksumAddress(address)} ${message}`)
}
