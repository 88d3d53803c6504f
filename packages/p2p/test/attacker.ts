import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { lpStream } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { encodeStatus } from '../src/codec.ts'
import { gossipSettings } from '../src/gossip/settings.ts'
import { topicName } from '../src/gossip/topics.ts'
import { STATUS_PROTOCOL } from '../src/protocols/status.ts'
import { GENESIS_A, type TestHost } from './fixture.ts'

/** A libp2p node that the test drives. */
export type Attacker = Libp2p<{ gossip: GossipSub }>

/** A peer that answers statuses like an honest one, and is otherwise driven by the test. */
export async function startAttacker(): Promise<Attacker> {
  const node: Attacker = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify(), gossip: gossipsub(gossipSettings(GENESIS_A)) },
  })
  await node.handle(STATUS_PROTOCOL, async (stream) => {
    const frames = lpStream(stream)
    await frames.read()
    await frames.write(honestStatus())
    await stream.close()
  })
  for (const topic of ['tx', 'block', 'qbft'] as const) {
    node.services.gossip.subscribe(topicName(GENESIS_A, topic))
  }
  return node
}

/** The status of a node of the tests' network. */
export function honestStatus(): Uint8Array {
  return encodeStatus({
    chainId: 1337n,
    genesisHash: GENESIS_A,
    headNumber: 1n,
    headHash: `0x${'22'.repeat(32)}`,
    clockMs: Date.now(),
    version: 'evil\u001b[31m',
    readsCompactProposals: true,
  })
}

/** Resolves when the host has fined someone for `reason`. */
export function penalty(host: TestHost, reason: string, from = 0) {
  return host.until(
    'log',
    ({ message, fields }) => message === 'peer penalised' && fields.reason === reason,
    { from },
  )
}
