import { type PackedError, unpackError } from '../isolation/protocol.ts'
import { createAskedThread } from '../threads/asked-thread.ts'
import type { KeptStates, StateSweep } from './state-sweep.ts'

/** What the thread is asked: to begin anew in this database, or for the next keys. */
export type SweepQuestion =
  | { readonly kind: 'begin'; readonly databasePath: string; readonly kept: KeptStates }
  | { readonly kind: 'next' }

/** The next keys (none to `begin`), or what went wrong. */
export type SweepAnswer =
  | { readonly keysToGo: readonly Uint8Array[] }
  | { readonly error: PackedError }

/** A sweep on a thread of its own, which opens the database when it is first asked. */
export interface SweepThread extends StateSweep {
  close(): Promise<void>
}

/**
 * Starts the thread: walking a large state takes as long as making many blocks.
 * @param databasePath of the store that this process has open
 * @param onFailure called once when it is lost; what it was asked for rejects, then and later
 */
export function createSweepThread(
  databasePath: string,
  onFailure: (error: unknown) => void = () => {},
): SweepThread {
  const entry = new URL('./sweep-worker.ts', import.meta.url)
  const thread = createAskedThread<SweepQuestion, SweepAnswer>(entry, onFailure)
  const ask = async (question: SweepQuestion): Promise<readonly Uint8Array[]> => {
    const answer = await thread.ask(question)
    if ('error' in answer) throw unpackError(answer.error)
    return answer.keysToGo
  }
  return {
    begin: async (kept) => {
      await ask({ kind: 'begin', databasePath, kept })
    },
    next: () => ask({ kind: 'next' }),
    close: thread.close,
  }
}
