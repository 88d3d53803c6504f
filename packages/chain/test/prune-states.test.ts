// Whatever blocks are made before, during and after a sweep: the states of the last blocks are whole, nothing that no
// kept state needs is left behind, and a state that was given up is refused, never answered wrongly.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  createStateSweep,
  createSweepThread,
  type KeptStates,
  readFlatTables,
  type StateReader,
  type StateSweep,
} from '@busan/execution'
import {
  type Address,
  bigintToBytes,
  bytesToBigint,
  bytesToHash,
  concatBytes,
  hexToBytes,
  isCodedError,
  padLeft,
  toAddress,
} from '@busan/primitives'
import {
  createMemoryStore,
  type KeyValueStore,
  keys,
  openLevelStore,
  readOldestState,
} from '@busan/storage'
import { type Logger, silentLogger } from '@busan/telemetry'
import fc from 'fast-check'
import type { Chain, PruningOptions } from '../src/index.ts'
import { createErrorLog, extend, openTestChain, sign, type TestChain } from './fixture.ts'

const RUNS = Number(process.env.BUSAN_PROPERTY_RUNS ?? 25)

/** Each sets the slot of the first word of its calldata to the second. Alike, so that their storages share nodes. */
const BOOKS: readonly Address[] = ['b1', 'b2', 'b3'].map((byte) =>
  toAddress(`0x${byte.repeat(20)}`),
)
const SLOTS = [0n, 1n, 2n, 3n, 4n, 5n]
const GENESIS = {
  top: { alloc: alloc() },
}

function alloc() {
  const book = { balance: '0x0', code: '0x602035600035550000' }
  const user = { balance: '0x3635c9adc5dea00000' }
  return { ...Object.fromEntries(BOOKS.map((address) => [address, book])), [userAddress()]: user }
}

function userAddress(): Address {
  return sign({ nonce: 0n }).sender
}

interface Entry {
  readonly book: Address
  readonly slot: bigint
  readonly value: bigint
}

const entry = fc.record({
  book: fc.constantFrom(...BOOKS),
  slot: fc.constantFrom(...SLOTS),
  value: fc.bigInt({ min: 0n, max: 2n }),
})
/** What a block writes, and how many steps a sweep makes behind it. */
const drawnBlock = fc.record({
  entries: fc.array(entry, { maxLength: 3 }),
  steps: fc.integer({ min: 0, max: 12 }),
})
const drawnBlocks = fc.array(drawnBlock, { minLength: 6, maxLength: 24 })

/** A sweep whose steps are allowed one at a time. */
function stepwise(inner: StateSweep) {
  let allowed: (() => void) | undefined
  let isWaiting: (() => void) | undefined
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      allowed = resolve
      isWaiting?.()
    })
  const sweep: StateSweep = {
    begin: async (kept) => {
      await turn()
      await inner.begin(kept)
    },
    next: async () => {
      await turn()
      return inner.next()
    },
  }
  return {
    sweep,
    /** Lets it go on until it asks again, if it has asked. @returns false: no sweep is under way */
    async step(): Promise<boolean> {
      await settled()
      if (allowed === undefined) return false
      const go = allowed
      allowed = undefined
      go()
      await settled()
      return true
    },
  }
}

