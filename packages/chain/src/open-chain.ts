import type { Block, ChainSpec } from '@busan/chain-spec'
import { type Executor, hasFlatState, makeFlatTables } from '@busan/execution'
import { type Clock, type Hash, Lru } from '@busan/primitives'
import type { Validator } from '@busan/qbft'
import {
  type BatchOperation,
  type KeyValueStore,
  readAppearances,
  readMarker,
  readOldestState,
} from '@busan/storage'
import type { Logger, Metrics } from '@busan/telemetry'
import { type BadBlocks, createBadBlocks } from './bad-blocks.ts'
import { buildProposal } from './build-proposal.ts'
import { openCanonicalHeaders } from './canonical-headers.ts'
import type { ChainContext } from './chain-context.ts'
import { consensusRulesOf } from './consensus/consensus-rules.ts'
import type { ConsensusRules } from './consensus/ports.ts'
import { decidedVotes } from './decided-validators.ts'
import { checkMarker, computeGenesis, type Genesis, genesisWrites } from './genesis.ts'
import { createHead } from './head.ts'
import { checkProposal, importBlock } from './import-block.ts'
import { loadHead } from './load-head.ts'
import { createChainMetrics } from './metrics.ts'
import { createStatePruner, NO_PRUNER, type PruningOptions } from './prune-states.ts'
import { createBlockReader } from './queries/block-reader.ts'
import { findLogs } from './queries/logs.ts'
import { createSerialQueue } from './serial-queue.ts'
import { createTipWriter } from './tip-writer.ts'
import type { Chain, ImportVerdict } from './types.ts'
import { listedValidators } from './validator-set.ts'

/** What a chain is opened with. The caller owns the store and closes it after the chain. */
export interface OpenChainOptions {
  readonly store: KeyValueStore
  readonly spec: ChainSpec
  readonly executor: Executor
  /** The state of the genesis accounts; `execution.computeGenesisState`. */
  readonly genesisState: () => Promise<{ stateRoot: Hash; writes: readonly BatchOperation[] }>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Absent: every state is kept. */
  readonly pruning?: PruningOptions
}

/** Blocks run ahead of their decision: one per round that the validators got into. */
const EXECUTED_PROPOSALS = 8

/**
 * Opens the chain in a store; an empty one gets the genesis block.
 * @throws CodedError `genesis-mismatch`, `database-too-new`, `head-incomplete`, `data-folder-corrupt`
 */
export async function openChain(options: OpenChainOptions): Promise<Chain> {
  const consensus = consensusRulesOf(options.spec)
  const genesis = await computeGenesis(options.spec, consensus, options.genesisState)
  return createChain(await openContext(options, consensus, genesis), genesis)
}

async function openContext(
  options: OpenChainOptions,
  consensus: ConsensusRules,
  genesis: Genesis,
): Promise<ChainContext> {
  const { store, spec, executor, clock, logger, pruning } = options
  const marker = readMarker(store)
  if (marker !== undefined) checkMarker(store, marker, genesis)

  const canonical = await openCanonicalHeaders({
    store,
    spec,
    genesis: genesis.header,
    hashOf: consensus.hashOf,
  })
  if (marker === undefined) {
    await store.batch([...canonical.genesisWrites, ...genesisWrites(consensus, genesis)])
    logger.info('started a chain', { chainId: spec.chainId, genesisHash: genesis.hash })
  }

  const reader = createBlockReader(store, executor.decodeTransaction)
  const loaded = loadHead({ store, reader, executor, consensus })
  const { number, stateRoot } = loaded.block.header
  if (!hasFlatState(store, stateRoot)) {
    logger.info('making the tables of accounts and slots, once for this data folder', {
      height: number,
    })
    await makeFlatTables(store, { number, stateRoot })
  }
  const head = createHead(loaded, logger)
  const queue = createSerialQueue()
  const writer = createTipWriter()
  const metrics = createChainMetrics(
    options.metrics,
    () => head.current().block,
    () => readOldestState(store) ?? 0n,
  )
  return {
    store,
    spec,
    consensus,
    executor,
    clock,
    logger,
    metrics,
    canonical,
    reader,
    head,
    queue,
    writer,
    pruner:
      pruning === undefined
        ? NO_PRUNER
        : createStatePruner({ store, reader, head, queue, writer, logger }, pruning),
    executed: new Lru(EXECUTED_PROPOSALS),
  }
}

function createChain(context: ChainContext, genesis: Genesis): Chain {
  const { spec, executor, reader, head, queue } = context
  const badBlocks = createBadBlocks()
  return {
    spec,
    executor,
    genesisHash: genesis.hash,
    head: () => head.current().block,
    importBlock: (block) => importAndCount(context, badBlocks, block),
    checkProposal: (block) => queue.run(() => checkProposal(context, block)),
    buildProposal: (request) => queue.run(() => buildProposal(context, request)),
    validatorState: () => head.current().validatorState,
    decidedVotes: () => decidedVotes(context),
    validatorsAt: async (number) => validatorsAt(context, number),
    onHead: head.onHead,
    onTip: head.onTip,
    headerByNumber: reader.headerByNumber,
    hashByNumber: reader.hashByNumber,
    blockByNumber: reader.blockByNumber,
    blockByHash: reader.blockByHash,
    rawBlockByNumber: reader.rawBlockByNumber,
    receiptsByHash: reader.receiptsByHash,
    transactionLocation: reader.transactionLocation,
    logs(fromNumber, toNumber, filter, maxLogs) {
      const { number } = head.current().block.header
      const isBeyondHead = toNumber > number
      const range = {
        fromNumber: fromNumber > 0n ? fromNumber : 0n,
        toNumber: isBeyondHead ? number : toNumber,
      }
      return findLogs(context, { ...range, filter, maxLogs })
    },
    appearances: (account, range) => readAppearances(context.store, account, range),
    badBlocks: badBlocks.all,
    hashOf: context.consensus.hashOf,
    close: async () => {
      context.pruner.close()
      await queue.close()
      // What was being written when it failed has told its caller.
      await context.writer.written().catch(() => {})
    },
  }
}

async function importAndCount(
  context: ChainContext,
  badBlocks: BadBlocks,
  block: Block,
): Promise<ImportVerdict> {
  const { queue, clock, metrics, logger } = context
  let startedMs = 0
  const importing = await queue.run(() => {
    startedMs = clock.nowMs()
    return importBlock(context, block)
  })
  const verdict = await importing.verdict
  const ms = clock.nowMs() - startedMs
  const { number } = block.header
  if (!verdict.ok) {
    metrics.refused(verdict.reason)
    badBlocks.note(block, verdict.reason)
    logger.debug('refused block', { height: number, reason: verdict.reason })
  } else if (verdict.value === 'imported') {
    metrics.imported(ms / 1000)
    logger.debug('imported block', { height: number, txs: block.transactions.length, ms })
  }
  return verdict
}

function validatorsAt(
  { reader, head }: ChainContext,
  number: bigint,
): readonly Validator[] | undefined {
  const { block, validatorState } = head.current()
  if (number === block.header.number + 1n) return validatorState.validators
  const header = reader.headerByNumber(number)
  return header === undefined ? undefined : listedValidators(header)
}
