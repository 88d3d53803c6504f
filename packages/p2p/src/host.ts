import type { Connection } from '@libp2p/interface'
import { type Connections, createConnections } from './connections.ts'
import { createDirectStreams, type DirectStreams } from './direct/direct-streams.ts'
import { directProtocol } from './direct/frames.ts'
import { p2pError } from './errors.ts'
import { createPayloads, type Payloads } from './gossip/payloads.ts'
import { createPublisher, type Publisher } from './gossip/publish.ts'
import { GOSSIP_TOPICS, topicName } from './gossip/topics.ts'
import { createReceive, createTopicValidators, type Receive } from './gossip/validate.ts'
import { identityToPeerId } from './identity.ts'
import { BLOCKS_LIMITS, PAYLOAD_LIMITS, STATUS_LIMITS, TRANSACTIONS_LIMITS } from './limits.ts'
import { DEFAULT_LISTEN, startListening } from './listen.ts'
import { createP2pMetrics, type P2pMetrics } from './metrics.ts'
import { createNode, type Node } from './node.ts'
import { DEFAULT_TUNING, type P2pOptions, type P2pTuning } from './options.ts'
import { createDialler, type Dialler } from './peers/dialler.ts'
import { createPolicy, type Policy } from './peers/policy.ts'
import { createSessions, type Sessions } from './peers/sessions.ts'
import { blocksProtocol, requestBlocks, serveBlocks } from './protocols/blocks-by-range.ts'
import { countRequests } from './protocols/exchange.ts'
import { payloadProtocol, requestPayload, servePayloads } from './protocols/payload-by-hash.ts'
import { STATUS_PROTOCOL, serveStatus } from './protocols/status.ts'
import {
  requestTransactions,
  serveTransactions,
  transactionsProtocol,
} from './protocols/transactions-by-hash.ts'
import type { P2pHost, Peer, PeerId } from './types.ts'

/** The parts of a running host. */
interface Parts extends Policy {
  readonly options: P2pOptions
  readonly tuning: P2pTuning
  readonly metrics: P2pMetrics
  readonly connections: Connections
  readonly dialler: Dialler
  readonly node: Node
  readonly sessions: Sessions
  readonly payloads: Payloads
  readonly publisher: Publisher
  readonly receive: Receive
  readonly direct: DirectStreams
}

/** Open connections get this long to close in good order when the host stops. */
const GOODBYE_MS = 700

/**
 * Starts listening and dialling. @throws CodedError `invalid-identity`, `invalid-listen-address`,
 * `invalid-peer-address` or `listen-failed`
 */
export async function createP2pHost(options: P2pOptions): Promise<P2pHost> {
  const parts = await assemble(options)
  const { node, dialler } = parts
  try {
    await serveProtocols(parts)
    followConnections(parts)
    await startListening(node, options.listen ?? DEFAULT_LISTEN)
    subscribe(parts)
    for (const address of options.peers ?? []) dialler.add(address)
  } catch (error) {
    await stop(parts)
    throw error
  }
  options.logger.info('network started', { addresses: node.getMultiaddrs().map(String) })
  return toHost(parts)
}

async function assemble(options: P2pOptions): Promise<Parts> {
  const { clock, logger: log } = options
  const tuning = { ...DEFAULT_TUNING, ...options.tuning }
  const connections = createConnections(() => node.getConnections())
  const metrics = createP2pMetrics(options.metrics, connections)
  const dialler: Dialler = createDialler({
    ownId: identityToPeerId(options.identity),
    clock,
    log,
    tuning,
    isConnected: (peer) => connections.of(peer).length > 0,
    dial: async (addresses, signal) => {
      await node.dial([...addresses], { signal })
    },
  })
  const policy = createPolicy(options, { tuning, metrics, connections, dialler })
  const node: Node = await createNode(options, policy.admission.gater)
  const shared = { ...options, ...policy, log, tuning, metrics, connections }
  const sessions = createSessions({ ...shared, refusal: policy.admission.refusal })
  const { genesisHash } = options
  const payloads = createPayloads({
    request: async (peer, hash) => {
      const timeoutMs = tuning.payloadTimeoutMs
      return requestPayload(newest(connections, peer), { genesisHash, hash, timeoutMs })
    },
    connectedPeers: connections.peers,
    penalize: policy.penalize,
  })
  const receive = createReceive({ ...shared, payloads })
  const direct = createDirectStreams({ ...shared, receive })
  const publisher = createPublisher({
    isHeard: () => connections.all().length > 0,
    payloads,
    sendDirect: direct.send,
    send: async (topic, bytes) => {
      await node.services.gossip.publish(topicName(genesisHash, topic), bytes)
    },
    clock,
    log,
    metrics,
  })
  return {
    ...policy,
    options,
    tuning,
    metrics,
    connections,
    dialler,
    node,
    sessions,
    payloads,
    publisher,
    receive,
    direct,
  }
}