/** Everything that can happen at once in memory has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function word(value: bigint): Uint8Array {
  return padLeft(bigintToBytes(value), 32)
}

async function write(chain: Chain, entries: readonly Entry[], nonce: bigint): Promise<void> {
  const transactions = entries.map(({ book, slot, value }, index) =>
    sign({
      nonce: nonce + BigInt(index),
      to: book,
      data: concatBytes(word(slot), word(value)),
    }),
  )
  await extend(chain, { transactions })
}

type Books = readonly (readonly bigint[])[]

async function read(reader: StateReader): Promise<Books> {
  const books: bigint[][] = []
  for (const book of BOOKS) {
    const slots: bigint[] = []
    for (const slot of SLOTS) {
      slots.push(bytesToBigint(await reader.storage(book, bytesToHash(word(slot)))))
    }
    books.push(slots)
  }
  return books
}

function readerOf(chain: Chain, number: number): StateReader {
  return chain.executor.stateAt(stateRootOf(chain, number))
}

function stateRootOf(chain: Chain, number: number) {
  const header = chain.headerByNumber(BigInt(number))
  assert.ok(header !== undefined)
  return header.stateRoot
}

function written(before: Books, entries: readonly Entry[]): Books {
  const after = before.map((slots) => [...slots])
  for (const { book, slot, value } of entries) {
    ;(after[BOOKS.indexOf(book)] as bigint[])[Number(slot)] = value
  }
  return after
}

async function countOf(store: KeyValueStore, prefix: string): Promise<number> {
  const byte = prefix.charCodeAt(0)
  let count = 0
  for await (const _ of store.range({ gte: Uint8Array.of(byte), lt: Uint8Array.of(byte + 1) })) {
    count++
  }
  return count
}

/** The right answer, or that it is not there. */
async function assertRightOrMissing(reader: StateReader, expected: Books): Promise<void> {
  const found = await read(reader).catch((error: unknown) => {
    if (isCodedError(error, 'missing-state')) return undefined
    throw error
  })
  if (found !== undefined) assert.deepEqual(found, expected)
}

const KEPT = 3

test('kept states are whole at every moment of a sweep, and what is given up is refused', async () => {
  await fc.assert(
    fc.asyncProperty(drawnBlocks, async (blocks) => {
      const store = createMemoryStore()
      const steps = stepwise(createStateSweep(store, 2))
      const pruning = (): PruningOptions => ({
        sweep: steps.sweep,
        keptStates: KEPT,
        everyBlocks: 2,
      })
      const { chain } = await openTestChain({ store, genesis: GENESIS, pruning })
      const expected: Books[] = [BOOKS.map(() => SLOTS.map(() => 0n))]
      // Opened when their block was the head, and used up to the end of the sweep that gives it up.
      const readers = [readerOf(chain, 0)]
      const givenUp = [0, 0]
      let nonce = 0n
      for (const { entries, steps: count } of blocks) {
        await write(chain, entries, nonce)
        nonce += BigInt(entries.length)
        expected.push(written(expected.at(-1) as Books, entries))
        readers.push(readerOf(chain, expected.length - 1))
        for (let step = 0; step < count; step++) {
          if (!(await steps.step())) break
          await checkKept(chain, store, expected)
          const oldest = Number(readOldestState(store))
          if (oldest !== givenUp.at(-1)) givenUp.push(oldest)
          for (const [number, reader] of readers.entries()) {
            if (number < (givenUp.at(-2) as number)) continue
            await assertRightOrMissing(reader, expected[number] as Books)
          }
        }
        await checkKept(chain, store, expected)
      }
      await chain.close()
    }),
    { numRuns: RUNS },
  )
})

async function checkKept(
  chain: Chain,
  store: KeyValueStore,
  expected: readonly Books[],
): Promise<void> {
  const head = expected.length - 1
  for (let number = 0; number <= head; number++) {
    const isKept = number > head - KEPT || number >= Number(readOldestState(store) ?? 0n)
    const reader = readerOf(chain, number)
    if (isKept) assert.deepEqual(await read(reader), expected[number], `block ${number} of ${head}`)
    else await assertRightOrMissing(reader, expected[number] as Books)
  }
  const { stateRoot } = await readFlatTables(store)
  assert.equal(stateRoot, stateRootOf(chain, head))
}

/** Sets slots of one book in every block, and unsets those of the block before. */
async function fill(chain: Chain, blocks: number): Promise<void> {
  const [book] = BOOKS as [Address]
  for (let block = 0; block < blocks; block++) {
    const [now, before] = [BigInt(block), BigInt(Math.max(0, block - 1))]
    const entries = [
      { book, slot: before, value: 0n },
      { book, slot: now, value: 1n },
    ]
    await write(chain, entries, BigInt(2 * block))
  }
}

