import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Hash, hexToBytes } from '@busan/primitives'
import {
  type BatchOperation,
  createMemoryStore,
  DATABASE_VERSION,
  type KeyValueStore,
  keys,
  openLevelStore,
  putMarker,
  readMarker,
} from '@busan/storage'
import { silentLogger } from '@busan/telemetry'
import { createKey, EMITTERS, emit, extend, openTestChain, propose, seal, sign } from './fixture.ts'

const ANYONE = createKey(77n).address

/** A store whose next batch fails when told to, as a full disk does: nothing of it is written. */
function createFailingStore(): KeyValueStore & { failNext(): void } {
  const store = createMemoryStore()
  let fails = false
  return {
    ...store,
    failNext: () => {
      fails = true
    },
    async batch(operations, options) {
      if (fails) {
        fails = false
        throw new Error('no space left on device')
      }
      await store.batch(operations, options)
    },
  }
}

/** Counts batches and forgets everything from the given one on, as a crash does. */
function createCrashingStore(survivingBatches: number): KeyValueStore & { disk: KeyValueStore } {
  const disk = createMemoryStore()
  const process = createMemoryStore()
  let batches = 0
  return {
    ...process,
    disk,
    async batch(operations) {
      const taken = [...operations]
      await process.batch(taken)
      batches += 1
      if (batches <= survivingBatches) await disk.batch(taken)
    },
  }
}

describe('persistence', () => {
  it('leaves the head where it was when the disk refuses the batch, and goes on afterwards', async () => {
    const store = createFailingStore()
    const { chain } = await openTestChain({ store })
    await extend(chain)
    const head = chain.head()
    const transaction = sign({ nonce: 0n, to: ANYONE, valueWei: 1n })
    const block = seal(await propose(chain, { transactions: [transaction] }))
    const events: bigint[] = []
    chain.onHead((event) => events.push(event.block.header.number))

    store.failNext()
    await assert.rejects(chain.importBlock(block), {
      code: 'persist-failed',
      message: /block 2 cannot be written: no space left on device; the head stays at 1/,
    })
    assert.equal(chain.head(), head)
    assert.equal(chain.blockByNumber(2n), undefined)
    assert.equal(chain.transactionLocation(transaction.hash), undefined)
    assert.deepEqual(events, [])

    const reopened = await openTestChain({ store })
    assert.equal(reopened.chain.head().hash, head.hash)

    assert.deepEqual(await chain.importBlock(block), { ok: true, value: 'imported' })
    await extend(chain)
    assert.deepEqual(events, [2n, 3n])
    assert.equal(chain.transactionLocation(transaction.hash)?.blockNumber, 2n)
  })

  it('is at one whole block or another, wherever a crash falls', async () => {
    for (let survivingBatches = 1; survivingBatches <= 4; survivingBatches++) {
      const store = createCrashingStore(survivingBatches)
      const { chain } = await openTestChain({ store })
      for (let nonce = 0n; nonce < 3n; nonce++) {
        await extend(chain, { transactions: [emit(nonce, EMITTERS.noTopic, [])] })
      }
      const revived = await openTestChain({ store: store.disk })
      const height = BigInt(survivingBatches - 1)
      assert.equal(revived.chain.head().header.number, height)
      assert.equal(revived.chain.head().hash, chain.hashByNumber(height))
      assert.equal(revived.chain.hashByNumber(height + 1n), undefined)
      await extend(revived.chain)
    }
  })

  it('writes a block as one batch', async () => {
    const inner = createMemoryStore()
    const batches: (readonly BatchOperation[])[] = []
    const store: KeyValueStore = {
      ...inner,
      batch: (operations) => {
        const taken = [...operations]
        batches.push(taken)
        return inner.batch(taken)
      },
    }
    const { chain } = await openTestChain({ store })
    assert.equal(batches.length, 1)
    await extend(chain, { transactions: [sign({ nonce: 0n, to: ANYONE })] })
    assert.equal(batches.length, 2)
  })

  it('finds after a restart from disk all that it had', async () => {
    const path = await mkdtemp(join(tmpdir(), 'busan-chain-'))
    try {
      const logger = silentLogger
      const store = await openLevelStore(path, { logger })
      const first = await openTestChain({ store })
      const candidate = createKey(5n).address
      const transaction = emit(0n, EMITTERS.noTopic, [])
      await extend(first.chain, {
        transactions: [transaction],
        vote: { recipient: candidate, add: true },
      })
      await extend(first.chain)
      const expected = {
        head: first.chain.head(),
        block: first.chain.blockByNumber(1n),
        receipts: first.chain.receiptsByHash(first.chain.hashByNumber(1n) as Hash),
        validatorState: first.chain.validatorState(),
        location: first.chain.transactionLocation(transaction.hash),
      }
      await first.chain.close()
      await store.close()

      const reopened = await openLevelStore(path, { logger })
      const { chain } = await openTestChain({ store: reopened })
      assert.deepEqual(
        {
          head: chain.head(),
          block: chain.blockByNumber(1n),
          receipts: chain.receiptsByHash(chain.hashByNumber(1n) as Hash),
          validatorState: chain.validatorState(),
          location: chain.transactionLocation(transaction.hash),
        },
        expected,
      )
      assert.equal(chain.validatorState().addVotes.get(candidate)?.length, 1)
      await extend(chain)
      await chain.close()
      await reopened.close()
    } finally {
      await rm(path, { recursive: true })
    }
  })
})

