// What each key has signed, from journals and from the wire: one meaning for each height, round and type.
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Block } from '@busan/chain-spec'
import { asBytes, asList, asScalar, decodeRlp } from '@busan/primitives'
import { decodeMessage, type Message, signedPart } from '@busan/qbft'
import { openJournal } from '@busan/storage'
import { claimOf } from '@busan/validator'

/** Two signatures of one key that contradict each other. */
export interface Equivocation {
  readonly author: string
  readonly what: string
  readonly subjects: readonly [string, string]
}

/** Signed claims of all keys, from whatever source. */
export interface ClaimLedger {
  add(message: Message<Block>): void
  size(): number
  readonly equivocations: readonly Equivocation[]
}

/** @see ClaimLedger */
export function createClaimLedger(): ClaimLedger {
  const subjects = new Map<string, string>()
  const equivocations: Equivocation[] = []
  return {
    add(message) {
      const { author, payload } = signedPart(message)
      const { height, round, type, subject } = claimOf(payload)
      const what = `${type} of height ${height} round ${round}`
      const key = `${author} ${what}`
      const known = subjects.get(key)
      if (known === undefined) subjects.set(key, subject)
      else if (known !== subject) equivocations.push({ author, what, subjects: [known, subject] })
    },
    size: () => subjects.size,
    equivocations,
  }
}

const SIGNED = 1n

/** The signed messages in the journal of a validator that is not running; the file itself is not touched. */
export async function readSigned(journalFile: string): Promise<Message<Block>[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'busan-journal-'))
  try {
    const copy = path.join(folder, 'consensus.journal')
    await copyFile(journalFile, copy)
    const journal = await openJournal(copy)
    const records = journal.replay()
    await journal.close()
    return records.flatMap((record) => {
      const items = asList(decodeRlp(record), 'journal record')
      if (asScalar(items[0], 'kind') !== SIGNED) return []
      const message = decodeMessage(asBytes(items[1], 'message'))
      if (!message.ok) throw new Error(`${journalFile}: ${message.message}`)
      return [message.value]
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
