// The next block is judged and built while the one before it is being written; nobody is told of a block, and nothing of
// it is found, before it is on disk, and a block that could not be written leaves nothing behind.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Block } from '@busan/chain-spec'
import type { Executor } from '@busan/execution'
import { type Address, bigintToBytes, padLeft, toAddress } from '@busan/primitives'
import { createMemoryStore, type KeyValueStore, readHead } from '@busan/storage'
import fc from 'fast-check'
import { type Chain, importInTurn, type PruningOptions, type Tip } from '../src/index.ts'
import {
  createErrorLog,
  createKey,
  dump,
  EMITTERS,
  emit,
  extend,
  openTestChain,
  propose,
  seal,
  sign,
  type TestChain,
} from './fixture.ts'

const RUNS = Number(process.env.BUSAN_PROPERTY_RUNS ?? 25)

/** A store that writes a block when told to, or refuses it as a full disk does. Genesis it writes at once. */
interface SlowStore extends KeyValueStore {
  /** Resolves when a block waits to be written. */
  asked(): Promise<void>
  /** Ends the write that waits. */
  write(): Promise<void>
  refuse(): void
  isWaiting(): boolean
}

function createSlowStore(): SlowStore {
  const store = createMemoryStore()
  let waiting: { write: () => Promise<void>; refuse: (error: Error) => void } | undefined
  let onAsked = () => {}
  const end = () => {
    const ended = waiting
    assert.ok(ended !== undefined, 'nothing waits to be written')
    waiting = undefined
    return ended
  }
  return {
    ...store,
    batch: (operations) => {
      assert.equal(waiting, undefined, 'two blocks are being written at once')
      if (readHead(store) === undefined) return store.batch(operations)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const write = () => store.batch(operations).then(resolve)
      waiting = { write, refuse: reject }
      onAsked()
      return promise
    },
    asked: () =>
      new Promise((resolve) => {
        onAsked = resolve
        if (waiting !== undefined) resolve()
      }),
    write: () => end().write(),
    refuse: () => end().refuse(new Error('no space left on device')),
    isWaiting: () => waiting !== undefined,
  }
}

interface Slow extends TestChain {
  readonly store: SlowStore
  /** Numbers of the blocks that were run. */
  readonly ran: bigint[]
  readonly tips: Tip[]
  readonly heads: bigint[]
  readonly errors: string[]
}

/**
 * @param running when given, no block but the first ends running before it
 * @param pruning default: every state is kept
 */
async function openSlowChain(running = Promise.resolve(), pruning?: PruningOptions): Promise<Slow> {
  const store = createSlowStore()
  const ran: bigint[] = []
  const { logger, errors } = createErrorLog()
  const wrapExecutor = (executor: Executor): Executor => ({
    ...executor,
    executeBlock: async (block, parent) => {
      ran.push(block.header.number)
      const verdict = await executor.executeBlock(block, parent)
      if (block.header.number > 1n) await running
      return verdict
    },
  })
  const opened = await openTestChain({
    ...{ store, wrapExecutor, logger, genesis: GENESIS },
    ...(pruning === undefined ? {} : { pruning: () => pruning }),
  })
  const tips: Tip[] = []
  const heads: bigint[] = []
  opened.chain.onTip((tip) => void tips.push(tip))
  opened.chain.onHead(({ block }) => void heads.push(block.header.number))
  return { ...opened, store, ran, tips, heads, errors }
}

/** Adds one to slot 0, and to the slot that its calldata names. */
const COUNTER: Address = toAddress(`0x${'c0'.repeat(20)}`)
const GENESIS = {
  top: {
    alloc: {
      [sign({ nonce: 0n }).sender]: { balance: '0x3635c9adc5dea00000' },
      [COUNTER]: { balance: '0x0', code: '0x60016000540160005560016000355401600035550000' },
      [EMITTERS.noTopic]: { balance: '0x0', code: '0x60006000a000' },
    },
  },
}

function count(nonce: bigint, slot = 1n) {
  return sign({ nonce, to: COUNTER, data: padLeft(bigintToBytes(slot), 32) })
}

