import { bytesToHex, equalBytes } from '@busan/primitives'
import { type BatchOperation, type KeyValueStore, keys } from '@busan/storage'
import type { BlockchainOptions } from '@ethereumjs/blockchain'

/** What @ethereumjs/blockchain calls its database. */
type EthereumjsDatabase = NonNullable<BlockchainOptions['db']>
type EthereumjsKey = Parameters<EthereumjsDatabase['get']>[0]
type EthereumjsValue = Parameters<EthereumjsDatabase['put']>[1]

/** Reads through to the store; keeps writes until they are taken into a block's batch. */
export type CollectingDatabase = EthereumjsDatabase & {
  /** Hands the writes over and forgets them. */
  take(): BatchOperation[]
}

/**
 * A database of @ethereumjs/blockchain on the keys under its prefix of the schema.
 * @param hiddenKey reads as absent while nothing was written to it
 */
export function createCollectingDatabase(
  store: KeyValueStore,
  hiddenKey: Uint8Array,
): CollectingDatabase {
  let writes = new Map<string, BatchOperation>()

  const read = (key: Uint8Array) => (equalBytes(key, hiddenKey) ? undefined : store.get(key))
  const write = (operation: BatchOperation) => {
    writes.set(bytesToHex(operation.key), operation)
  }
  const database: CollectingDatabase = {
    async get(key, options) {
      const storeKey = toStoreKey(key)
      const written = writes.get(bytesToHex(storeKey))
      const bytes = written === undefined ? read(storeKey) : writtenValue(written)
      if (bytes === undefined || options?.valueEncoding !== 'json') return bytes
      return JSON.parse(new TextDecoder().decode(bytes))
    },
    async put(key, value) {
      write({ type: 'put', key: toStoreKey(key), value: toBytes(value) })
    },
    async del(key) {
      write({ type: 'del', key: toStoreKey(key) })
    },
    async batch(operations) {
      for (const operation of operations) {
        if (operation.type === 'put') await database.put(operation.key, operation.value)
        else await database.del(operation.key)
      }
    },
    take() {
      const taken = [...writes.values()]
      writes = new Map()
      return taken
    },
    shallowCopy: () => database,
    open: async () => {},
  }
  return database
}

function toStoreKey(key: EthereumjsKey): Uint8Array {
  return keys.ethereumjs(key instanceof Uint8Array ? key : new TextEncoder().encode(String(key)))
}

function toBytes(value: EthereumjsValue): Uint8Array {
  if (value instanceof Uint8Array) return value
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
}

function writtenValue(operation: BatchOperation): Uint8Array | undefined {
  return operation.type === 'put' ? operation.value : undefined
}
