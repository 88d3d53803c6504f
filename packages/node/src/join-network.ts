import path from 'node:path'
import { createP2pHost, type P2pHost } from '@busan/p2p'
import { CodedError } from '@busan/primitives'
import { openJournal } from '@busan/storage'
import { createSync, type Sync } from '@busan/sync'
import { createValidator, type Validator } from '@busan/validator'
import { announceTransactions } from './announce-transactions.ts'
import { compactTransport } from './compact-transport.ts'
import { isOnlyValidator } from './is-only-validator.ts'
import type { LocalAllowlists } from './local-allowlists.ts'
import type { NodeContext } from './node-context.ts'
import type { NodeState } from './open-state.ts'
import { p2pHandlers } from './p2p-handlers.ts'
import { peerIdsOf } from './peer-ids.ts'
import { followPeerPermissions, type PeerPermissions } from './peer-permissions.ts'
import { refreshPeerHeads } from './refresh-peer-heads.ts'

/** The parts that talk to other nodes. */
export interface NodeNetwork {
  readonly host: P2pHost
  readonly sync: Sync
  /** Observes when the node has no validator key. */
  readonly validator: Validator
  /** Who may connect. */
  readonly allowedPeers: PeerPermissions
}

/** How peers know and reach this node. */
export interface NetworkIdentity {
  /** libp2p private key, protobuf form. */
  readonly identity: Uint8Array
  /** The operator's own lists. */
  readonly local: LocalAllowlists
}

/**
 * Connects the chain to the network. Sync and validator publish through the host, and the host hands them
 * what arrives: the host is bound last.
 */
export async function joinNetwork(
  context: NodeContext,
  state: NodeState,
  { identity, local }: NetworkIdentity,
): Promise<NodeNetwork> {
  const { config, spec, clock, logger, metrics, life } = context
  const { chain, pool } = state
  let host: P2pHost | undefined
  const network = (): P2pHost => {
    if (host === undefined) throw new CodedError('not-started', 'the network is not started')
    return host
  }
  const sync = createSync({
    chain,
    network: {
      requestBlocks: (...request) => network().requestBlocks(...request),
      penalize: (peer, reason) => network().penalize(peer, reason),
    },
    isWholeQuorum: () => isOnlyValidator(chain, context.signer?.address),
    clock,
    logger: logger.child('sync'),
    metrics,
  })
  const noteHeight = refreshPeerHeads({ clock, host: () => host })
  const validator = await openValidator(context, state, {
    gossip: {
      publishConsensus: (message) => network().publishConsensus(message),
      publishBlock: (block) => network().publishBlock(block),
      compact: compactTransport(network, logger),
    },
    sync: { isBehind: sync.isBehind, noteHeight },
  })
  const allowedPeers = await openPermissions(context, chain, local, () => host?.recheckPeers())
  const publish = (raws: readonly Uint8Array[]) => network().publishTransactions(raws)
  const announcer = announceTransactions({ pool, clock, publish })
  const onPeer = announcer.announceAll
  host = await createP2pHost({
    identity,
    listen: [`/ip4/${config['p2p-host']}/tcp/${config['p2p-port']}`],
    announce: config['p2p-announce'],
    peers: config.bootnodes,
    allowedPeers,
    validatorPeers: () => peerIdsOf(config.bootnodes),
    maxPeers: config['max-peers'],
    chainId: spec.chainId,
    genesisHash: chain.genesisHash,
    handlers: p2pHandlers({ ...context, ...state, sync, validator, onPeer }),
    clock,
    logger: logger.child('p2p'),
    metrics,
  })
  metrics.gauge('ethereum_peer_count', 'Connected peers.', () => network().peers().length)
  life.onStop('network', () => network().stop())
  life.onStop('transaction announcements', async () => announcer.stop())
  life.onStop('sync', () => sync.stop())
  life.onStop('validator', () => validator.stop())
  sync.start()
  validator.start()
  return { host, sync, validator, allowedPeers }
}

async function openPermissions(
  { config, logger, life }: NodeContext,
  chain: NodeState['chain'],
  local: LocalAllowlists,
  onChanged: () => void,
): Promise<PeerPermissions> {
  const fallback = peerIdsOf(config.bootnodes)
  const options = { chain, logger, local, fallback, onChanged }
  const { allowed, stop } = await followPeerPermissions(options)
  life.onStop('node registry', async () => stop())
  return allowed
}

type ValidatorLinks = Pick<Parameters<typeof createValidator>[0], 'gossip' | 'sync'>

async function openValidator(
  { config, signer, clock, logger, metrics }: NodeContext,
  { chain, pool }: NodeState,
  links: ValidatorLinks,
): Promise<Validator> {
  const journalPath = path.join(config['data-path'], 'consensus.journal')
  const signing = signer && { signer, journal: await openJournal(journalPath) }
  return createValidator({
    chain,
    pool,
    ...links,
    ...(signing === undefined ? {} : { signing }),
    trustBlankJournal: config['trust-blank-journal'],
    onRefused: (refused) => {
      const message = (reason: string) => `it cannot be executed on top of the head: ${reason}`
      pool.drop(
        refused.map(({ hash, reason }) => ({
          hash,
          reason: 'not-executable',
          message: message(reason),
        })),
      )
    },
    clock,
    logger: logger.child('validator'),
    metrics,
  })
}
