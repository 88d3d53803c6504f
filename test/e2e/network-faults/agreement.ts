// The one question after every fault: is there one chain, and is everything in it that was ever shown?
import { until } from '../chain-process.ts'
import { ask, type RpcCall } from './ask.ts'
import type { ServedReceipt } from './load.ts'

/** For each batch: all nodes of a machine are asked at once, some still with a flood to digest. */
const ANSWER_DEADLINE_MS = 60_000

/** What is wrong with the nodes' chains; all zero when nothing is. */
export interface Disagreement {
  /** Heights at which two nodes have different blocks or states. */
  readonly forks: number
  /** Receipts that a node served once and a node denies, or places elsewhere. */
  readonly lost: number
  readonly checkedHeight: number
}

/** A node that can be asked. */
export interface Witness {
  readonly name: string
  readonly url: string
  height(): Promise<number>
}

/**
 * Waits until every node has the blocks of all served receipts, then compares every block from `fromHeight` and
 * every receipt on every node.
 */
export async function compareChains(
  nodes: readonly Witness[],
  served: readonly ServedReceipt[],
  fromHeight = 0,
): Promise<Disagreement> {
  const needed = Math.max(0, ...served.map(({ blockNumber }) => blockNumber))
  const heights = await Promise.all(
    nodes.map((node) =>
      until(
        `${node.name} has block ${needed}`,
        60_000,
        () => node.height(),
        (height) => height >= needed,
      ),
    ),
  )
  const checkedHeight = Math.min(...heights)
  const numbers = Array.from(
    { length: Math.max(0, checkedHeight - fromHeight + 1) },
    (_, i) => fromHeight + i,
  )
  const blocks = await askAll(
    nodes,
    numbers.map((number) => ['eth_getBlockByNumber', `0x${number.toString(16)}`, false]),
    (block: { hash: string; stateRoot: string } | null) => `${block?.hash} ${block?.stateRoot}`,
  )
  const receipts = await askAll(
    nodes,
    served.map(({ hash }) => ['eth_getTransactionReceipt', hash]),
    (receipt: { blockHash: string } | null) => receipt?.blockHash ?? 'none',
  )
  const isFork = (_: number, index: number) =>
    new Set(blocks.map((ofNode) => ofNode[index])).size > 1
  const isLost = ({ blockHash }: ServedReceipt, index: number) =>
    receipts.some((ofNode) => ofNode[index] !== blockHash)
  return {
    forks: numbers.filter(isFork).length,
    lost: served.filter(isLost).length,
    checkedHeight,
  }
}

/** One list of texts for each node. */
async function askAll<Result>(
  nodes: readonly Witness[],
  calls: readonly RpcCall[],
  read: (result: Result) => string,
): Promise<string[][]> {
  return Promise.all(
    nodes.map(async ({ url }) => {
      const answers = await ask(url, calls, ANSWER_DEADLINE_MS)
      return answers.map(({ result }) => read(result as Result))
    }),
  )
}