async function serveProtocols(parts: Parts): Promise<void> {
  const { options, tuning, metrics, node, sessions, payloads, penalize } = parts
  const { genesisHash } = options
  const ports = { clock: options.clock, log: options.logger, metrics, penalize }
  const status = serveStatus({
    ...ports,
    timeoutMs: tuning.statusTimeoutMs,
    ours: () => options.handlers.status(),
    told: sessions.told,
    answered: sessions.answered,
  })
  const blocks = serveBlocks({
    ...ports,
    timeoutMs: tuning.blocksTimeoutMs,
    handlers: options.handlers,
  })
  await node.handle(STATUS_PROTOCOL, status, { maxInboundStreams: STATUS_LIMITS.concurrentMax })
  const announced = servePayloads({
    ...ports,
    timeoutMs: tuning.payloadTimeoutMs,
    stored: payloads.stored,
  })
  await node.handle(blocksProtocol(genesisHash), blocks, {
    maxInboundStreams: BLOCKS_LIMITS.concurrentMax,
  })
  await node.handle(payloadProtocol(genesisHash), announced, {
    maxInboundStreams: PAYLOAD_LIMITS.concurrentMax,
  })
  const transactions = serveTransactions({
    ...ports,
    timeoutMs: tuning.transactionsTimeoutMs,
    handlers: options.handlers,
  })
  await node.handle(transactionsProtocol(genesisHash), transactions, {
    maxInboundStreams: TRANSACTIONS_LIMITS.concurrentMax,
  })
  // Two: a peer that opens its stream again may be ahead of the news that the old one broke.
  await node.handle(directProtocol(genesisHash), parts.direct.handler, { maxInboundStreams: 2 })
}

function followConnections({ node, sessions, dialler, direct }: Parts): void {
  node.addEventListener('connection:open', ({ detail }) => {
    sessions.opened(detail)
    direct.connected(detail.remotePeer.toString())
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    sessions.closed(detail.toString())
    dialler.disconnected(detail.toString())
    direct.gone(detail.toString())
  })
}

function subscribe({ options, metrics, node, receive }: Parts): void {
  const validator = createTopicValidators(receive, metrics)
  const { gossip } = node.services
  for (const topic of GOSSIP_TOPICS) {
    const name = topicName(options.genesisHash, topic)
    gossip.topicValidators.set(name, validator(topic))
    gossip.subscribe(name)
  }
}

async function stop({ options, node, dialler, sessions, publisher, direct }: Parts): Promise<void> {
  dialler.stop()
  sessions.stop()
  publisher.stop()
  direct.stop()
  const impatience = options.clock.schedule(GOODBYE_MS, () => {
    for (const connection of node.getConnections()) connection.abort(new Error('the node stops'))
  })
  await node.stop()
  impatience.cancel()
}

function toHost(parts: Parts): P2pHost {
  const { options, tuning, metrics, node, connections, dialler, sessions, publisher } = parts
  let stopping: Promise<void> | undefined
  return {
    id: node.peerId.toString(),
    addresses: () => node.getMultiaddrs().map(String),
    peers: () => connections.peers().flatMap((id) => describePeer(parts, id)),
    publishTransactions: publisher.transactions,
    publishBlock: publisher.block,
    publishConsensus: publisher.consensus,
    requestStatus: (peer) =>
      countRequests(metrics, 'status', async () => sessions.ask(newest(connections, peer))),
    requestBlocks: (peer, fromNumber, count, signal) =>
      countRequests(metrics, 'blocks', async () =>
        requestBlocks(newest(connections, peer), {
          genesisHash: options.genesisHash,
          fromNumber,
          count,
          timeoutMs: tuning.blocksTimeoutMs,
          signal,
        }),
      ),
    requestTransactions: (peer, hashes) =>
      countRequests(metrics, 'transactions', async () =>
        requestTransactions(newest(connections, peer), {
          genesisHash: options.genesisHash,
          hashes,
          timeoutMs: tuning.transactionsTimeoutMs,
        }),
      ),
    addPeer: async (address) => dialler.add(address),
    removePeer: async (id) => {
      const wasConnected = connections.of(id).length > 0
      const wasTarget = dialler.remove(id)
      connections.hangUp(id)
      return wasTarget || wasConnected
    },
    recheckPeers: () => {
      for (const id of connections.peers()) {
        if (parts.admission.refusal(id) === 'not-allowed') connections.hangUp(id)
      }
    },
    penalize: parts.penalize,
    stop: () => {
      stopping ??= stop(parts)
      return stopping
    },
  }
}

function describePeer({ connections, sessions }: Parts, id: PeerId): Peer[] {
  const connection = connections.of(id)[0]
  const session = sessions.get(id)
  if (connection === undefined || session === undefined) return []
  return [
    {
      id,
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      ...(session.status === undefined ? {} : { status: session.status }),
      ...(session.clockOffsetMs === undefined ? {} : { clockOffsetMs: session.clockOffsetMs }),
    },
  ]
}

/** The peer's newest connection: where there are two, the older may be a dead one. */
function newest(connections: Connections, peer: PeerId): Connection {
  const connection = connections.of(peer).at(-1)
  if (connection !== undefined) return connection
  throw p2pError('peer-not-connected', `no open connection to ${peer}`, { details: { peer } })
}
