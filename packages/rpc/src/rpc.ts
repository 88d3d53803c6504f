import { z } from 'zod'
import { defineMethod, type Method } from './method.ts'

/** rpc_*: what this listener serves. */
export const rpcMethods: readonly Method[] = [
  defineMethod({
    name: 'rpc_modules',
    summary: 'Namespaces that this listener serves, with their versions.',
    params: z.tuple([]),
    handler: (_, __, { apis }) => Object.fromEntries([...apis].sort().map((api) => [api, '1.0'])),
  }),
]