/** Blocks that each go on from the state of the one before. */
async function madeBlocks(length: number): Promise<{ blocks: Block[]; store: KeyValueStore }> {
  const { chain, store } = await openTestChain({ genesis: GENESIS })
  const blocks: Block[] = []
  for (let nonce = 0n; blocks.length < length; nonce += 2n) {
    const transactions = [count(nonce, nonce % 6n), emit(nonce + 1n, EMITTERS.noTopic, [])]
    blocks.push(await extend(chain, { transactions }))
  }
  return { blocks, store }
}

/** All that is ready to run has run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function assertUnknown(chain: Chain, block: Block, tip: Tip): void {
  const { number } = block.header
  assert.ok(chain.head().header.number < number)
  assert.equal(chain.hashByNumber(number), undefined)
  assert.equal(chain.headerByNumber(number), undefined)
  assert.equal(chain.blockByNumber(number), undefined)
  assert.equal(chain.blockByHash(tip.hash), undefined)
  assert.equal(chain.receiptsByHash(tip.hash), undefined)
  const [transaction] = tip.transactions
  assert.ok(transaction !== undefined)
  assert.equal(chain.transactionLocation(transaction.hash), undefined)
}

describe('the next block', () => {
  it('is run while the one before it is written, which nobody hears of yet', async () => {
    const { blocks } = await madeBlocks(2)
    const [first, second] = blocks as [Block, Block]
    const { chain, store, ran, tips, heads } = await openSlowChain()
    const importing = [chain.importBlock(first), chain.importBlock(second)]
    await store.asked()
    await settled()
    assert.deepEqual(ran, [1n, 2n])
    assert.deepEqual(heads, [])
    assert.deepEqual(
      tips.map(({ header }) => header.number),
      [1n],
    )
    assertUnknown(chain, first, tips[0] as Tip)

    await store.write()
    assert.deepEqual(await importing[0], { ok: true, value: 'imported' })
    await store.asked()
    assert.deepEqual(heads, [1n])
    assertUnknown(chain, second, tips[1] as Tip)
    await store.write()
    assert.deepEqual(await importing[1], { ok: true, value: 'imported' })
    assert.deepEqual(heads, [1n, 2n])
  })

  it('is built on the one that is written, and on its validators', async () => {
    const { chain, store } = await openSlowChain()
    const candidate = createKey(5n).address
    const vote = { recipient: candidate, add: true }
    const first = seal(await propose(chain, { transactions: [count(0n)], vote }))
    const importing = chain.importBlock(first)
    await store.asked()
    const proposal = await propose(chain, { transactions: [count(1n)] })
    assert.equal(proposal.header.number, 2n)
    assert.equal(proposal.transactions.length, 1, 'the nonce follows')
    assert.deepEqual(await chain.checkProposal(proposal), { ok: true, value: 'valid' })
    assert.equal(chain.validatorState().addVotes.size, 0, 'the head has none')
    await store.write()
    await importing
    assert.equal(chain.validatorState().addVotes.size, 1)
    const going = chain.importBlock(seal(proposal))
    await store.asked()
    await store.write()
    assert.deepEqual(await going, { ok: true, value: 'imported' })
  })

  it('is lost with the one before it when the disk refuses that, and both can come again', async () => {
    const { blocks, store: expected } = await madeBlocks(2)
    const { chain, store, tips, heads } = await openSlowChain()
    const before = await dump(store)
    const importing = blocks.map((block) => chain.importBlock(block))
    const outcomes = Promise.allSettled(importing)
    await store.asked()
    await settled()
    store.refuse()
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason.code === 'persist-failed')
      assert.match(outcome.reason.message, /block 1 cannot be written: no space/)
    }
    const [lost] = tips as [Tip]
    assertUnknown(chain, blocks[0] as Block, lost)
    assert.equal(chain.executor.hasState(lost.header.stateRoot), false)
    assert.deepEqual(await dump(store), before)
    assert.deepEqual(heads, [])
    const onHead = await propose(chain)
    assert.equal(onHead.header.number, 1n)

    const again = blocks.map((block) => chain.importBlock(block))
    for (const one of again) {
      await store.asked()
      await store.write()
      assert.deepEqual(await one, { ok: true, value: 'imported' })
    }
    assert.deepEqual(await dump(store), await dump(expected))
  })

  it('is lost as well when it still runs while the disk refuses the one before it', async () => {
    const { blocks } = await madeBlocks(2)
    const { promise: running, resolve: endRunning } = Promise.withResolvers<void>()
    const { chain, store } = await openSlowChain(running)
    const [first, second] = blocks.map((block) => chain.importBlock(block))
    await store.asked()
    await settled()
    store.refuse()
    await assert.rejects(first as Promise<unknown>, { code: 'persist-failed' })
    endRunning()
    await assert.rejects(second as Promise<unknown>, { message: /block 1 cannot be written/ })
    assert.equal(store.isWaiting(), false)
    assert.equal(chain.head().header.number, 0n)
  })

  it('is refused by its own faults, whatever becomes of the one before it', async () => {
    const { blocks } = await madeBlocks(2)
    const [first, second] = blocks as [Block, Block]
    const { chain, store } = await openSlowChain()
    const importing = chain.importBlock(first)
    const header = { ...second.header, stateRoot: first.header.stateRoot }
    const wrong = chain.importBlock(seal({ ...second, header }))
    await store.asked()
    const verdict = await wrong
    assert.ok(!verdict.ok && verdict.reason === 'invalid-outcome')
    await store.write()
    assert.deepEqual(await importing, { ok: true, value: 'imported' })
  })
})

describe('a block that is being written', () => {
  it('is known only when it is on disk', async () => {
    const { chain, store } = await openSlowChain()
    const block = seal(await propose(chain))
    for (const end of ['refuse', 'write'] as const) {
      const importing = Promise.allSettled([chain.importBlock(block), chain.importBlock(block)])
      await store.asked()
      await settled()
      await store[end]()
      const outcomes = (await importing).map((one) =>
        one.status === 'fulfilled' ? one.value : one.reason.code,
      )
      const [imported, known] = ['imported', 'known'].map((value) => ({ ok: true, value }))
      const refused = ['persist-failed', 'persist-failed']
      assert.deepEqual(outcomes, end === 'write' ? [imported, known] : refused)
    }
  })

  it('calls for people when another one at its height is sealed', async () => {
    const { chain, store, errors } = await openSlowChain()
    const rival = seal(await propose(chain, { transactions: [count(0n)] }))
    const importing = chain.importBlock(seal(await propose(chain)))
    await store.asked()
    const conflicting = chain.importBlock(rival)
    await settled()
    await store.write()
    await importing
    const verdict = await conflicting
    assert.ok(!verdict.ok && verdict.reason === 'conflicting-block')
    assert.deepEqual(errors, ['fork: a second block is sealed at a height we have'])
  })

  it('is on disk before the chain is closed', async () => {
    const { chain, store } = await openSlowChain()
    const importing = chain.importBlock(seal(await propose(chain)))
    await store.asked()
    let isClosed = false
    const closing = chain.close().then(() => {
      isClosed = true
    })
    await settled()
    assert.equal(isClosed, false)
    await store.write()
    await closing
    assert.deepEqual(await importing, { ok: true, value: 'imported' })
  })
})

describe('a sweep of old states', () => {
  it('writes and deletes only when no block is being written', async () => {
    const found = Promise.withResolvers<readonly Uint8Array[]>()
    const answers = [found.promise, Promise.resolve([])]
    const sweep: PruningOptions['sweep'] = {
      begin: async () => {},
      next: () => answers.shift() as Promise<readonly Uint8Array[]>,
    }
    const pruning = { sweep, keptStates: 1, everyBlocks: 1 }
    const { chain, store, errors } = await openSlowChain(undefined, pruning)
    const first = chain.importBlock(seal(await propose(chain)))
    await store.asked()
    await store.write()
    await first
    // What is given up.
    await store.asked()
    await store.write()
    await settled()
    const second = chain.importBlock(seal(await propose(chain)))
    await store.asked()
    found.resolve([new Uint8Array(33).fill(7)])
    await settled()
    await store.write()
    await second
    // What is deleted.
    await store.asked()
    await store.write()
    await chain.close()
    assert.deepEqual(errors, [])
  })
})

/** What a node meets while it takes a chain over. */
const STEPS = ['write', 'write', 'write', 'refuse', 'propose', 'garbage'] as const
const drawnSteps = fc.array(fc.constantFrom(...STEPS), { maxLength: 20 })

