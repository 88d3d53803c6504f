import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { bytesToHex, compareBytes } from '@busan/primitives'
import { silentLogger } from '@busan/telemetry'
import fc from 'fast-check'
import {
  type BatchOperation,
  createMemoryStore,
  type KeyValueStore,
  openLevelStore,
  type Range,
} from '../src/index.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)
const put = (key: Uint8Array, value: Uint8Array): BatchOperation => ({ type: 'put', key, value })
const EVERYTHING = { gte: bytes(), lt: bytes(255, 255, 255, 255) }

async function collect(store: KeyValueStore, range: Range): Promise<string[]> {
  const found: string[] = []
  for await (const [key, value] of store.range(range)) {
    found.push(`${bytesToHex(key)}=${bytesToHex(value)}`)
  }
  return found
}

type WithStore = (use: (store: KeyValueStore) => Promise<void>) => Promise<void>

const withMemoryStore: WithStore = async (use) => {
  const store = createMemoryStore()
  await use(store)
  await store.close()
}

const withLevelStore: WithStore = async (use) => {
  const path = await mkdtemp(join(tmpdir(), 'busan-store-'))
  const store = await openLevelStore(path, { logger: silentLogger })
  try {
    await use(store)
  } finally {
    await store.close()
    await rm(path, { recursive: true })
  }
}

const contentArbitrary = fc.uniqueArray(
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.uint8Array({ maxLength: 4 })),
  { selector: ([key]) => bytesToHex(key), maxLength: 30 },
)
const boundArbitrary = fc.uint8Array({ maxLength: 4 })

for (const [name, withStore] of [
  ['memory', withMemoryStore],
  ['level', withLevelStore],
] as const) {
  describe(`${name} store`, () => {
    it('reads what a batch wrote, as plain Uint8Array', () =>
      withStore(async (store) => {
        await store.batch([put(bytes(1), bytes(7, 8)), put(bytes(2), bytes())])
        assert.deepEqual(store.get(bytes(1)), bytes(7, 8))
        assert.deepEqual(store.get(bytes(2)), bytes())
        assert.equal(store.get(bytes(3)), undefined)
      }))

    it('overwrites and deletes, the last operation of a batch winning', () =>
      withStore(async (store) => {
        await store.batch([put(bytes(1), bytes(1)), put(bytes(2), bytes(1))], { sync: false })
        await store.batch([put(bytes(1), bytes(2)), { type: 'del', key: bytes(2) }])
        await store.batch([{ type: 'del', key: bytes(1) }, put(bytes(1), bytes(3))])
        assert.deepEqual(await collect(store, EVERYTHING), ['0x01=0x03'])
      }))

    it('writes thousands of operations at once, or none when making them fails', () =>
      withStore(async (store) => {
        const made = function* (count: number, failure?: Error): Iterable<BatchOperation> {
          for (let i = 0; i < count; i++) yield put(bytes(1, i >> 8, i & 255), bytes(count & 255))
          if (failure !== undefined) throw failure
        }
        const failure = new Error('no more of them')
        await assert.rejects(store.batch(made(2_000, failure)), failure)
        assert.deepEqual(await collect(store, EVERYTHING), [])
        const written = store.batch(made(2_000))
        await store.batch([put(bytes(2), bytes(2))])
        await written
        assert.equal((await collect(store, EVERYTHING)).length, 2_001)
      }))

    it('keeps its own copy of keys and values', () =>
      withStore(async (store) => {
        const key = bytes(1)
        const value = bytes(1)
        await store.batch([put(key, value)])
        key[0] = 9
        value[0] = 9
        const read = store.get(bytes(1)) as Uint8Array
        read[0] = 9
        assert.deepEqual(await collect(store, EVERYTHING), ['0x01=0x01'])
      }))

    it('scans exactly the keys of a range, in byte order, either way, up to a limit', () =>
      withStore((store) =>
        fc.assert(
          fc.asyncProperty(
            contentArbitrary,
            boundArbitrary,
            boundArbitrary,
            fc.boolean(),
            fc.option(fc.nat(5), { nil: undefined }),
            async (content, gte, lt, reverse, limit) => {
              const stored = await collect(store, EVERYTHING)
              const clear = stored.map((entry): BatchOperation => {
                const hex = entry.slice(2, entry.indexOf('='))
                return { type: 'del', key: Uint8Array.from(Buffer.from(hex, 'hex')) }
              })
              await store.batch([...clear, ...content.map(([k, v]) => put(k, v))], { sync: false })
              const expected = content
                .filter(([k]) => compareBytes(k, gte) >= 0 && compareBytes(k, lt) < 0)
                .sort(([a], [b]) => (reverse ? compareBytes(b, a) : compareBytes(a, b)))
                .slice(0, limit)
                .map(([k, v]) => `${bytesToHex(k)}=${bytesToHex(v)}`)
              const range = { gte, lt, reverse, ...(limit === undefined ? {} : { limit }) }
              assert.deepEqual(await collect(store, range), expected)
            },
          ),
          { numRuns: 60 },
        ),
      ))

    it('scans the state at the start of the scan', () =>
      withStore(async (store) => {
        await store.batch([put(bytes(1), bytes(1)), put(bytes(2), bytes(2))])
        const seen: string[] = []
        for await (const [key, value] of store.range(EVERYTHING)) {
          if (seen.length === 0)
            await store.batch([put(bytes(2), bytes(9)), put(bytes(3), bytes(3))])
          seen.push(`${bytesToHex(key)}=${bytesToHex(value)}`)
        }
        assert.deepEqual(seen, ['0x01=0x01', '0x02=0x02'])
      }))

    it('refuses use after close with store-closed', () =>
      withStore(async (store) => {
        await store.close()
        const closed = { code: 'store-closed' }
        assert.throws(() => store.get(bytes(1)), closed)
        await assert.rejects(store.batch([put(bytes(1), bytes(1))]), closed)
        await assert.rejects(collect(store, EVERYTHING), closed)
      }))
  })
}
