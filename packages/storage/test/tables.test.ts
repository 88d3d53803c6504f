import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Address, bytesToAddress, bytesToHash, bytesToHex } from '@busan/primitives'
import fc from 'fast-check'
import {
  type Appearances,
  createMemoryStore,
  keys,
  type LogTerm,
  putAppearances,
  putHead,
  putLogTerms,
  putMarker,
  putTransactionLocation,
  readAppearances,
  readHead,
  readLogBlocks,
  readMarker,
  readTransactionLocation,
} from '../src/index.ts'

const hash = (byte: number) => bytesToHash(new Uint8Array(32).fill(byte))

describe('tables', () => {
  it('read back what they put', async () => {
    const store = createMemoryStore()
    assert.equal(readMarker(store), undefined)
    assert.equal(readHead(store), undefined)
    await store.batch([
      putMarker({ version: 1, genesisHash: hash(7) }),
      putHead({ number: 2n ** 40n, hash: hash(8) }),
      putTransactionLocation(hash(9), { blockNumber: 300n, index: 70_000 }),
    ])
    assert.deepEqual(readMarker(store), { version: 1, genesisHash: hash(7) })
    assert.deepEqual(readHead(store), { number: 2n ** 40n, hash: hash(8) })
    assert.deepEqual(readTransactionLocation(store, hash(9)), { blockNumber: 300n, index: 70_000 })
    assert.equal(readTransactionLocation(store, hash(1)), undefined)
  })

  it('report an unreadable value as a corrupt data folder', async () => {
    const store = createMemoryStore()
    await store.batch([
      { type: 'put', key: keys.head(), value: Uint8Array.of(1) },
      { type: 'put', key: keys.marker(), value: Uint8Array.of(0x80) },
    ])
    assert.throws(() => readHead(store), { code: 'data-folder-corrupt' })
    assert.throws(() => readMarker(store), { code: 'data-folder-corrupt' })
  })

  it('find in the log index exactly the blocks of a term within a range', async () => {
    const kinds = ['address', 'topic'] as const
    const termArbitrary = fc
      .tuple(fc.constantFrom(...kinds), fc.nat(2))
      .map(([kind, byte]): LogTerm => {
        return { kind, bytes: new Uint8Array(kind === 'address' ? 20 : 32).fill(byte) }
      })
    const blocksArbitrary = fc.array(fc.array(termArbitrary, { maxLength: 4 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(
        blocksArbitrary,
        termArbitrary,
        fc.nat(20),
        fc.nat(20),
        async (blocks, wanted, from, to) => {
          const store = createMemoryStore()
          for (const [i, terms] of blocks.entries()) {
            await store.batch(putLogTerms(terms, BigInt(i) + 250n))
          }
          const found: bigint[] = []
          const fromNumber = BigInt(from) + 250n
          const toNumber = BigInt(to) + 250n
          for await (const number of readLogBlocks(store, wanted, fromNumber, toNumber)) {
            found.push(number)
          }
          const isWanted = (term: LogTerm) =>
            term.kind === wanted.kind && bytesToHex(term.bytes) === bytesToHex(wanted.bytes)
          const expected = blocks.flatMap((terms, i) =>
            i >= from && i <= to && terms.some(isWanted) ? [BigInt(i) + 250n] : [],
          )
          assert.deepEqual(found, expected)
        },
      ),
    )
  })

  it('never share a key', () => {
    const built = [
      keys.marker(),
      keys.head(),
      keys.validatorState(),
      keys.header(1n, hash(1)),
      keys.body(1n),
      keys.hashByNumber(1n),
      keys.numberByHash(hash(1)),
      keys.receipts(1n),
      keys.transactionLocation(hash(1)),
      keys.log('address', new Uint8Array(20), 1n),
      keys.log('topic', new Uint8Array(20), 1n),
      keys.appearances(new Uint8Array(20), 1n),
      keys.stateNode(new Uint8Array(32)),
      keys.code(new Uint8Array(32)),
    ].map(bytesToHex)
    assert.equal(new Set(built).size, built.length)
  })

  it('find the transactions of an account within a range, in either direction', async () => {
    const account = (byte: number): Address => bytesToAddress(new Uint8Array(20).fill(byte))
    const blockArbitrary = fc.uniqueArray(fc.nat(1_000_000), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(blockArbitrary, { maxLength: 12 }),
        fc.nat(12),
        fc.nat(12),
        fc.boolean(),
        async (blocks, from, to, reverse) => {
          const store = createMemoryStore()
          for (const [number, indices] of blocks.entries()) {
            const accounts = new Map([
              [account(1), indices],
              [account(2), [7]],
            ])
            await store.batch(putAppearances(accounts, BigInt(number)))
          }
          const range = { fromNumber: BigInt(from), toNumber: BigInt(to), reverse }
          const found: Appearances[] = []
          for await (const one of readAppearances(store, account(1), range)) found.push(one)
          const wanted = blocks
            .map((indices, number) => ({ blockNumber: BigInt(number), indices }))
            .filter((_, number) => number >= from && number <= to)
          assert.deepEqual(found, reverse ? wanted.reverse() : wanted)
        },
      ),
    )
  })
})
