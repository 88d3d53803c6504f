import type { Block } from '@busan/chain-spec'
import type { Message, Validator } from '@busan/qbft'

/** Messages for heights that have not begun; their signatures and authors are verified. */
export interface FutureMessages {
  /** @returns false when the author's share is used up: the message is dropped */
  add(entry: FutureMessage, authorMax: number): boolean
  /** Takes out the messages of `height`, in order of arrival, and forgets those below it. */
  take(height: bigint): readonly FutureMessage[]
  /** Forgets the messages of everyone else. */
  keepAuthors(authors: readonly Validator[]): void
}

/** A message with what it says about itself. */
export interface FutureMessage {
  readonly author: Validator
  readonly height: bigint
  readonly message: Message<Block>
  /** As it was received. */
  readonly sizeBytes: number
}

/** One author's messages together take at most this much memory: one of the largest always fits. */
const AUTHOR_BYTES_MAX = 16 * 1024 * 1024

/** An empty buffer. A share for each author keeps one from crowding out the others. */
export function createFutureMessages(): FutureMessages {
  let entries: FutureMessage[] = []
  return {
    add(entry, authorMax) {
      const own = entries.filter(({ author }) => author === entry.author)
      while (own.length > 0 && !fits(entry, own, authorMax)) {
        // What comes sooner is worth more: the author's message for its most distant height makes room.
        const farthest = own.reduce((far, next) => (next.height > far.height ? next : far), entry)
        if (farthest === entry) return false
        own.splice(own.indexOf(farthest), 1)
        entries = entries.filter((kept) => kept !== farthest)
      }
      if (!fits(entry, own, authorMax)) return false
      entries.push(entry)
      return true
    },
    take(height) {
      const due = entries.filter((entry) => entry.height === height)
      entries = entries.filter((entry) => entry.height > height)
      return due
    },
    keepAuthors(authors) {
      entries = entries.filter(({ author }) => authors.includes(author))
    },
  }
}

function fits(entry: FutureMessage, own: readonly FutureMessage[], authorMax: number): boolean {
  const sizeBytes = own.reduce((sum, kept) => sum + kept.sizeBytes, entry.sizeBytes)
  return own.length < authorMax && sizeBytes <= AUTHOR_BYTES_MAX
}
