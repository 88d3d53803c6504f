import {
  type Address,
  asScalar,
  bytesToHash,
  decodeRlp,
  type Hash,
  type Hex,
  hexToBytes,
} from '@busan/primitives'
import { wordToHex } from '../interpreter/words.ts'
import type { Machine } from '../vm/machine.ts'
import { type BlockPosition, replayUntil } from './position.ts'
import type { TraceExecution } from './trace-block.ts'
import { inTraceWords } from './trace-timeout.ts'

/** Which slots of an account are read. */
export interface StorageRangeOptions {
  readonly account: Address
  /** The first hashed slot. */
  readonly from: Hash
  readonly count: number
  readonly timeoutMs: number
}

/** Slots in the order of their hashes: what a slot's number is, the state does not tell. */
export interface StorageRange {
  readonly slots: readonly { readonly hashedSlot: Hash; readonly value: Hex }[]
  /** Where to go on; undefined: these were the last. */
  readonly next: Hash | undefined
}

/** Reads an account's storage in the middle of a block. */
export async function storageRange(
  { spec, machines }: TraceExecution,
  position: BlockPosition,
  { account, from, count, timeoutMs }: StorageRangeOptions,
): Promise<StorageRange> {
  const { number, timestamp } = position.block.header
  const read = async (machine: Machine): Promise<StorageRange> => {
    await replayUntil(spec, machine, position, timeoutMs)
    const slots: StorageRange['slots'][number][] = []
    for (const { key, value } of machine.state.slotEntries(account, hexToBytes(from))) {
      const hashedSlot = bytesToHash(key)
      if (slots.length === count) return { slots, next: hashedSlot }
      slots.push({ hashedSlot, value: wordToHex(asScalar(decodeRlp(value), 'storage value')) })
    }
    return { slots, next: undefined }
  }
  return inTraceWords(() => machines.run(spec.commonAt(number, timestamp), read))
}
