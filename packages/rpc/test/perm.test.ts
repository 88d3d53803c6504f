import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CodedError } from '@busan/primitives'
import { call, send } from './client.ts'
import { startNode, type TestNode } from './fixture.ts'

const files: (readonly string[] | Error | undefined)[] = []
let nodes: readonly string[] | undefined = ['12D3KooWA', '12D3KooWB']

let node: TestNode
before(async () => {
  node = await startNode({
    permissions: {
      nodes: () => nodes,
      async reload() {
        const read = files.shift()
        if (read instanceof Error) throw read
        nodes = read
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

test('without a list both say so', async () => {
  files.push(undefined)
  const expected = { code: -32000, message: 'Node allowlist has not been enabled' }
  assert.deepEqual((await send(node, 'perm_reloadPermissionsFromFile')).error, expected)
  assert.deepEqual((await send(node, 'perm_getNodesAllowlist')).error, expected)
})
