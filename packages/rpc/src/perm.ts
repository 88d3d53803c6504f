import { CodedError } from '@busan/primitives'
import { z } from 'zod'
import { RpcError } from './errors.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import type { NodePermissions } from './ports.ts'
import * as hexResult from './result/hex.ts'

/** perm_*: which nodes may connect, in Besu's shapes with peer ids for enodes. */
export const permMethods: readonly Method[] = [
  defineMethod({
    name: 'perm_getNodesAllowlist',
    summary: 'Peer ids that may connect, by the local file and by the node registry of the chain.',
    params: z.tuple([]),
    result: z.array(hexResult.words),
    errors: ['allowlist-not-enabled'],
    access: 'operator',
    handler: (_, context) => {
      const nodes = permissionsOf(context).nodes()
      if (nodes === undefined) throw notEnabled()
      return nodes
    },
  }),
  defineMethod({
    name: 'perm_reloadPermissionsFromFile',
    summary: 'Reads the permissions file again; peers that it does not name are disconnected.',
    params: z.tuple([]),
    result: z.literal('Success'),
    errors: ['allowlist-not-enabled', 'allowlist-unreadable'],
    access: 'operator',
    async handler(_, context) {
      const permissions = permissionsOf(context)
      try {
        await permissions.reload()
      } catch (cause) {
        if (!(cause instanceof CodedError)) throw cause
        throw new RpcError('allowlist-unreadable', cause.message)
      }
      if (permissions.nodes() === undefined) throw notEnabled()
      return 'Success'
    },
  }),
]

function permissionsOf({ permissions }: RpcContext): NodePermissions {
  if (permissions === undefined) throw notEnabled()
  return permissions
}

/** Besu's words. */
function notEnabled(): RpcError {
  return new RpcError('allowlist-not-enabled', 'Node allowlist has not been enabled')
}