/** As a node does it: on a thread, in LevelDB. */
async function withSweptFolder(
  run: (opened: TestChain, swept: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'busan-sweep-'))
  const store = await openLevelStore(folder, { logger: silentLogger })
  const sweep = createSweepThread(folder)
  let onSwept = () => {}
  const logger: Logger = {
    ...silentLogger,
    info: (message) => {
      if (message === 'swept old states') onSwept()
    },
    child: () => logger,
  }
  const pruning = (): PruningOptions => ({ sweep, keptStates: KEPT, everyBlocks: 5 })
  const opened = await openTestChain({ store, genesis: GENESIS, pruning, logger })
  const swept = () =>
    new Promise<void>((resolve) => {
      onSwept = resolve
    })
  try {
    await run(opened, swept)
  } finally {
    await opened.chain.close()
    await sweep.close()
    await store.close()
    await rm(folder, { recursive: true })
  }
}

test('a sweep on its thread leaves what the kept states need, and says what it has given up', async () => {
  await withSweptFolder(async ({ chain, store, metrics }, swept) => {
    const once = swept()
    await fill(chain, 7)
    await once
    assert.equal(readOldestState(store), 5n)
    assert.match((await metrics.expose()).text, /^busan_chain_oldest_state 5$/m)
    const [nodes, roots] = await Promise.all([countOf(store, 'n'), countOf(store, 's')])
    // Three states, each a leaf of the book's storage behind a root, and two or three accounts behind another.
    assert.ok(nodes > 0 && nodes < 7 * 4, `${nodes} nodes are left`)
    assert.equal(roots, KEPT)
    // Opened again, so that nothing is answered from memory.
    const { chain: again } = await openTestChain({ store, genesis: GENESIS })
    const error = await read(readerOf(again, 4)).catch((thrown: unknown) => thrown)
    assert.ok(isCodedError(error, 'missing-state'))
    assert.match(error.message, /missing trie node 0x\w+ \(path \) state 0x\w+ is not available/)
    assert.match(
      error.message,
      /keeps the states from block 5 on; ask a node with --history=archive/,
    )
    await read(readerOf(again, 5))
  })
})

test('a state that is not whole ends the sweep before anything is deleted, and the chain goes on', async () => {
  const store = createMemoryStore()
  const { logger, errors } = createErrorLog()
  const pruning = (): PruningOptions => ({
    sweep: createStateSweep(store),
    keptStates: KEPT,
    everyBlocks: 5,
  })
  const { chain } = await openTestChain({ store, genesis: GENESIS, pruning, logger })
  await fill(chain, 6)
  const gone = keys.stateNode(hexToBytes(stateRootOf(chain, 5)))
  await store.batch([{ type: 'del', key: gone }])
  const before = await countOf(store, 'n')
  await extend(chain, {})
  await settled()
  assert.deepEqual(errors, ['old states stay: the sweep failed'])
  assert.equal(await countOf(store, 'n'), before)
  await extend(chain, {})
  await chain.close()
})

test('unset slots go a sweep later than the states that had them set: a call may still be running there', async () => {
  const begun: KeptStates[] = []
  const sweep: StateSweep = { begin: async (kept) => void begun.push(kept), next: async () => [] }
  const pruning = (): PruningOptions => ({ sweep, keptStates: KEPT, everyBlocks: 5 })
  const { chain } = await openTestChain({ genesis: GENESIS, pruning })
  for (let block = 1; block <= 12; block++) {
    await extend(chain, {})
    await settled()
  }
  assert.deepEqual(
    begun.map(({ slotsUnsetUpTo }) => slotsUnsetUpTo),
    [0n, 5n],
  )
  await chain.close()
})