describe('openChain', () => {
  it('refuses another genesis, naming both hashes and the first field that differs', async () => {
    const store = createMemoryStore()
    const { chain } = await openTestChain({ store })
    const stored = readMarker(store)?.genesisHash
    assert.equal(stored, chain.genesisHash)
    await assert.rejects(
      openTestChain({ store, genesis: { top: { gasLimit: '0x1c9c381' } } }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'genesis-mismatch')
        assert.match(
          error.message,
          new RegExp(`genesis ${stored}, the genesis file gives 0x\\w{64}`),
        )
        assert.match(error.message, /gasLimit is 30000000 there and 30000001 here/)
        return true
      },
    )
    await assert.rejects(openTestChain({ store, genesis: { top: { alloc: {} } } }), {
      code: 'genesis-mismatch',
      message: /stateRoot is 0x/,
    })
  })

  it('refuses a database of a later release', async () => {
    const store = createMemoryStore()
    const { chain } = await openTestChain({ store })
    const { genesisHash } = chain
    await store.batch([putMarker({ version: DATABASE_VERSION + 1, genesisHash })])
    await assert.rejects(openTestChain({ store }), { code: 'database-too-new' })
  })

  it('refuses a head of which a part is missing, naming the part', async () => {
    const missing = {
      header: (hash: Hash) => keys.header(1n, hash),
      body: () => keys.body(1n),
      receipts: () => keys.receipts(1n),
      'validator state': () => keys.validatorState(),
    }
    for (const [what, keyOf] of Object.entries(missing)) {
      const store = createMemoryStore()
      const { chain } = await openTestChain({ store })
      await extend(chain)
      await store.batch([{ type: 'del', key: keyOf(chain.head().hash) }])
      await assert.rejects(openTestChain({ store }), {
        code: 'head-incomplete',
        message: new RegExp(`lacks the ${what} of its head, block 1 ${chain.head().hash}`),
      })
    }
    const store = createMemoryStore()
    const { chain } = await openTestChain({ store })
    await extend(chain, { transactions: [sign({ nonce: 0n, to: ANYONE })] })
    const root = hexToBytes(chain.head().header.stateRoot)
    await store.batch([{ type: 'del', key: keys.stateNode(root) }])
    await assert.rejects(openTestChain({ store }), { message: /lacks the state of its head/ })
  })

  it('opens again a chain whose genesis header stops before the base fee, as Besu makes it', async () => {
    const store = createMemoryStore()
    const genesis = { config: { londonBlock: undefined }, top: { baseFeePerGas: undefined } }
    const { chain } = await openTestChain({ store, genesis })
    assert.equal(chain.headerByNumber(0n)?.baseFeePerGas, undefined)
    await extend(chain)
    const again = await openTestChain({ store, genesis })
    await extend(again.chain)
    assert.equal(again.chain.head().header.number, 2n)
  })
})
