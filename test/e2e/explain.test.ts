// Why a transaction is where it is, asked of the node and on the command line of a governed devnet.
import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, it } from 'node:test'
import { HDNodeWallet, Interface, keccak256 } from 'ethers'
import { busan, rpc, until } from './chain-process.ts'
import { type DevnetPlace, startFreshDevnet } from './devnet-process.ts'

const MNEMONIC = 'test test test test test test test test test test test junk'
const PLAN = path.join(import.meta.dirname, '../../chain-config/devnet/governance-plan.json')
const REGISTRY = '0x0000000000000000000000000000000000008888'
const DEADLINE_MS = 60_000
const walletAt = (index: number) => HDNodeWallet.fromPhrase(MNEMONIC, '', `m/44'/60'/0'/0/${index}`)
const [committee, stranger] = [walletAt(0), walletAt(6)]
const registry = new Interface(['function setAccount(address,uint8,bytes32)'])

type Explanation = Record<string, unknown> & { status: string; message: string }

let place: DevnetPlace
let close: () => Promise<void>
before(async () => {
  const devnet = await startFreshDevnet(['--governance', PLAN])
  place = devnet.place
  close = devnet.close
})
after(() => close?.())

const sign = (wallet: HDNodeWallet, fields: object) =>
  wallet.signTransaction({
    ...{ type: 2, chainId: 51_053n, nonce: 0, gasLimit: 500_000n },
    ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n, ...fields },
  })
const send = (raw: string) => rpc<string>(place.url, 'eth_sendRawTransaction', raw)
const explain = (hash: string) => rpc<Explanation>(place.url, 'busan_explainTransaction', hash)
const final = (hash: string) =>
  until(
    `${hash} is final`,
    DEADLINE_MS,
    () => explain(hash),
    ({ status }) => status === 'final',
  )

it('a denied transaction names the rule, until the registry permits it', async () => {
  const denied = await sign(stranger, { data: '0x600160005360016000f3' })
  const hash = keccak256(denied)
  assert.equal((await explain(hash)).status, 'unknown')
  await assert.rejects(send(denied), /sender not authorized/)
  const refused = await explain(hash)
  assert.deepEqual(
    [refused.status, refused.reason, refused.rule],
    ['refused', 'not-permitted', 'deployer-not-listed'],
  )
  assert.match(refused.message, /mode DeployListed: creating contracts takes DEPLOYER, and 0x976E/)
  const reference = `0x${'01'.repeat(32)}`
  const data = registry.encodeFunctionData('setAccount', [stranger.address, 3, reference])
  await final(await send(await sign(committee, { to: REGISTRY, data })))
  assert.match((await explain(hash)).message, /it is permitted now: submit it again$/)
  await send(denied)
  assert.equal((await final(hash)).succeeded, true)
})

it('a transaction waits behind a nonce gap, is replaced, and its successor is final', async () => {
  const transfer = { to: committee.address, value: 1n, gasLimit: 21_000n }
  const waiting = await send(await sign(stranger, { nonce: 3, ...transfer }))
  const queued = await explain(waiting)
  assert.equal(queued.status, 'queued')
  assert.deepEqual(queued.missingNonces, [{ first: '0x1', last: '0x2' }])
  const command = ['tx', 'explain', waiting, '--rpc', place.url]
  const { code, output } = await busan(command)
  assert.equal(code, 0, output)
  assert.match(output, /^queued behind the nonce gap 1\.\.2: its nonce is 3/)
  assert.match(output, /missingNonces {2}1\.\.2/)

  const dearer = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 10n }
  const successor = await send(await sign(stranger, { nonce: 3, ...transfer, ...dearer }))
  const replaced = JSON.parse((await busan([...command, '--json'])).output) as Explanation
  assert.deepEqual([replaced.status, replaced.replacedBy], ['replaced', successor])
  for (const nonce of [1, 2]) await send(await sign(stranger, { nonce, ...transfer }))
  assert.equal((await final(successor)).succeeded, true)
})

it('the command refuses what is no hash', async () => {
  const { code, output } = await busan(['tx', 'explain', '0x12', '--rpc', place.url])
  assert.notEqual(code, 0)
  assert.match(output, /"0x12" is not a transaction hash: 0x and 64 hex digits/)
})
