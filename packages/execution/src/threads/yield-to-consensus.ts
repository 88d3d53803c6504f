import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/** Linux schedules threads, not processes: the one that calls this gets what the thread of consensus leaves. */
export function yieldToConsensus(): void {
  try {
    const threadId = readlinkSync('/proc/thread-self').split('/').at(-1)
    setPriority(Number(threadId), constants.priority.PRIORITY_LOW)
  } catch {
    // Elsewhere all threads are equal, and so they stay.
  }
}
