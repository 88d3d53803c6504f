import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { silentLogger } from '@busan/telemetry'
import { createPublicClient, createWalletClient, http } from 'viem'
import { entryPoint08Address } from 'viem/account-abstraction'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { createSponsorServer, openDesk, type SponsorServer } from '../src/index.ts'

suite('the desk without a chain', () => {
  let server: SponsorServer

  before(async () => {
    // Port 9 of this machine: nobody answers.
    const transport = http('http://127.0.0.1:9', { retryCount: 0 })
    const account = privateKeyToAccount(generatePrivateKey())
    const desk = {
      client: createPublicClient({ chain: hardhat, transport }),
      wallet: createWalletClient({ chain: hardhat, transport, account }),
      sponsor: account.address,
      signer: account,
    }
    server = await createSponsorServer(desk, silentLogger, { port: 0 })
  })
  after(() => server.close())

  async function post(body: unknown) {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://citizen.busan.go.kr' },
      body: JSON.stringify(body),
    })
    const { error, result, id } = (await response.json()) as {
      id: unknown
      result?: unknown
      error?: { code: number; message: string }
    }
    return { code: error?.code, message: error?.message, result, id, headers: response.headers }
  }
  const ask = (method: string, ...params: unknown[]) =>
    post({ jsonrpc: '2.0', id: 7, method, params })

  test('says what it serves, to pages of other origins too', async () => {
    assert.equal((await ask('eth_chainId')).result, '0x7a69')
    const { result, headers, id } = await ask('eth_supportedEntryPoints')
    assert.deepEqual(result, [entryPoint08Address])
    assert.equal(id, 7)
    assert.equal(headers.get('access-control-allow-origin'), 'https://citizen.busan.go.kr')
  })

  test('refuses what it does not understand', async () => {
    for (const method of ['eth_mine', 'constructor', '__proto__']) {
      assert.equal((await ask(method)).code, -32601)
    }
    assert.equal((await post([])).code, -32600)
    assert.equal((await post({ method: 'eth_chainId' })).code, -32600)
    assert.equal((await ask('eth_getUserOperationReceipt', '0x12')).code, -32602)
    assert.equal((await ask('eth_sendUserOperation', {}, entryPoint08Address)).code, -32602)
    const other = await ask('eth_sendUserOperation', {}, `0x${'00'.repeat(20)}`)
    assert.equal(other.code, -32602)
    assert.match(other.message ?? '', /entry point/)
  })

  test('no desk opens at a node that does not answer', async () => {
    const key = generatePrivateKey()
    const options = { rpcUrl: 'http://127.0.0.1:9', signerKey: key, bundlerKey: key }
    const sponsor = privateKeyToAccount(key).address
    await assert.rejects(openDesk({ ...options, sponsor }), { code: 'node-unreachable' })
  })

  test('a chain that does not answer is no refusal', async () => {
    const { code, message } = await ask('eth_getUserOperationReceipt', `0x${'00'.repeat(32)}`)
    assert.equal(code, -32603)
    assert.match(message ?? '', /could not ask the chain/)
  })
})
