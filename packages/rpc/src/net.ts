import { toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { RpcError } from './errors.ts'
import { defineMethod, type Method } from './method.ts'
import * as hexResult from './result/hex.ts'

/** net_*: the network as wallets and dashboards see it. */
export const netMethods: readonly Method[] = [
  defineMethod({
    name: 'net_version',
    summary: 'Network id as decimal text; equal to the chain id.',
    params: z.tuple([]),
    result: hexResult.words,
    handler: (_, { chain }) => chain.spec.chainId.toString(),
  }),
  defineMethod({
    name: 'net_listening',
    summary: 'Whether the node accepts peers.',
    params: z.tuple([]),
    result: z.boolean(),
    handler: (_, { network }) => network.addresses().length > 0,
  }),
  defineMethod({
    name: 'net_enode',
    summary: 'The address that peers dial: a multiaddr, where Besu has an enode.',
    params: z.tuple([]),
    result: hexResult.words,
    errors: ['no-network'],
    handler(_, { network }) {
      const [address] = network.addresses()
      if (address !== undefined) return address
      throw new RpcError('no-network', 'this node has no network')
    },
  }),
  defineMethod({
    name: 'net_peerCount',
    summary: 'Number of connected peers.',
    params: z.tuple([]),
    result: hexResult.quantity,
    handler: (_, { network }) => toQuantity(network.peers().length),
  }),
]
