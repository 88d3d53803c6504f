import { accept, refuse, type Verdict } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import type { Hash } from 'viem'
import { entryPoint08Abi, entryPoint08Address } from 'viem/account-abstraction'
import type { Desk } from './desk.ts'
import { type BundleFailure, readFailure } from './failures.ts'
import {
  gasOf,
  hashOperation,
  type Operation,
  type OperationRefusal,
  packOperation,
} from './operation.ts'

const QUEUE_MAX = 1_000
const QUEUE_FULL = refuse('queue-full', 'too many operations wait; send it again in a minute')
const BUNDLE_MAX_GAS = 10_000_000n
/** Bundles that an operation may be in: one that is valid alone can be outrun by another's. */
const TRIES_MAX = 3
const RETRY_MS = 2_000

/** Brings user operations to the chain, one bundle after the other. */
export interface Bundler {
  /** Takes an operation that would be valid now. What is taken lives in memory: senders look for the receipt. */
  send(operation: Operation): Promise<Verdict<Hash, OperationRefusal>>
  /** An operation that waits. */
  pending(hash: Hash): Operation | undefined
  /** Ends after the bundle under way. */
  close(): Promise<void>
}

interface Waiting {
  readonly operation: Operation
  tries: number
}

/** Opens a bundler without operations. */
export function createBundler(desk: Desk, log: Logger): Bundler {
  const waiting = new Map<Hash, Waiting>()
  let running: Promise<void> | undefined
  let retry: NodeJS.Timeout | undefined
  let closed = false

  function start(): void {
    if (running !== undefined || closed) return
    clearTimeout(retry)
    running = bundleAll()
      .catch((error: unknown) => {
        log.warn('bundle not brought', { error, waiting: waiting.size })
        retry = setTimeout(start, RETRY_MS)
      })
      .finally(() => (running = undefined))
  }

  async function bundleAll(): Promise<void> {
    while (waiting.size > 0 && !closed) {
      const hashes = choose(waiting)
      const operations = hashes.map((hash) => (waiting.get(hash) as Waiting).operation)
      const failure = await trial(desk, operations)
      if (failure === undefined) {
        const isIncluded = await bring(desk, operations, log)
        for (const hash of hashes) settle(hash, isIncluded)
      } else drop(hashes[failure.index] as Hash, failure.refusal.message)
    }
  }

  function settle(hash: Hash, isIncluded: boolean): void {
    const one = waiting.get(hash) as Waiting
    if (isIncluded) waiting.delete(hash)
    else if (++one.tries >= TRIES_MAX) drop(hash, 'its bundles reverted')
  }

  function drop(hash: Hash, why: string): void {
    waiting.delete(hash)
    log.warn('operation dropped', { hash, why })
  }

  return {
    async send(operation) {
      const hash = hashOperation(operation, desk.client.chain.id)
      if (waiting.has(hash)) return accept(hash)
      if (waiting.size >= QUEUE_MAX) return QUEUE_FULL
      const refusal = await refusalOf(desk, operation)
      if (refusal !== undefined) return refusal
      waiting.set(hash, { operation, tries: 0 })
      start()
      return accept(hash)
    },
    pending: (hash) => waiting.get(hash)?.operation,
    async close() {
      closed = true
      clearTimeout(retry)
      await running
    },
  }
}

/** The oldest ones that fit, one for each sender: two of one account would hinder each other. */
function choose(waiting: ReadonlyMap<Hash, Waiting>): Hash[] {
  const senders = new Set<string>()
  const chosen: Hash[] = []
  let gas = 0n
  for (const [hash, { operation }] of waiting) {
    const sender = operation.sender.toLowerCase()
    const fits = chosen.length === 0 || gas + gasOf(operation) <= BUNDLE_MAX_GAS
    if (senders.has(sender) || !fits) continue
    senders.add(sender)
    chosen.push(hash)
    gas += gasOf(operation)
  }
  return chosen
}

/** Why an operation would not be in the next block, if anything. */
async function refusalOf(
  desk: Desk,
  operation: Operation,
): Promise<BundleFailure['refusal'] | undefined> {
  const { baseFeePerGas } = await desk.client.getBlock()
  if (operation.maxFeePerGas < (baseFeePerGas ?? 0n)) {
    const message = `maxFeePerGas ${operation.maxFeePerGas} is below the base fee ${baseFeePerGas}`
    return refuse('fee-too-low', message)
  }
  return (await trial(desk, [operation]))?.refusal
}

/** Runs a bundle on the latest state. */
async function trial(
  desk: Desk,
  operations: readonly Operation[],
): Promise<BundleFailure | undefined> {
  try {
    await desk.client.simulateContract(bundleOf(desk, operations))
    return undefined
  } catch (error) {
    return readFailure(error)
  }
}

/** @returns whether the bundle is in a block and did not revert */
async function bring(desk: Desk, operations: readonly Operation[], log: Logger): Promise<boolean> {
  const hash = await desk.wallet.writeContract(bundleOf(desk, operations))
  const { status, gasUsed } = await desk.client.waitForTransactionReceipt({ hash })
  log.info('bundle included', { hash, status, operations: operations.length, gasUsed })
  return status === 'success'
}

/** Priced so that the entry point gives back at least what the bundle costs. */
function bundleOf(desk: Desk, operations: readonly Operation[]) {
  const least = (values: bigint[]) => values.reduce((a, b) => (a < b ? a : b))
  return {
    address: entryPoint08Address,
    abi: entryPoint08Abi,
    functionName: 'handleOps',
    args: [operations.map(packOperation), desk.wallet.account.address],
    account: desk.wallet.account,
    chain: desk.client.chain,
    // All limits, and a 64th for what an inner call leaves behind.
    gas: (operations.map(gasOf).reduce((a, b) => a + b, 0n) * 65n) / 64n + 50_000n,
    maxFeePerGas: least(operations.map(({ maxFeePerGas }) => maxFeePerGas)),
    maxPriorityFeePerGas: least(operations.map(({ maxPriorityFeePerGas }) => maxPriorityFeePerGas)),
  } as const
}