describe('blocks in turn', () => {
  it('leave the same on disk as blocks one by one, whatever fails meanwhile', async () => {
    const { blocks, store: expected } = await madeBlocks(6)
    await fc.assert(
      fc.asyncProperty(drawnSteps, async (steps) => {
        const { chain, store, heads } = await openSlowChain()
        const left = [...steps]
        while (chain.head().header.number < BigInt(blocks.length)) {
          const missing = blocks.slice(Number(chain.head().header.number))
          const taking = takeOver(chain, missing)
          const drive = driveUntil(taking, { chain, store }, left)
          await Promise.all([taking, drive])
        }
        assert.deepEqual(await dump(store), await dump(expected))
        assert.deepEqual(
          heads,
          blocks.map(({ header }) => header.number),
        )
        await chain.close()
      }),
      { numRuns: RUNS },
    )
  })

  it('are told of in turn, up to the first that is refused, and nothing is left under way', async () => {
    const { blocks } = await madeBlocks(4)
    const [first, second, ...later] = blocks as [Block, Block, Block, Block]
    const unsealed = { ...second, header: { ...second.header, extraData: first.header.extraData } }
    for (const [given, told] of [
      [blocks, ['1 imported', '2 imported', '3 imported', '4 imported']],
      [
        [first, first, second],
        ['1 imported', '1 known', '2 imported'],
      ],
      [
        [first, unsealed, ...later],
        ['1 imported', '2 invalid-seals'],
      ],
    ] as const) {
      const { chain } = await openTestChain({ genesis: GENESIS })
      let underWay = 0
      const importBlock: Chain['importBlock'] = async (block) => {
        underWay++
        const verdict = await chain.importBlock(block)
        underWay--
        return verdict
      }
      const outcomes: string[] = []
      for await (const { block, verdict } of importInTurn({ importBlock }, given)) {
        outcomes.push(`${block.header.number} ${verdict.ok ? verdict.value : verdict.reason}`)
        if (!verdict.ok) break
      }
      assert.deepEqual(outcomes, told)
      assert.equal(underWay, 0)
    }
  })
})

