import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { ConnectionGater, Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { openStreamsIndependently } from './gossip/open-streams.ts'
import { gossipSettings } from './gossip/settings.ts'
import { decodeIdentity } from './identity.ts'
import { DEFAULT_LISTEN, requireTcpAddresses } from './listen.ts'
import { DEFAULT_MAX_PEERS, type P2pOptions } from './options.ts'

/** libp2p with the parts that a host uses. */
export type Node = Libp2p<{ gossip: GossipSub }>

/** Connections beyond the table that may be in their handshake; who stays is decided by peer id after it. */
const HANDSHAKES_MAX = 256

/** Bytes that cross a silent line at least this often: statuses. A line without them is dead. */
const SOCKET_SILENCE_MS = 60_000

/** libp2p on TCP, noise and yamux, not started. */
export async function createNode(
  options: P2pOptions,
  connectionGater: ConnectionGater,
): Promise<Node> {
  const node = await createLibp2p({
    start: false,
    privateKey: decodeIdentity(options.identity),
    nodeInfo: { name: 'busan', version: '1', userAgent: 'busan' },
    addresses: {
      listen: requireTcpAddresses(options.listen ?? DEFAULT_LISTEN),
      ...(options.announce?.length ? { announce: requireTcpAddresses(options.announce) } : {}),
    },
    transports: [
      tcp({
        inboundSocketInactivityTimeout: SOCKET_SILENCE_MS,
        outboundSocketInactivityTimeout: SOCKET_SILENCE_MS,
      }),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxInboundStreams: 64, maxOutboundStreams: 256 })],
    connectionGater,
    connectionManager: {
      // The table's real size is judged after the handshake, when it is known who is asking.
      maxConnections: (options.maxPeers ?? DEFAULT_MAX_PEERS) + 2 * HANDSHAKES_MAX,
      maxIncomingPendingConnections: HANDSHAKES_MAX,
      inboundConnectionThreshold: 50,
      inboundUpgradeTimeout: 5_000,
      inboundStreamProtocolNegotiationTimeout: 5_000,
      outboundStreamProtocolNegotiationTimeout: 5_000,
      reconnectRetries: 0,
    },
    // A node that executes a large block answers pings late; the status exchange is more patient.
    connectionMonitor: { enabled: false },
    services: {
      identify: identify({ maxMessageSize: 16 * 1024 }),
      ping: ping({ maxInboundStreams: 2 }),
      gossip: gossipsub(gossipSettings(options.genesisHash)),
    },
  })
  openStreamsIndependently(node.services.gossip)
  return node
}
