import { asBytes, asList, type Clock, decodeRlp, type Hash, keccakHash } from '@busan/primitives'
import type { MemoryJournal } from '../memory-journal.ts'
import type { SeededRandom } from '../seeded-random.ts'

/** A journal's disk whose writes take time, one after the other, and can be cut short. */
export interface SimulatedDisk {
  open(): MemoryJournal
  /** Power is cut: of the writes under way a prefix has reached the disk, a torn one counts as lost. */
  crash(): void
  /** The disk is lost while no process has it open; what comes in its place is blank. */
  wipe(): void
  /** True when this message was on the disk at any time. */
  hasHeld(messageHash: Hash): boolean
  /** Calls back while the node's write of this number, from 1, is under way. */
  onWrite(writeNumber: number, listener: () => void): void
  /** Forgets all listeners. */
  endFaults(): void
}

type Change = (records: readonly Uint8Array[]) => readonly Uint8Array[]

interface Write {
  readonly change: Change
  readonly done: () => void
}

const LATENCY_MS_MAX = 4

/** @param deps.random draws how long each write takes and what a crash leaves */
export function createSimulatedDisk(deps: { clock: Clock; random: SeededRandom }): SimulatedDisk {
  const held = new Set<Hash>()
  let records: readonly Uint8Array[] = []
  let queue: Write[] = []
  let generation = 0
  let writeNumber = 0
  const listeners = new Map<number, () => void>()

  function apply({ change }: Write): void {
    records = change(records)
    const last = records.at(-1)
    const hash = last === undefined ? undefined : messageIn(last)
    if (hash !== undefined) held.add(hash)
  }

  function writeNext(openedAt: number): void {
    deps.clock.schedule(deps.random.below(LATENCY_MS_MAX + 1), () => {
      const write = openedAt === generation ? queue.shift() : undefined
      if (write === undefined) return
      apply(write)
      write.done()
      if (queue.length > 0) writeNext(openedAt)
    })
  }

  /** @returns a promise that never settles when the process that waits for it has crashed */
  function ask(change: Change, openedAt: number): Promise<void> {
    return new Promise((resolve) => {
      if (openedAt !== generation) return
      queue.push({ change, done: resolve })
      if (queue.length === 1) writeNext(openedAt)
      listeners.get(++writeNumber)?.()
    })
  }

  return {
    open() {
      const openedAt = generation
      return {
        cutBytes: 0,
        append: (record) => ask((kept) => [...kept, record], openedAt),
        replay: () => [...records],
        rewrite: (replacement) => ask(() => [...replacement], openedAt),
        close: () => Promise.resolve(),
      }
    },
    crash() {
      generation++
      for (const write of queue.slice(0, deps.random.below(queue.length + 1))) apply(write)
      queue = []
    },
    wipe() {
      records = []
    },
    hasHeld: (hash) => held.has(hash),
    onWrite: (number, listener) => void listeners.set(number, listener),
    endFaults: () => listeners.clear(),
  }
}

/** A record of a signature is [1, message, certificate]; others hold no message. */
function messageIn(record: Uint8Array): Hash | undefined {
  const items = asList(decodeRlp(record), 'journal record')
  return items.length === 3 ? keccakHash(asBytes(items[1], 'message')) : undefined
}
