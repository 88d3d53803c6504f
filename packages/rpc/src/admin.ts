import { toQuantity } from '@busan/primitives'
import type { LogLevel } from '@busan/telemetry'
import { z } from 'zod'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import type { NetworkPeer } from './ports.ts'
import * as nodeResult from './result/node.ts'

const multiaddress = z.string({ error: 'expected a multiaddr ending in /p2p/ID' }).max(1_000)

/** admin_*: peers and the node itself, in geth's shapes with multiaddrs for enodes. */
export const adminMethods: readonly Method[] = [
  defineMethod({
    name: 'admin_nodeInfo',
    summary: 'Identity, addresses and chain of this node.',
    params: z.tuple([]),
    result: nodeResult.selfDescription,
    access: 'operator',
    handler: (_, context) => describeNode(context),
  }),
  defineMethod({
    name: 'admin_peers',
    summary: 'Connected peers.',
    params: z.tuple([]),
    result: z.array(nodeResult.peer),
    access: 'operator',
    handler: (_, { network }) => network.peers().map(describePeer),
  }),
  defineMethod({
    name: 'admin_changeLogLevel',
    summary: 'Sets the log level, in the words of Besu: ERROR, WARN, INFO, DEBUG.',
    params: z.tuple([
      z.enum(['ERROR', 'WARN', 'INFO', 'DEBUG'], { error: 'expected ERROR, WARN, INFO or DEBUG' }),
    ]),
    names: ['level'],
    result: z.literal('Success'),
    access: 'operator',
    handler([level], { logger }) {
      logger.setLevel(level.toLowerCase() as LogLevel)
      return 'Success'
    },
  }),
  defineMethod({
    name: 'admin_addPeer',
    summary: 'Dials a peer and keeps dialling it.',
    params: z.tuple([multiaddress]),
    names: ['peer'],
    result: z.boolean(),
    access: 'operator',
    handler: ([address], { network }) => network.addPeer(address),
  }),
  defineMethod({
    name: 'admin_removePeer',
    summary: 'Disconnects a peer, named by its id or multiaddr.',
    params: z.tuple([multiaddress]),
    names: ['peer'],
    result: z.boolean(),
    access: 'operator',
    handler: ([peer], { network }) => network.removePeer(peer.slice(peer.lastIndexOf('/') + 1)),
  }),
]

function describeNode({ chain, network, clientVersion }: RpcContext) {
  const [address = ''] = network.addresses()
  const head = chain.head()
  const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1] ?? 0)
  return {
    id: network.id,
    name: clientVersion,
    enode: address,
    enr: address,
    ip: /\/ip[46]\/([^/]+)/.exec(address)?.[1] ?? '',
    ports: { discovery: port, listener: port },
    listenAddr: address,
    addresses: network.addresses(),
    protocols: {
      eth: {
        network: Number(chain.spec.chainId),
        genesis: chain.genesisHash,
        head: head.hash,
        headNumber: toQuantity(head.header.number),
      },
    },
  }
}

function describePeer({ id, address, direction, status, clockOffsetMs }: NetworkPeer) {
  return {
    id,
    name: status?.version ?? '',
    enode: address,
    caps: [],
    network: {
      localAddress: '',
      remoteAddress: address,
      inbound: direction === 'inbound',
      trusted: false,
      static: false,
    },
    protocols: {
      eth:
        status === undefined
          ? 'handshake'
          : { head: status.headHash, headNumber: toQuantity(status.headNumber) },
    },
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
  }
}
