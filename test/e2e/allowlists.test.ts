// An operator's own list of senders: it is edited over RPC while the node runs, and the file follows.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, it } from 'node:test'
import { HDNodeWallet, keccak256 } from 'ethers'
import { makeNetwork, rpc, type TestNetwork, until } from './chain-process.ts'

const MNEMONIC = 'test test test test test test test test test test test junk'
const DEADLINE_MS = 60_000
const walletAt = (index: number) => HDNodeWallet.fromPhrase(MNEMONIC, '', `m/44'/60'/0'/0/${index}`)
const [listed, stranger] = [walletAt(0), walletAt(6)]

let network: TestNetwork
let file: string
const url = () => network.rpcNode.url

before(async () => {
  network = await makeNetwork({ validators: 4 })
  file = path.join(network.folder, 'rpc', 'permissions.toml')
  writeFileSync(file, `nodes-allowlist = []\naccounts-allowlist = ["${listed.address}"]\n`)
  for (const node of network.validators) node.start()
  const apis = ['--rpc-http-api', 'eth,txpool,perm,busan']
  network.rpcNode.start(['--permissions-accounts-config-file', file, ...apis])
  for (const node of network.nodes) {
    const height = () => node.height()
    await node.explain(until(node.name, DEADLINE_MS, height, (seen) => seen >= 2))
  }
})
after(() => network?.close())

const sign = (wallet: HDNodeWallet, nonce: number) =>
  wallet.signTransaction({
    ...{ type: 2, chainId: 51_053n, nonce, to: listed.address, value: 1n, gasLimit: 21_000n },
    ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n },
  })
const send = (raw: string) => rpc<string>(url(), 'eth_sendRawTransaction', raw)
const explain = (hash: string) =>
  rpc<Record<string, unknown>>(url(), 'busan_explainTransaction', hash)

it('only listed senders get into the pool, and the list changes while the node runs', async () => {
  const raw = await sign(stranger, 0)
  await assert.rejects(send(raw), /is not in the accounts-allowlist of this node; ask its operator/)
  assert.partialDeepStrictEqual(await explain(keccak256(raw)), {
    status: 'refused',
    reason: 'not-permitted',
    rule: 'accounts-allowlist',
  })
  await send(await sign(listed, 0))

  const change = (action: string) => rpc(url(), action, [stranger.address])
  assert.equal(await change('perm_addAccountsToAllowlist'), 'Success')
  await assert.rejects(change('perm_addAccountsToAllowlist'), /Cannot add an existing account/)
  const text = readFileSync(file, 'utf8')
  assert.match(text, /nodes-allowlist = \[\s*\]/)
  assert.ok(text.includes(stranger.address) && text.includes(listed.address), text)
  const hash = await send(raw)
  const receipt = () => rpc<object | null>(url(), 'eth_getTransactionReceipt', hash)
  await until('the receipt', DEADLINE_MS, receipt, (found) => found !== null)

  const waiting = await send(await sign(stranger, 5))
  assert.equal((await explain(waiting)).status, 'queued')
  assert.equal(await change('perm_removeAccountsFromAllowlist'), 'Success')
  const standing = await until(
    'what waited is dropped',
    DEADLINE_MS,
    () => explain(waiting),
    ({ status }) => status === 'dropped',
  )
  assert.deepEqual([standing.reason, standing.rule], ['not-permitted', 'accounts-allowlist'])
  assert.deepEqual(await rpc(url(), 'perm_getAccountsAllowlist'), [listed.address.toLowerCase()])
})

it('a list that a person has written wrong is told, and stays out of force', async () => {
  writeFileSync(file, 'accounts-allowlist = ["0x12"]\n')
  const reload = () => rpc(url(), 'perm_reloadPermissionsFromFile')
  await assert.rejects(reload(), /"0x12" in accounts-allowlist is none of the 20-byte addresses/)
  assert.deepEqual(await rpc(url(), 'perm_getAccountsAllowlist'), [listed.address.toLowerCase()])
  writeFileSync(file, `accounts-allowlist = ["${stranger.address}"]\n`)
  assert.equal(await reload(), 'Success')
  await assert.rejects(sign(listed, 1).then(send), /is not in the accounts-allowlist/)
  await assert.rejects(rpc(url(), 'perm_getNodesAllowlist'), /Node allowlist has not been enabled/)
})
