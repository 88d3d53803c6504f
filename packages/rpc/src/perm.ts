import { CodedError } from '@busan/primitives'
import { z } from 'zod'
import { RpcError, type RpcReason } from './errors.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import type { NodePermissions } from './ports.ts'
import * as hexResult from './result/hex.ts'

const entries = z.array(z.string().max(1_000)).max(1_000)
const success = z.literal('Success')

const CHANGE_ERRORS = [
  'allowlist-not-enabled',
  'allowlist-invalid-entry',
  'allowlist-duplicate-entry',
  'allowlist-existing-entry',
  'allowlist-absent-entry',
  'allowlist-unwritable',
] as const satisfies readonly RpcReason[]

/** perm_*: which nodes may connect and who may send through this one, in Besu's shapes with peer ids for enodes. */
export const permMethods: readonly Method[] = [
  defineMethod({
    name: 'perm_getNodesAllowlist',
    summary: 'Peer ids that may connect, by the local file and by the node registry of the chain.',
    params: z.tuple([]),
    result: z.array(hexResult.words),
    errors: ['allowlist-not-enabled'],
    access: 'operator',
    handler: (_, { permissions }) => sorted(permissions?.nodes(), 'Node'),
  }),
  defineMethod({
    name: 'perm_getAccountsAllowlist',
    summary: 'Senders that this node takes into its pool, by the local file.',
    params: z.tuple([]),
    result: z.array(hexResult.address),
    errors: ['allowlist-not-enabled'],
    access: 'operator',
    handler: (_, { permissions }) => sorted(permissions?.accounts(), 'Account'),
  }),
  ...(['nodes', 'accounts'] as const).flatMap((name) =>
    (['add', 'remove'] as const).map((action) => changing(name, action)),
  ),
  defineMethod({
    name: 'perm_reloadPermissionsFromFile',
    summary:
      'Reads the permissions files again; peers and senders that they do not name have to leave.',
    params: z.tuple([]),
    result: success,
    errors: ['allowlist-not-enabled', 'allowlist-unreadable'],
    access: 'operator',
    async handler(_, { permissions }) {
      try {
        await permissions?.reload()
      } catch (cause) {
        if (!(cause instanceof CodedError)) throw cause
        throw new RpcError('allowlist-unreadable', cause.message)
      }
      if (permissions?.nodes() ?? permissions?.accounts()) return 'Success'
      throw notEnabled('Node/Account')
    },
  }),
]

/** The four that change a list: perm_addNodesToAllowlist and the like. */
function changing(name: 'nodes' | 'accounts', action: 'add' | 'remove'): Method {
  const list = name === 'nodes' ? 'Node' : 'Account'
  const preposition = action === 'add' ? 'To' : 'From'
  const verb = action === 'add' ? 'Adds to' : 'Removes from'
  const whose =
    name === 'nodes' ? 'peers that may connect' : 'senders that this node takes into its pool'
  return defineMethod({
    name: `perm_${action}${list}s${preposition}Allowlist`,
    summary: `${verb} the ${whose}, and the file that lists them; all or none.`,
    params: z.tuple([entries]),
    names: [name],
    result: success,
    errors: name === 'nodes' ? [...CHANGE_ERRORS, 'allowlist-fixed-entry'] : CHANGE_ERRORS,
    access: 'operator',
    async handler([given], context) {
      const verdict = await permissionsOf(context, list).change({ name, action, entries: given })
      if (verdict.ok) return 'Success'
      throw new RpcError(verdict.reason, verdict.message)
    },
  })
}

function permissionsOf({ permissions }: RpcContext, list: 'Node' | 'Account'): NodePermissions {
  if (permissions === undefined) throw notEnabled(list)
  return permissions
}

function sorted(ids: ReadonlySet<string> | undefined, list: 'Node' | 'Account') {
  if (ids === undefined) throw notEnabled(list)
  return [...ids].sort()
}

/** Besu's words. */
function notEnabled(list: 'Node' | 'Account' | 'Node/Account'): RpcError {
  return new RpcError('allowlist-not-enabled', `${list} allowlist has not been enabled`)
}
