import { z } from 'zod'
import { defineMethod, isServed, type Method } from './method.ts'
import { describeMethods } from './openrpc.ts'

/** rpc_*: what this listener serves. */
export const rpcMethods: readonly Method[] = [
  defineMethod({
    name: 'rpc_modules',
    summary: 'Namespaces that this listener serves, with their versions.',
    params: z.tuple([]),
    result: z.record(z.string(), z.string()),
    handler: (_, __, { apis }) => Object.fromEntries([...apis].sort().map((api) => [api, '1.0'])),
  }),
  defineMethod({
    name: 'rpc_discover',
    summary: 'The OpenRPC document of the methods that the caller may use.',
    params: z.tuple([]),
    result: z.looseObject({ openrpc: z.string() }).meta({ id: 'OpenRpcDocument' }),
    handler: (_, { methods, clientVersion }, caller) =>
      describeMethods(
        methods.filter((method) => isServed(method, caller)),
        clientVersion,
      ),
  }),
]
