/** A journal whose disk the test owns; the shape of `openJournal` in `@busan/storage`. */
export interface MemoryJournal {
  readonly cutBytes: number
  append(record: Uint8Array): Promise<void>
  replay(): Uint8Array[]
  rewrite(records: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** The records that survive a crash: those whose append had resolved, and any prefix of those under way. */
export interface JournalDisk {
  /** Opens the journal as a process does when it starts. */
  open(): MemoryJournal
  /** Power is cut: the process writes nothing more, and `keepUnder` of the writes under way reach the disk. */
  crash(keepUnderWay: number): void
  /** The last `count` records are lost, though the disk had said that it holds them. */
  lose(count: number): void
  /** Called with the number of the write, from 1, when a process asks for it: nothing is on disk yet. */
  onWrite(listener: (writeNumber: number) => void): void
  recordCount(): number
}

type Write = (records: readonly Uint8Array[]) => readonly Uint8Array[]

/** An empty disk. Writes reach it one at a time, each some turns of the event loop after it was asked for. */
export function createJournalDisk(): JournalDisk {
  let records: readonly Uint8Array[] = []
  let underWay: Write[] = []
  let generation = 0
  let writeNumber = 0
  let listener: (writeNumber: number) => void = () => {}

  /** @returns a promise that never settles when the process that waits for it has crashed */
  async function write(change: Write, openedAt: number): Promise<void> {
    if (openedAt !== generation) return new Promise(() => {})
    underWay.push(change)
    listener(++writeNumber)
    for (let turn = 0; turn < 3; turn++) await Promise.resolve()
    if (openedAt !== generation) return new Promise(() => {})
    while (underWay.includes(change)) records = (underWay.shift() as Write)(records)
  }

  return {
    open() {
      const openedAt = generation
      return {
        cutBytes: 0,
        append: (record) => write((kept) => [...kept, record], openedAt),
        replay: () => [...records],
        rewrite: (replacement) => write(() => [...replacement], openedAt),
        close: () => Promise.resolve(),
      }
    },
    crash(keepUnderWay) {
      generation++
      for (const change of underWay.slice(0, keepUnderWay)) records = change(records)
      underWay = []
    },
    lose(count) {
      records = records.slice(0, Math.max(0, records.length - count))
    },
    onWrite(next) {
      listener = next
    },
    recordCount: () => records.length,
  }
}
