import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { openChain } from '@busan/chain'
import { type ChainSpec, parseGenesis } from '@busan/chain-spec'
import {
  computeGenesisState,
  createExecutor,
  createTransactionDecoder,
  loadKzg,
  type Transaction,
} from '@busan/execution'
import { createP2pHost, type P2pHost } from '@busan/p2p'
import { CodedError, errorMessage, type Hash } from '@busan/primitives'
import { createMetricsServer, createRpcServer } from '@busan/rpc'
import { openJournal, openLevelStore } from '@busan/storage'
import { createSync } from '@busan/sync'
import { createMetrics, type Logger, type Metrics } from '@busan/telemetry'
import { createTxPool, type TxPool } from '@busan/txpool'
import { createValidator } from '@busan/validator'
import { announceTransactions } from './announce-transactions.ts'
import { headState, includedIn } from './head-state.ts'
import { loadIdentity, loadSigner } from './identities.ts'
import { isOnlyValidator } from './is-only-validator.ts'
import { createLifecycle } from './lifecycle.ts'
import { logBlocks } from './log-blocks.ts'
import type { NodeConfig } from './options.ts'
import { p2pHandlers } from './p2p-handlers.ts'
import { allowedPeers, peerIdsOf } from './permissions.ts'
import { refreshPeerHeads } from './refresh-peer-heads.ts'
import { rpcSettings } from './rpc-settings.ts'
import { systemClock } from './system-clock.ts'

/** What a node is made from. */
export interface CreateNodeOptions {
  readonly config: NodeConfig
  readonly logger: Logger
  /** Shown by web3_clientVersion and to peers. */
  readonly clientVersion: string
  /** Reads the permissions file (TOML) into an object. */
  readonly readAllowlist: (file: string) => Promise<Record<string, unknown>>
}

/** A running node. */
export interface Node {
  /** Stops listeners, finishes what is in flight, stops sealing, flushes and closes; the reverse of the start. */
  stop(): Promise<void>
}

/**
 * Starts a node bottom-up: storage, chain, pool, network, sync, consensus, RPC. A failure closes what was
 * opened and throws its CodedError.
 */
export async function createNode(options: CreateNodeOptions): Promise<Node> {
  const life = createLifecycle(options.logger)
  try {
    await start(options, life)
  } catch (error) {
    await life.stop()
    throw error
  }
  return { stop: life.stop }
}

type Lifecycle = ReturnType<typeof createLifecycle>

