import type { Hex } from '@busan/primitives'
import { type Frame, GO_ON, type Handler, halt } from './frame.ts'

/** A slot before, within and after the write that is paid for. */
interface Write {
  /** At the start of the transaction. */
  readonly original: bigint
  readonly current: bigint
  readonly next: bigint
  /** EIP-2929: touched before in this transaction. */
  readonly isWarm: boolean
}

function load(frame: Frame): 0 {
  const { schedule, journal, state } = frame.host
  const slot = frame.peek(0)
  if (schedule.hasAccessCosts) {
    const isWarm = journal.isWarmSlot(frame.address, slot)
    if (!isWarm) journal.warmSlot(frame.address, slot)
    frame.charge(isWarm ? schedule.warmReadGas : schedule.coldSlotGas)
  }
  frame.stack[frame.size - 1] = state.slotAt(frame.address, slot)
  return GO_ON
}

function store(frame: Frame): 0 {
  frame.assertMutable()
  const { schedule, journal, state } = frame.host
  const [slot, next] = [frame.peek(0), frame.peek(1)]
  const address: Hex = frame.address
  const isWarm = schedule.hasAccessCosts && journal.isWarmSlot(address, slot)
  const write = {
    original: state.originalSlotAt(address, slot),
    current: state.slotAt(address, slot),
    next,
    isWarm,
  }
  frame.charge(PRICES[schedule.storePricing](frame, write))
  if (schedule.hasAccessCosts && !isWarm) {
    frame.charge(schedule.coldSlotGas)
    journal.warmSlot(address, slot)
  }
  state.setSlotAt(address, slot, next)
  frame.size -= 2
  return GO_ON
}

const PRICES = { flat: flatPrice, eip1283: netPrice, eip2200: sentryPrice } as const

function flatPrice(frame: Frame, { current, next }: Write): number {
  const { sstoreSetGas, sstoreResetGas, sstoreRefundGas } = frame.host.schedule.store
  if (current === 0n && next !== 0n) return sstoreSetGas
  if (current !== 0n && next === 0n) frame.refund += sstoreRefundGas
  return sstoreResetGas
}

function netPrice(frame: Frame, { original, current, next }: Write): number {
  const { store } = frame.host.schedule
  if (current === next) return store.netSstoreNoopGas
  if (original === current) {
    if (original === 0n) return store.netSstoreInitGas
    if (next === 0n) frame.refund += store.netSstoreClearRefundGas
    return store.netSstoreCleanGas
  }
  if (original !== 0n) {
    if (current === 0n) frame.takeRefundBack(store.netSstoreClearRefundGas)
    else if (next === 0n) frame.refund += store.netSstoreClearRefundGas
  }
  if (original === next) {
    frame.refund +=
      original === 0n ? store.netSstoreResetClearRefundGas : store.netSstoreResetRefundGas
  }
  return store.netSstoreDirtyGas
}

/** EIP-2200, with the amounts that EIP-2929 changes for a warm slot. */
function sentryPrice(frame: Frame, { original, current, next, isWarm }: Write): number {
  const { store, warmReadGas, coldSlotGas } = frame.host.schedule
  if (frame.gas <= store.sstoreSentryEIP2200Gas) throw halt('OUT_OF_GAS')
  if (current === next) return isWarm ? warmReadGas : store.sstoreNoopEIP2200Gas
  if (original === current) {
    if (original === 0n) return store.sstoreInitEIP2200Gas
    if (next === 0n) frame.refund += store.sstoreClearRefundEIP2200Gas
    return store.sstoreCleanEIP2200Gas
  }
  if (original !== 0n) {
    if (current === 0n) frame.takeRefundBack(store.sstoreClearRefundEIP2200Gas)
    else if (next === 0n) frame.refund += store.sstoreClearRefundEIP2200Gas
  }
  if (original === next && original === 0n) {
    frame.refund += isWarm
      ? store.sstoreInitEIP2200Gas - warmReadGas
      : store.sstoreInitRefundEIP2200Gas
  } else if (original === next) {
    frame.refund += isWarm
      ? store.sstoreResetGas - coldSlotGas - warmReadGas
      : store.sstoreCleanRefundEIP2200Gas
  }
  return store.sstoreDirtyEIP2200Gas
}

function loadTransient(frame: Frame): 0 {
  const top = frame.size - 1
  frame.stack[top] = frame.host.transientSlots.load(frame.address, frame.stack[top] as bigint)
  return GO_ON
}

function storeTransient(frame: Frame): 0 {
  frame.assertMutable()
  frame.host.transientSlots.store(frame.address, frame.peek(0), frame.peek(1))
  frame.size -= 2
  return GO_ON
}

/** Opcodes SLOAD, SSTORE, TLOAD and TSTORE. */
export const STORAGE: Readonly<Record<number, Handler>> = {
  84: load,
  85: store,
  92: loadTransient,
  93: storeTransient,
}
