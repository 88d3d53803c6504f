import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Log, Transaction } from '@busan/execution'
import { type Address, type Hash, isCodedError, toHash } from '@busan/primitives'
import fc from 'fast-check'
import type { Chain, LocatedLog, LogFilter } from '../src/index.ts'
import { createBlockReader } from '../src/queries/block-reader.ts'
import { findLogs } from '../src/queries/logs.ts'
import { createKey, EMITTERS, emit, extend, openTestChain, sign } from './fixture.ts'

const HEIGHT = 24n
const TOPICS: readonly Hash[] = [1, 2, 3].map((n) => toHash(`0x${`0${n}`.repeat(32)}`))
const [A, B, C] = TOPICS as readonly [Hash, Hash, Hash]

/** Blocks with none to several logs, in a pattern that repeats rarely. */
async function openLoggedChain(): Promise<Chain> {
  const { chain } = await openTestChain()
  let nonce = 0n
  const send = (make: (nonce: bigint) => Transaction) => make(nonce++)
  for (let height = 1; height <= Number(HEIGHT); height++) {
    const topic = TOPICS[height % 3] as Hash
    const transactions: Transaction[] = []
    if (height % 2 === 0) {
      transactions.push(send((n) => emit(n, EMITTERS.twoTopics, [topic, A])))
      transactions.push(send((n) => sign({ nonce: n, to: createKey(7n).address })))
    }
    if (height % 3 === 0) transactions.push(send((n) => emit(n, EMITTERS.oneTopic, [topic])))
    if (height % 5 === 0)
      transactions.push(send((n) => emit(n, EMITTERS.alsoTwoTopics, [B, topic])))
    if (height === 17) transactions.push(send((n) => emit(n, EMITTERS.noTopic, [])))
    await extend(chain, { transactions })
  }
  return chain
}

/** Every log of a range, read block by block. */
function everyLog(chain: Chain, from: bigint, to: bigint): LocatedLog[] {
  const logs: LocatedLog[] = []
  for (let number = from; number <= to; number++) {
    const block = chain.blockByNumber(number)
    if (block === undefined) continue
    let logIndex = 0
    for (const [transactionIndex, receipt] of (chain.receiptsByHash(block.hash) ?? []).entries()) {
      for (const log of receipt.logs) {
        logs.push({
          ...log,
          blockNumber: number,
          blockHash: block.hash,
          blockTimestamp: block.header.timestamp,
          transactionHash: (block.transactions[transactionIndex] as Transaction).hash,
          transactionIndex,
          logIndex: logIndex++,
        })
      }
    }
  }
  return logs
}

/** geth's filterLogs, from its documentation. */
function matches(log: Log, filter: LogFilter): boolean {
  const isWanted = filter.addresses.length === 0 || filter.addresses.includes(log.address)
  if (!isWanted || filter.topics.length > log.topics.length) return false
  return filter.topics.every(
    (wanted, i) => wanted === null || wanted.length === 0 || wanted.includes(log.topics[i] as Hash),
  )
}

const addressArbitrary = fc.constantFrom<Address>(...Object.values(EMITTERS), createKey(7n).address)
const topicArbitrary = fc.constantFrom<Hash>(...TOPICS, toHash(`0x${'0f'.repeat(32)}`))
const filterArbitrary: fc.Arbitrary<LogFilter> = fc.record({
  addresses: fc.array(addressArbitrary, { maxLength: 3 }),
  topics: fc.array(fc.option(fc.array(topicArbitrary, { maxLength: 2 })), { maxLength: 3 }),
})

describe('logs', () => {
  it('finds exactly what reading every receipt finds, whatever the filter and range', async () => {
    const chain = await openLoggedChain()
    assert.ok(everyLog(chain, 0n, HEIGHT).length > 20)
    await fc.assert(
      fc.asyncProperty(
        filterArbitrary,
        fc.nat(Number(HEIGHT) + 3),
        fc.nat(Number(HEIGHT) + 3),
        async (filter, from, to) => {
          const found = await chain.logs(BigInt(from), BigInt(to), filter, 1_000)
          const expected = everyLog(chain, BigInt(from), BigInt(to)).filter((log) =>
            matches(log, filter),
          )
          assert.deepEqual(found, expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('finds them again after a restart', async () => {
    const { chain, store } = await openTestChain()
    await extend(chain, { transactions: [emit(0n, EMITTERS.twoTopics, [A, C])] })
    for (let i = 0; i < 5; i++) await extend(chain)
    const filter = { addresses: [], topics: [null, [C]] }
    const before = await chain.logs(0n, 6n, filter, 10)
    const reopened = await openTestChain({ store })
    const after = await reopened.chain.logs(0n, 2n ** 64n, filter, 10)
    assert.equal(after.length, 1)
    assert.deepEqual(after, before)
  })

  it('refuses to return more than the limit', async () => {
    const chain = await openLoggedChain()
    const everything = { addresses: [], topics: [] }
    const all = await chain.logs(0n, HEIGHT, everything, 1_000)
    assert.equal((await chain.logs(0n, HEIGHT, everything, all.length)).length, all.length)
    await assert.rejects(chain.logs(0n, HEIGHT, everything, all.length - 1), {
      code: 'too-many-logs',
      message: /^query returned more than \d+ results/,
    })
  })

  it('names the transactions of logs alike from memory and from disk', async () => {
    const { chain, store } = await openTestChain()
    const transactions = [0n, 1n, 2n].map((n) => emit(n, EMITTERS.oneTopic, [A]))
    await extend(chain, { transactions })
    const reader = createBlockReader(store, chain.executor.decodeTransaction)
    const filter = { addresses: [], topics: [] }
    const query = { fromNumber: 1n, toNumber: 1n, filter, maxLogs: 10 }
    const expected = transactions.map(({ hash }) => hash)
    for (const logs of [
      await chain.logs(1n, 1n, filter, 10),
      await findLogs({ store, reader }, query),
    ]) {
      assert.deepEqual(
        logs.map(({ transactionHash }) => transactionHash),
        expected,
      )
    }
    assert.equal(reader.transactionHashesByNumber(2n), undefined)
  })

  it('refuses to return more data than the limit, and says which range fits', async () => {
    const { chain, store } = await openTestChain()
    for (let n = 0n; n < 3n; n++) {
      await extend(chain, {
        transactions: [sign({ nonce: n, to: EMITTERS.data, gasLimit: 1_000_000n })],
      })
    }
    const source = { store, reader: createBlockReader(store, chain.executor.decodeTransaction) }
    const query = { toNumber: 3n, filter: { addresses: [], topics: [] }, maxLogs: 10 }
    const limited = (fromNumber: bigint) =>
      findLogs(source, { ...query, fromNumber, maxDataSizeBytes: 2 * 65_535 })
    assert.equal((await limited(2n)).length, 2)
    await assert.rejects(limited(1n), (error) => {
      assert.ok(isCodedError(error, 'too-many-logs'))
      assert.equal(error.details.exceeded, '131070 bytes of log data')
      return error.details.fittingNumber === 2n
    })
  })
})