async function start(
  { config, logger, clientVersion, readAllowlist }: CreateNodeOptions,
  life: Lifecycle,
): Promise<void> {
  const clock = systemClock
  const metrics = createMetrics({ processMetrics: true })
  const spec = parseGenesis(await readGenesis(config['genesis-file']), { kzg: loadKzg() })
  const signer = await loadSigner(config)
  await mkdir(config['data-path'], { recursive: true, mode: 0o700 })
  const identity = await loadIdentity(config)
  const allowlist = await allowedPeers(config, readAllowlist)

  const { chain, decode } = await openState({ config, spec, logger, metrics, life })
  const pool: TxPool<Transaction> = await createTxPool({
    chainId: spec.chainId,
    feePolicy: spec.feePolicy,
    head: headState(chain),
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

  // The host calls into sync and validator, and they publish through it: it is bound last.
  let host: P2pHost | undefined
  const network = () => {
    if (host === undefined) throw new CodedError('not-started', 'the network is not started')
    return host
  }
  const sync = createSync({
    chain,
    network: {
      requestBlocks: (peer, from, count) => network().requestBlocks(peer, from, count),
      penalize: (peer, reason) => network().penalize(peer, reason),
    },
    isWholeQuorum: () => isOnlyValidator(chain, signer?.address),
    clock,
    logger: logger.child('sync'),
    metrics,
  })
  const refreshHeads = refreshPeerHeads({ sync, clock, host: () => host })
  const validator = createValidator({
    chain,
    pool,
    gossip: {
      publishConsensus: (message) => network().publishConsensus(message),
      publishBlock: (block) => network().publishBlock(block),
    },
    sync: { isBehind: sync.isBehind, noteHeight: refreshHeads },
    trustBlankJournal: config['trust-blank-journal'],
    clock,
    logger: logger.child('validator'),
    metrics,
    ...(signer === undefined
      ? {}
      : {
          signing: {
            signer,
            journal: await openJournal(path.join(config['data-path'], 'consensus.journal')),
          },
        }),
  })
  life.onStop('validator', () => validator.stop())
  life.onStop('sync', () => sync.stop())

  const announcer = announceTransactions({
    pool,
    clock,
    publish: (raws) => network().publishTransactions(raws),
  })
  host = await createP2pHost({
    identity,
    listen: [`/ip4/${config['p2p-host']}/tcp/${config['p2p-port']}`],
    announce: config['p2p-announce'],
    peers: config.bootnodes,
    allowedPeers: () => allowlist,
    validatorPeers: () => peerIdsOf(config.bootnodes),
    maxPeers: config['max-peers'],
    chainId: spec.chainId,
    genesisHash: chain.genesisHash,
    handlers: p2pHandlers({
      chain,
      pool,
      sync,
      validator,
      decode,
      clock,
      clientVersion,
      onPeer: announcer.announceAll,
    }),
    clock,
    logger: logger.child('p2p'),
    metrics,
  })
  life.onStop('network', () => network().stop())
  life.onStop('transaction announcements', async () => announcer.stop())

  life.onStop('head listeners', async () => stopListening())
  const stopPool = chain.onHead((event) => void pool.onHead(headState(chain), includedIn(event)))
  const stopLog = logBlocks(chain, logger, network())
  const stopListening = () => {
    stopPool()
    stopLog()
  }
  sync.start()
  validator.start()

  const rpc = await createRpcServer(
    {
      chain,
      pool,
      network: network(),
      consensus: validator,
      sync: {
        status: () => {
          const status = sync.status()
          return status.syncing ? status : undefined
        },
      },
      clock,
      logger: logger.child('rpc'),
      metrics,
    },
    rpcSettings(config, { clientVersion, validatorAddress: signer?.address }),
  )
  life.onStop('JSON-RPC', () => rpc.close())
  if (config['metrics-enabled']) {
    const server = await createMetricsServer(metrics, {
      host: config['metrics-host'],
      port: config['metrics-port'],
    })
    life.onStop('metrics', () => server.close())
  }
  logger.info('node started', {
    chainId: spec.chainId,
    genesisHash: chain.genesisHash,
    head: chain.head().header.number,
    validator: signer?.address,
    peerId: network().id,
    p2p: network().addresses(),
    rpc: rpc.addresses(),
  })
}

interface StateOptions {
  readonly config: NodeConfig
  readonly spec: ChainSpec
  readonly logger: Logger
  readonly metrics: Metrics
  readonly life: Lifecycle
}

async function openState({ config, spec, logger, metrics, life }: StateOptions) {
  const store = await openLevelStore(path.join(config['data-path'], 'database'), {
    logger: logger.child('storage'),
  })
  life.onStop('database', () => store.close())
  // The chain reads through the executor, whose BLOCKHASH reads the chain.
  let hashByNumber: (number: bigint) => Hash | undefined = () => undefined
  const decode = createTransactionDecoder()
  const executor = createExecutor({
    store,
    spec,
    decode,
    blockHashByNumber: (number) => hashByNumber(number),
    logger: logger.child('execution'),
    metrics,
  })
  const chain = await openChain({
    store,
    spec,
    executor,
    genesisState: () => computeGenesisState(spec.alloc),
    clock: systemClock,
    logger: logger.child('chain'),
    metrics,
  })
  life.onStop('chain', () => chain.close())
  hashByNumber = (number) => chain.hashByNumber(number)
  return { chain, decode }
}

async function readGenesis(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new CodedError(
      'file-unreadable',
      `cannot read the genesis ${file}: ${errorMessage(cause)}`,
      { cause },
    )
  }
}
