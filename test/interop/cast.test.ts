// Foundry's cast, as an operator types it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { bytesToHex, toFunctionSelector } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { SENDERS, TEST_MNEMONIC } from './accounts.ts'
import { bin, buildContracts, readArtifact } from './artifacts.ts'
import { rpcUrl } from './chain.ts'

const CAP = 1_000_000n

const account = mnemonicToAccount(TEST_MNEMONIC, { addressIndex: SENDERS.cast })
const privateKey = bytesToHex(account.getHdKey().privateKey ?? new Uint8Array())
const me = account.address

interface CastReceipt {
  readonly status: string
  readonly blockNumber: string
  readonly contractAddress: string | null
  readonly transactionHash: string
}

suite('cast', { timeout: 300_000 }, () => {
  let token: string

  before(async () => {
    await buildContracts()
    const { bytecode } = await readArtifact('CityToken')
    const receipt = await send('--create', bytecode, 'constructor(address,uint256)', me, `${CAP}`)
    assert.equal(receipt.status, '0x1')
    token = receipt.contractAddress ?? ''
  })

  test('block-number and chain-id', async () => {
    assert.ok(Number(await cast('block-number')) > 0)
    assert.ok(Number(await cast('chain-id')) > 0)
  })

  test('call reads a contract', async () => {
    assert.equal(await cast('call', token, 'symbol()(string)'), '"BCP"')
  })

  test('send, then logs finds the event', async () => {
    const receipt = await send(token, 'mint(address,uint256)', me, '9')
    assert.equal(receipt.status, '0x1')
    const logs = await cast(
      'logs',
      '--json',
      '--from-block',
      receipt.blockNumber,
      '--to-block',
      receipt.blockNumber,
      '--address',
      token,
      'Transfer(address indexed,address indexed,uint256)',
    )
    const found = JSON.parse(logs) as readonly { transactionHash: string; data: string }[]
    const mine = found.filter(({ transactionHash }) => transactionHash === receipt.transactionHash)
    assert.equal(mine.length, 1)
    assert.equal(BigInt(mine[0]?.data ?? 0), 9n)
  })

  test('balance before and after a plain send', async () => {
    const before = BigInt(await cast('balance', me))
    const receipt = await send('0x000000000000000000000000000000000000bEEF', '--value', '1')
    assert.equal(receipt.status, '0x1')
    assert.ok(BigInt(await cast('balance', me)) < before)
  })

  test('estimate of a plain transfer is 21000, of a call more', async () => {
    const beef = '0x000000000000000000000000000000000000bEEF'
    assert.equal(await cast('estimate', beef, '--value', '1', '--from', me), '21000')
    const mint = await cast('estimate', token, 'mint(address,uint256)', me, '1', '--from', me)
    assert.ok(Number(mint) > 21_000)
  })

  test('proof of an account', async () => {
    const proof = JSON.parse(await cast('proof', token, '0x0', '--json')) as {
      readonly accountProof: readonly string[]
      readonly codeHash: string
      readonly storageProof: readonly unknown[]
    }
    assert.ok(proof.accountProof.length > 0)
    assert.match(proof.codeHash, /^0x[0-9a-f]{64}$/)
    assert.equal(proof.storageProof.length, 1)
  })

  test('a custom error is shown with its data', async () => {
    const attempt = cast('call', token, 'mint(address,uint256)', me, `${CAP + 1n}`, '--from', me)
    const selector = toFunctionSelector('CityTokenCapExceeded(uint256,uint256)')
    await assert.rejects(attempt, new RegExp(`error code 3: .*, data: "${selector}`))
  })
})

async function cast(...args: string[]): Promise<string> {
  const env = { ...process.env, ETH_RPC_URL: rpcUrl }
  const { stdout, stderr } = await promisify(execFile)(bin('cast'), args, { env })
  // The npm launcher of cast ends with 0 whatever happened; a failure has no output.
  if (stdout.trim() === '') throw new Error(stderr.trim())
  return stdout.trim()
}

async function send(...args: string[]): Promise<CastReceipt> {
  // `--create` swallows what follows it, so the options come first.
  return JSON.parse(await cast('send', '--json', '--private-key', privateKey, ...args))
}
