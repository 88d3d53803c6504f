import { constants, readFileSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CodedError, concatBytes, equalBytes, errorMessage } from '@busan/primitives'
import type { StorageErrorCode } from './errors.ts'
import {
  decodeJournal,
  encodeFrame,
  encodeJournal,
  hasFrameBehind,
  JOURNAL_MAGIC,
  RECORD_MAX_BYTES,
} from './journal-frame.ts'

/** An append-only file of records that survives a crash up to the last resolved append. */
export interface Journal {
  /** Bytes of a torn tail that opening cut off; 0 when the file was whole. */
  readonly cutBytes: number
  /** Resolves when the record is on disk. Appends that wait together share one fsync. */
  append(record: Uint8Array): Promise<void>
  /** All records on disk, oldest first. Reads the file: meant for start-up. */
  replay(): Uint8Array[]
  /** Replaces every record appended before this call, atomically. */
  rewrite(records: readonly Uint8Array[]): Promise<void>
  /** Finishes what was asked for before. Idempotent. */
  close(): Promise<void>
}

/**
 * Opens or creates a journal file in an existing folder and cuts a torn tail off.
 * @param options.sync false leaves the fsync out: a power cut may then lose appends, never order; default true
 * @throws CodedError `not-a-journal` for a file of another kind, `journal-damaged` when whole records follow what
 *   cannot be read; either stays untouched
 */
export async function openJournal(
  path: string,
  options: { readonly sync?: boolean } = {},
): Promise<Journal> {
  const isSynced = options.sync ?? true
  await rm(rewritePath(path), { force: true })
  const flags = isSynced ? APPEND | constants.O_DSYNC : APPEND
  const { file, sizeBytes, cutBytes } = await openRepaired(path, flags)
  return createJournal({ path, flags, cutBytes }, { file, sizeBytes })
}

/** O_DSYNC comes with it unless told: a write returns when it is on disk, in one call in place of two. */
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT

interface Settings {
  readonly path: string
  readonly flags: number
  readonly cutBytes: number
}

/** The open file and how many bytes of it are complete records. */
interface OpenFile {
  readonly file: FileHandle
  readonly sizeBytes: number
}

/** Appends that will be written together. */
interface Batch {
  readonly frames: Uint8Array[]
  readonly written: Promise<void>
}

function createJournal({ path, flags, cutBytes }: Settings, opened: OpenFile): Journal {
  let current = opened
  let filling: Batch | undefined
  let tail: Promise<void> = Promise.resolve()
  let failure: CodedError<StorageErrorCode> | undefined
  let isClosed = false

  /** One act on the file at a time. After a failed one what the file holds is unknown: all later ones fail. */
  const enqueue = (act: () => Promise<OpenFile>): Promise<void> => {
    const done = tail.then(async () => {
      if (failure !== undefined) throw failure
      try {
        current = await act()
      } catch (cause) {
        failure = failedError(path, cause)
        throw failure
      }
    })
    tail = done.catch(() => {})
    return done
  }

  const startBatch = (): Batch => {
    const frames: Uint8Array[] = []
    const written = enqueue(() => {
      if (filling === batch) filling = undefined
      return appendFrames(current, frames)
    })
    const batch = { frames, written }
    return batch
  }

  return {
    cutBytes,
    async append(record) {
      assertUsable(path, isClosed, record)
      filling ??= startBatch()
      filling.frames.push(encodeFrame(record))
      await filling.written
    },
    replay() {
      return decodeJournal(readFileSync(path).subarray(0, current.sizeBytes)).records
    },
    async rewrite(records) {
      for (const record of records) assertUsable(path, isClosed, record)
      // Appends from here on must land after the replacement, not in a batch before it.
      filling = undefined
      await enqueue(() => replaceFile({ path, flags }, current, records))
    },
    async close() {
      if (isClosed) return tail
      isClosed = true
      await tail
      await current.file.close()
    },
  }
}

async function appendFrames(
  { file, sizeBytes }: OpenFile,
  frames: readonly Uint8Array[],
): Promise<OpenFile> {
  const bytes = concatBytes(...frames)
  await file.appendFile(bytes)
  return { file, sizeBytes: sizeBytes + bytes.length }
}

/** Write beside, fsync, rename over, fsync the folder: a crash leaves the old file or the whole of the other. */
async function replaceFile(
  { path, flags }: Pick<Settings, 'path' | 'flags'>,
  replaced: OpenFile,
  records: readonly Uint8Array[],
): Promise<OpenFile> {
  const bytes = encodeJournal(records)
  const file = await open(rewritePath(path), flags)
  try {
    await file.appendFile(bytes)
    await file.sync()
    await rename(rewritePath(path), path)
    await syncFolder(path)
  } catch (error) {
    await file.close()
    throw error
  }
  await replaced.file.close()
  return { file, sizeBytes: bytes.length }
}

async function openRepaired(
  path: string,
  flags: number,
): Promise<OpenFile & { readonly cutBytes: number }> {
  const file = await open(path, flags)
  try {
    const bytes = await file.readFile()
    assertJournal(path, bytes)
    const isStarted = bytes.length >= JOURNAL_MAGIC.length
    const keptBytes = isStarted ? decodeJournal(bytes).validBytes : 0
    if (isStarted) assertTornOnly(path, bytes, keptBytes)
    if (!isStarted || keptBytes < bytes.length) {
      await file.truncate(keptBytes)
      if (!isStarted) await file.appendFile(JOURNAL_MAGIC)
      await file.sync()
      await syncFolder(path)
    }
    const sizeBytes = Math.max(keptBytes, JOURNAL_MAGIC.length)
    return { file, sizeBytes, cutBytes: bytes.length - keptBytes }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** A file shorter than the magic is a journal when a crash cut its creation short. */
function assertJournal(path: string, bytes: Uint8Array): void {
  const start = bytes.subarray(0, JOURNAL_MAGIC.length)
  if (equalBytes(start, JOURNAL_MAGIC.subarray(0, start.length))) return
  throw new CodedError<StorageErrorCode>(
    'not-a-journal',
    `${path} is not a journal of this program: move it away, or name another path`,
    { details: { path } },
  )
}

/** Records behind the damage had reached the disk, so what is damaged had too: cutting it off would forget it. */
function assertTornOnly(path: string, bytes: Uint8Array, keptBytes: number): void {
  if (!hasFrameBehind(bytes, keptBytes)) return
  throw new CodedError<StorageErrorCode>(
    'journal-damaged',
    `the journal ${path} is damaged at byte ${keptBytes} of ${bytes.length}, before records that are whole: ` +
      'check the disk; restore the file, or move it away and start without what it held',
    { details: { path, keptBytes } },
  )
}

function assertUsable(path: string, isClosed: boolean, record: Uint8Array): void {
  const details = { path, sizeBytes: record.length }
  if (isClosed) {
    throw new CodedError<StorageErrorCode>('journal-closed', `the journal ${path} is closed`, {
      details,
    })
  }
  if (record.length > RECORD_MAX_BYTES) {
    throw new CodedError<StorageErrorCode>(
      'journal-record-too-large',
      `a record of ${record.length} bytes does not fit the journal's limit of ${RECORD_MAX_BYTES}`,
      { details },
    )
  }
}

function failedError(path: string, cause: unknown): CodedError<StorageErrorCode> {
  return new CodedError(
    'journal-failed',
    `cannot write the journal ${path}: ${errorMessage(cause)}; check free space and the disk, then restart`,
    { details: { path }, cause },
  )
}

function rewritePath(path: string): string {
  return `${path}.rewrite`
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
