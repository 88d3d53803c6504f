import { setImmediate } from 'node:timers/promises'
import { CodedError, errorMessage } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import { ClassicLevel } from 'classic-level'
import type { StorageErrorCode } from './errors.ts'
import type { BatchOperation, KeyValueStore, Range } from './key-value.ts'

type Database = ClassicLevel<Uint8Array, Uint8Array>

/**
 * Opens (or creates) a LevelDB folder. One process at a time; worker threads of the process may open it too.
 * @throws CodedError `data-folder-in-use`, `data-folder-corrupt` or `data-folder-unusable`
 */
export async function openLevelStore(
  path: string,
  options: { readonly logger: Logger },
): Promise<KeyValueStore> {
  const database: Database = new ClassicLevel(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    multithreading: true,
    // Hashes and signatures do not compress: the files would be as large, and reads slower.
    compression: false,
    // The state trie is read at random: a larger block cache and fewer, larger table files suit it.
    cacheSize: 64 * 1024 * 1024,
    writeBufferSize: 16 * 1024 * 1024,
    maxFileSize: 16 * 1024 * 1024,
  })
  try {
    await database.open()
  } catch (error) {
    throw openingError(path, error)
  }
  options.logger.debug('opened database', { path })
  return createLevelStore(database, path)
}

function createLevelStore(database: Database, path: string): KeyValueStore {
  return {
    get(key) {
      try {
        const value = database.getSync(key)
        return value === undefined ? undefined : plainBytes(value)
      } catch (error) {
        throw useError(path, error)
      }
    },
    async batch(operations, { sync = true } = {}) {
      try {
        await writeBatch(database, operations, sync)
      } catch (error) {
        throw useError(path, error)
      }
    },
    range: (range) => readRange(database, path, range),
    close: () => database.close(),
  }
}

/** Operations that are taken in one turn of the event loop, which take one or two milliseconds. */
const OPERATIONS_PER_TURN = 512

async function writeBatch(
  database: Database,
  operations: Iterable<BatchOperation>,
  sync: boolean,
): Promise<void> {
  const batch = database.batch()
  try {
    for (const operation of operations) {
      if (operation.type === 'put') batch.put(operation.key, operation.value)
      else batch.del(operation.key)
      if (batch.length % OPERATIONS_PER_TURN === 0) await setImmediate()
    }
    await batch.write({ sync })
  } finally {
    await batch.close()
  }
}

async function* readRange(
  database: Database,
  path: string,
  { gte, lt, reverse = false, limit = -1 }: Range,
): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
  try {
    for await (const [key, value] of database.iterator({ gte, lt, reverse, limit })) {
      yield [plainBytes(key), plainBytes(value)]
    }
  } catch (error) {
    throw useError(path, error)
  }
}

/** LevelDB answers with Node's Buffer, whose `slice` shares memory: callers get what the type says. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

function openingError(path: string, error: unknown): CodedError<StorageErrorCode> {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const details = { path }
  switch (levelCode(cause)) {
    case 'LEVEL_LOCKED':
      return new CodedError(
        'data-folder-in-use',
        `${path} is in use by another process: stop that node, or give this one another data folder`,
        { details, cause },
      )
    case 'LEVEL_CORRUPTION':
      return corruptError(path, cause)
    default:
      return new CodedError(
        'data-folder-unusable',
        `cannot open the database in ${path}: ${errorMessage(cause)}; check its owner, permissions and disk`,
        { details, cause },
      )
  }
}

function useError(path: string, error: unknown): unknown {
  switch (levelCode(error)) {
    case undefined:
      return error
    case 'LEVEL_CORRUPTION':
      return corruptError(path, error)
    case 'LEVEL_DATABASE_NOT_OPEN':
    case 'LEVEL_BATCH_NOT_OPEN':
    case 'LEVEL_ITERATOR_NOT_OPEN':
      return new CodedError<StorageErrorCode>('store-closed', `the database in ${path} is closed`, {
        details: { path },
        cause: error,
      })
    default:
      return new CodedError<StorageErrorCode>(
        'store-failed',
        `the database in ${path} failed: ${errorMessage(error)}; check free space and the disk`,
        { details: { path }, cause: error },
      )
  }
}

function corruptError(path: string, cause: unknown): CodedError<StorageErrorCode> {
  return new CodedError(
    'data-folder-corrupt',
    `the database in ${path} is damaged: ${errorMessage(cause)}; ` +
      'restore it from a snapshot, or delete it and let the node sync again',
    { details: { path }, cause },
  )
}

function levelCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && code.startsWith('LEVEL_') ? code : undefined
}