/** Ends at the first failure of the disk. */
async function takeOver(chain: Chain, blocks: readonly Block[]): Promise<void> {
  try {
    for await (const { verdict } of importInTurn(chain, blocks)) assert.ok(verdict.ok)
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'persist-failed')
  }
}

/** Answers the disk's questions, and has the chain do other things meanwhile, until the blocks are in or one is lost. */
async function driveUntil(
  over: Promise<void>,
  { chain, store }: Pick<Slow, 'chain' | 'store'>,
  steps: (typeof STEPS)[number][],
): Promise<void> {
  let isOver = false
  void over.finally(() => {
    isOver = true
  })
  // They wait in line behind an import, and that for the disk.
  const besides: Promise<unknown>[] = []
  while (!isOver) {
    await settled()
    if (!store.isWaiting()) continue
    const step = steps.shift() ?? 'write'
    if (step === 'refuse') store.refuse()
    else if (step === 'write') await store.write()
    else if (step === 'propose') besides.push(propose(chain, { transactions: [count(0n)] }))
    else besides.push(importForged(chain))
  }
  await Promise.all(besides)
}

async function importForged(chain: Chain): Promise<void> {
  const forged = { ...(await propose(chain)), transactions: [Uint8Array.of(7)] }
  const outcome = await chain.importBlock(seal(forged)).catch(() => undefined)
  assert.notEqual(outcome?.ok, true)
}
