import type { Hex } from '@busan/primitives'
import { isDead, NO_ACCOUNT } from '../state/account.ts'
import { accessGas } from './environment.ts'
import { ENDED, type Frame, type Signal } from './frame.ts'
import { balanceOf } from './sending.ts'
import { wordToAddressHex } from './words.ts'

const NO_BYTES = new Uint8Array(0)

/** SELFDESTRUCT: all that the contract has goes to its heir. */
export function selfdestruct(frame: Frame): Signal {
  frame.assertMutable()
  const { schedule, state, journal } = frame.host
  const heir = wordToAddressHex(frame.peek(0))
  frame.size -= 1
  const balance = balanceOf(frame)
  if (schedule.hasAccessCosts) {
    if (!journal.isWarm(heir)) frame.charge(accessGas(frame, heir))
    journal.warm(heir)
  }
  const account = state.accountAt(heir)
  const isNew = schedule.clearsEmptyAccounts
    ? balance > 0n && isDead(account)
    : schedule.keepsOne64th && account === null
  if (isNew) frame.charge(schedule.newAccountGas)
  bequeath(frame, heir, balance)
  frame.host.listener?.messageStarts({
    kind: 'SELFDESTRUCT',
    from: frame.address,
    to: heir,
    input: NO_BYTES,
    gas: 0n,
    value: balance,
  })
  frame.host.listener?.messageEnds({ output: NO_BYTES, gasUsed: 0n, error: undefined })
  frame.output = NO_BYTES
  return ENDED
}

/** Moves what the contract has to its heir, and marks it. */
function bequeath(frame: Frame, heir: Hex, balance: bigint): void {
  const { host, address } = frame
  const { destroyed, created } = host.marks
  const before = destroyed.get(address)
  if (before === undefined) frame.refund += host.schedule.selfdestructRefund
  destroyed.set(address, heir)
  host.journal.remember(() => {
    if (before === undefined) destroyed.delete(address)
    else destroyed.set(address, before)
  })
  const isOwnHeir = heir === address
  if (!isOwnHeir) {
    const account = host.state.accountAt(heir) ?? NO_ACCOUNT
    host.journal.setAccount(heir, { ...account, balance: account.balance + balance })
  }
  // EIP-6780: a contract of an earlier transaction stays, and keeps what it leaves to itself.
  const isEmptied = !host.schedule.keepsOldContracts || !isOwnHeir || created.has(address)
  if (!isEmptied) return
  const own = host.state.accountAt(address)
  if (own === null) return
  host.state.setAccountAt(address, { ...own, balance: 0n })
}
