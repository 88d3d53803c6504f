import path from 'node:path'
import { type Chain, openChain, type PruningOptions } from '@busan/chain'
import {
  computeGenesisState,
  createExecutor,
  createPrecompileThread,
  createSenderRecovery,
  createSweepThread,
  createTransactionDecoder,
  type Transaction,
  type TransactionDecoder,
} from '@busan/execution'
import type { Hash } from '@busan/primitives'
import { openJournal, openLevelStore } from '@busan/storage'
import { createTxPool, type TxPool } from '@busan/txpool'
import { type CallWorkerConfig, createCallWorkers, databasePathOf } from './call-workers.ts'
import { headState, includedIn } from './head-state.ts'
import type { LocalAllowlists } from './local-allowlists.ts'
import type { NodeContext } from './node-context.ts'
import type { NodeConfig } from './options.ts'

/** What lies on disk: the chain with its state, and the pool with its journal. */
export interface NodeState {
  readonly chain: Chain
  readonly pool: TxPool<Transaction>
  /** One decoder for all: a transaction is decoded and its sender recovered once. */
  readonly decode: TransactionDecoder
}

/** Opens the database and the transaction journal in the data folder. */
export async function openState(context: NodeContext, local: LocalAllowlists): Promise<NodeState> {
  const { spec, logger, life } = context
  const recovery = createSenderRecovery((error) =>
    logger.warn('senders are recovered on the main thread from now on: theirs is lost', { error }),
  )
  life.onStop('sender recovery', () => recovery.close())
  const allowsBlobs = spec.consensus === 'ethereum'
  const decode = createTransactionDecoder({ allowsBlobs, recovery })
  const chain = await openStoredChain(context, decode)
  const pool = await openPool(context, { chain, decode, local })
  return { chain, pool, decode }
}

/** What opening the chain of a data folder takes. */
export type ChainFolder = Pick<
  NodeContext,
  'spec' | 'clock' | 'logger' | 'metrics' | 'life' | 'onFatal'
> & {
  /** Without the settings of RPC threads calls share the thread of blocks. */
  readonly config:
    | Pick<NodeConfig, 'data-path' | 'evm'>
    | (CallWorkerConfig & Pick<NodeConfig, 'history'>)
}

/** Opens the database alone. */
export async function openStoredChain(
  context: ChainFolder,
  decode: TransactionDecoder,
): Promise<Chain> {
  const { config, spec, clock, logger, metrics, life, onFatal } = context
  const folder = databasePathOf(config['data-path'])
  const store = await openLevelStore(folder, { logger: logger.child('storage') })
  life.onStop('database', () => store.close())
  const precompileThread = createPrecompileThread((error) =>
    logger.warn('precompiled contracts run on the main thread from now on: theirs is lost', {
      error,
    }),
  )
  life.onStop('thread for precompiled contracts', () => precompileThread.close())
  // The chain runs blocks through the executor, whose BLOCKHASH reads the chain.
  let hashByNumber: (number: bigint) => Hash | undefined = () => undefined
  const plain = createExecutor({
    store,
    spec,
    decode,
    precompileThread,
    blockHashByNumber: (number) => hashByNumber(number),
    logger: logger.child('execution'),
    metrics,
    evm: config.evm,
    onDivergence: onFatal,
  })
  const isolated = 'engine' in config ? createCallWorkers(plain, config, clock) : undefined
  if (isolated !== undefined) life.onStop('threads for calls', () => isolated.close())
  const executor = isolated?.executor ?? plain
  const pruning = pruningOf(context, folder)
  const chain = await openChain({
    store,
    spec,
    executor,
    genesisState: () => computeGenesisState(spec.alloc),
    clock,
    logger: logger.child('chain'),
    metrics,
    ...(pruning === undefined ? {} : { pruning }),
  })
  hashByNumber = chain.hashByNumber
  life.onStop('chain', () => chain.close())
  return chain
}

/** undefined: every state stays. */
function pruningOf(
  { config, logger, life }: ChainFolder,
  databasePath: string,
): PruningOptions | undefined {
  if (!('history' in config) || config.history === 'archive') return undefined
  const sweep = createSweepThread(databasePath, (error) =>
    logger.warn(
      'old states stay until the node is started again: the thread that finds them is lost',
      {
        error,
      },
    ),
  )
  life.onStop('thread that finds old states', () => sweep.close())
  return { sweep, keptStates: config.history }
}

async function openPool(
  context: NodeContext,
  {
    chain,
    decode,
    local,
  }: Pick<NodeState, 'chain' | 'decode'> & { readonly local: LocalAllowlists },
): Promise<TxPool<Transaction>> {
  const { config, spec, clock, logger, metrics, life } = context
  const pool = await createTxPool<Transaction>({
    chainId: spec.chainId,
    feePolicy: spec.feePolicy,
    allowsBlobs: spec.consensus === 'ethereum',
    head: headState(chain, local),
    clock,
    logger: logger.child('txpool'),
    metrics,
    journal: await openJournal(path.join(config['data-path'], 'transactions.journal')),
    decode,
    limits: {
      transactions: config['tx-pool-max-size'],
      perAccount: config['tx-pool-limit-by-account'],
    },
  })
  life.onStop('transaction pool', () => pool.close())
  const follow = (included: ReturnType<typeof includedIn>) => {
    const head = headState(chain, local)
    pool.onHead(head, included).catch((error: unknown) => {
      logger.error('the pool could not follow the head', { number: head.number, error })
    })
  }
  const stopHeads = chain.onHead((event) => follow(includedIn(event)))
  const stopLocal = local.onChanged(() => follow([]))
  life.onStop('pool updates', async () => {
    stopHeads()
    stopLocal()
  })
  return pool
}
