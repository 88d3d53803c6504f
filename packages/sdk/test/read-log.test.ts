import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  HttpRequestError,
  LimitExceededRpcError,
  zeroAddress,
  zeroHash,
} from 'viem'
import { ABIS } from '../generated/abis.ts'
import { type AuditClient, type RawLog, stateReader } from '../src/audit/client.ts'
import { deploymentBlock, readLog } from '../src/audit/read-log.ts'
import { at } from './day.ts'

const token = at('KrwDepositToken')
const DEPLOYED = 37n
const HEAD = { number: 12_000n, hash: zeroHash, timestamp: 0n }

const logAt = (blockNumber: bigint, logIndex: number): RawLog => ({
  address: token.address,
  topics: encodeEventTopics({
    abi: ABIS.KrwDepositToken,
    eventName: 'Transfer',
    args: { from: zeroAddress, to: token.address },
  }) as Hex[],
  data: encodeAbiParameters([{ type: 'uint256' }], [blockNumber]),
  ...{ blockNumber, logIndex, transactionHash: zeroHash },
})
const LOGS = [40n, 41n, 41n, 6_000n, 6_001n, 12_000n].map((block, index) => logAt(block, index))

/** A node that answers at most so many logs at once, and tells no times with them. */
function nodeWith(most: number, error: Error = new LimitExceededRpcError(new Error('too many'))) {
  const asked: [bigint, bigint][] = []
  const client: AuditClient = {
    async readContract() {
      return 0n
    },
    async getCode({ blockNumber }) {
      return blockNumber >= DEPLOYED ? '0x00' : undefined
    },
    async getChainId() {
      return 51_053
    },
    async getLogs({ fromBlock, toBlock }) {
      asked.push([fromBlock, toBlock])
      const found = LOGS.filter((one) => one.blockNumber >= fromBlock && one.blockNumber <= toBlock)
      if (found.length > most) throw error
      // Some nodes give the logs of one range in no order.
      return found.toReversed()
    },
    async getBlock(which) {
      const number = which?.blockNumber ?? HEAD.number
      return { ...HEAD, number, timestamp: 1_000n + number }
    },
  }
  return { client, asked }
}

suite('events for an audit', () => {
  test('are read from the block of the deployment on', async () => {
    const { client } = nodeWith(9)
    assert.equal(await deploymentBlock(stateReader(client, HEAD), [token.address]), DEPLOYED)
  })

  test('are each read once, in order and with times, however little a node gives at once', async () => {
    for (const most of [9, 2]) {
      const { client, asked } = nodeWith(most)
      const log = await readLog(client, [token], { from: DEPLOYED, to: HEAD.number })
      assert.deepEqual(
        log.map(({ blockNumber, logIndex }) => [blockNumber, logIndex]),
        LOGS.map(({ blockNumber, logIndex }) => [blockNumber, logIndex]),
      )
      for (const { blockNumber, timestamp } of log) assert.equal(timestamp, 1_000n + blockNumber)
      assert.ok(asked.every(([from, to]) => to - from < 5_000n))
    }
  })

  test('are not read when a node refuses one block, or does not answer', async () => {
    const read = (node: ReturnType<typeof nodeWith>) =>
      readLog(node.client, [token], { from: DEPLOYED, to: HEAD.number })
    await assert.rejects(read(nodeWith(1)), LimitExceededRpcError)
    const silent = nodeWith(0, new HttpRequestError({ url: 'http://127.0.0.1:1' }))
    await assert.rejects(read(silent), HttpRequestError)
    assert.equal(silent.asked.length, 1)
  })
})
