import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CodedError } from '@busan/primitives'
import { type AllowlistFiles, openLocalAllowlists } from '../src/local-allowlists.ts'

const ids = ['A', 'B', 'C'].map((letter) => `12D3KooW${letter.repeat(44)}`) as [
  string,
  string,
  string,
]
const [first, second, third] = ids
const multiaddr = (id: string) => `/dns4/node.example/tcp/30303/p2p/${id}`
const account = (digit: string) => `0x${digit.repeat(40)}`

/** One file with both lists, kept as text would be: what is read is never what was written. */
function openFile(content: Record<string, unknown>) {
  const file = { content: structuredClone(content), isFull: false, writes: 0 }
  const files: AllowlistFiles = {
    read: async () => structuredClone(file.content),
    async write(_, next) {
      if (file.isFull) throw new Error('no space left on device')
      file.content = structuredClone(next)
      file.writes++
    },
  }
  const open = (bootnodes: string[] = []) =>
    openLocalAllowlists(
      {
        'permissions-nodes-config-file': 'lists.toml',
        'permissions-accounts-config-file': 'lists.toml',
        bootnodes,
      },
      files,
    )
  return { file, open }
}

const both = { 'nodes-allowlist': [first], 'accounts-allowlist': [account('a')], other: 1 }

test('entries are added and removed in force and in the file, which keeps all else', async () => {
  const { file, open } = openFile(both)
  const lists = await open()
  let changes = 0
  lists.onChanged(() => changes++)
  const add = { name: 'nodes', action: 'add', entries: [multiaddr(second), third] } as const
  assert.ok((await lists.change(add)).ok)
  assert.deepEqual(lists.entries('nodes'), new Set(ids))
  assert.deepEqual(file.content, { ...both, 'nodes-allowlist': [first, multiaddr(second), third] })
  const remove = { name: 'nodes', action: 'remove', entries: [second, multiaddr(first)] } as const
  assert.ok((await lists.change(remove)).ok)
  assert.deepEqual(file.content, { ...both, 'nodes-allowlist': [third] })
  const accounts = { name: 'accounts', action: 'add', entries: [account('B')] } as const
  assert.ok((await lists.change(accounts)).ok)
  assert.deepEqual(lists.entries('accounts'), new Set([account('a'), account('b')]))
  assert.equal(changes, 3)
  const again = await open()
  assert.deepEqual(again.entries('nodes'), lists.entries('nodes'))
  assert.deepEqual(again.entries('accounts'), lists.entries('accounts'))
})

test('a request with a wrong entry changes nothing, in Besu’s words', async () => {
  const { file, open } = openFile(both)
  const lists = await open([multiaddr(first)])
  const refusal = async (action: 'add' | 'remove', ...entries: string[]) => {
    const verdict = await lists.change({ name: 'nodes', action, entries })
    return verdict.ok ? 'changed' : `${verdict.reason}: ${verdict.message}`
  }
  assert.match(
    await refusal('add'),
    /^allowlist-invalid-entry: Request contains an empty list of nodes/,
  )
  assert.match(await refusal('add', second, 'x'), /^allowlist-invalid-entry: .*an invalid node: x/)
  assert.match(await refusal('add', second, multiaddr(second)), /^allowlist-duplicate-entry/)
  assert.match(await refusal('add', second, first), /^allowlist-existing-entry/)
  assert.match(
    await refusal('remove', second),
    /^allowlist-absent-entry: Cannot remove an absent node/,
  )
  assert.match(await refusal('remove', first), /^allowlist-fixed-entry: Cannot remove a fixed node/)
  file.isFull = true
  assert.match(await refusal('add', second), /^allowlist-unwritable: .*reverted: no space left/)
  assert.deepEqual(lists.entries('nodes'), new Set([first]))
  assert.equal(file.writes, 0)
  assert.equal(lists.version(), 0)
})

test('changes that come at once are all kept', async () => {
  const { file, open } = openFile(both)
  const lists = await open()
  const digits = ['1', '2', '3', '4', '5']
  const verdicts = await Promise.all(
    digits.map((digit) =>
      lists.change({ name: 'accounts', action: 'add', entries: [account(digit)] }),
    ),
  )
  assert.ok(verdicts.every(({ ok }) => ok))
  assert.deepEqual(file.content['accounts-allowlist'], ['a', ...digits].map(account))
})

test('a file that is wrong is refused at the start, and leaves what is in force on a reload', async () => {
  const { file, open } = openFile(both)
  const lists = await open()
  file.content = { ...both, 'accounts-allowlist': ['0x12'] }
  const refused = (error: unknown) =>
    error instanceof CodedError && /"0x12" in accounts-allowlist is none of/.test(error.message)
  await assert.rejects(lists.reload(), refused)
  await assert.rejects(open(), refused)
  assert.deepEqual(lists.entries('accounts'), new Set([account('a')]))
  file.content = { ...both, 'nodes-allowlist': [second] }
  await assert.rejects(open([multiaddr(first)]), /these bootnodes are not in nodes-allowlist/)
  await lists.reload()
  assert.deepEqual(lists.entries('nodes'), new Set([second]))
})

test('without files anyone may, and there is nothing to change', async () => {
  const { open: _, file } = openFile({})
  const files = { read: async () => file.content, write: async () => {} }
  const settings = {
    'permissions-nodes-config-file': undefined,
    'permissions-accounts-config-file': undefined,
    bootnodes: [multiaddr(first)],
  }
  const lists = await openLocalAllowlists(settings, files)
  assert.equal(lists.entries('nodes'), undefined)
  const verdict = await lists.change({ name: 'accounts', action: 'add', entries: [account('1')] })
  assert.equal(!verdict.ok && verdict.message, 'Account allowlist has not been enabled')
})
