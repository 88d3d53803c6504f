import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accept, CodedError, refuse } from '@busan/primitives'
import type { NodePermissions } from '../src/ports.ts'
import { call, send } from './client.ts'
import { startNode, type TestNode } from './fixture.ts'

const files: (readonly string[] | Error | undefined)[] = []
const changes: unknown[] = []
let nodes: ReadonlySet<string> | undefined = new Set(['12D3KooWB', '12D3KooWA'])
let accounts: ReadonlySet<string> | undefined
let verdict: Awaited<ReturnType<NodePermissions['change']>> = accept(null)

let node: TestNode
before(async () => {
  node = await startNode({
    permissions: {
      nodes: () => nodes,
      accounts: () => accounts,
      async reload() {
        const read = files.shift()
        if (read instanceof Error) throw read
        nodes = read && new Set(read)
      },
      async change(change) {
        changes.push(change)
        return verdict
      },
    },
  })
})
after(() => node.close())

test('the nodes that may connect are listed, and read again from the file', async () => {
  assert.deepEqual(await call(node, 'perm_getNodesAllowlist'), ['12D3KooWA', '12D3KooWB'])
  files.push(['12D3KooWC'])
  assert.equal(await call(node, 'perm_reloadPermissionsFromFile'), 'Success')
  assert.deepEqual(await call(node, 'perm_getNodesAllowlist'), ['12D3KooWC'])
})

test('a file that cannot be read is told with its fault, and changes nothing', async () => {
  files.push(new CodedError('invalid-config', 'nodes.toml: nodes-allowlist must be a list'))
  const { error } = await send(node, 'perm_reloadPermissionsFromFile')
  assert.deepEqual(error, { code: -32000, message: 'nodes.toml: nodes-allowlist must be a list' })
  assert.deepEqual(await call(node, 'perm_getNodesAllowlist'), ['12D3KooWC'])
})

test('each of the four changes names its list, and a refusal has the words of the list', async () => {
  for (const [method, name, action] of [
    ['perm_addNodesToAllowlist', 'nodes', 'add'],
    ['perm_removeNodesFromAllowlist', 'nodes', 'remove'],
    ['perm_addAccountsToAllowlist', 'accounts', 'add'],
    ['perm_removeAccountsFromAllowlist', 'accounts', 'remove'],
  ] as const) {
    assert.equal(await call(node, method, ['one', 'two']), 'Success')
    assert.deepEqual(changes.splice(0), [{ name, action, entries: ['one', 'two'] }])
  }
  verdict = refuse('allowlist-existing-entry', 'Cannot add an existing node to allowlist')
  const { error } = await send(node, 'perm_addNodesToAllowlist', [['one']])
  assert.deepEqual(error, { code: -32000, message: 'Cannot add an existing node to allowlist' })
})

test('without a list all say so', async () => {
  files.push(undefined)
  accounts = undefined
  const messageOf = async (method: string) => (await send(node, method)).error
  assert.deepEqual(await messageOf('perm_reloadPermissionsFromFile'), {
    code: -32000,
    message: 'Node/Account allowlist has not been enabled',
  })
  assert.deepEqual(await messageOf('perm_getNodesAllowlist'), {
    code: -32000,
    message: 'Node allowlist has not been enabled',
  })
  assert.deepEqual(await messageOf('perm_getAccountsAllowlist'), {
    code: -32000,
    message: 'Account allowlist has not been enabled',
  })
})
