// Foundry's cast, as an operator types it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { toFunctionSelector } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { keyOf, senderOf } from '../accounts.ts'
import { bin, readArtifact } from '../artifacts.ts'
import { type ChainUnderTest, defineTool } from '../tool.ts'

const CAP = 1_000_000n
const BEEF = '0x000000000000000000000000000000000000bEEF'
const me = senderOf('cast').address

interface State {
  readonly token: string
}

interface CastReceipt {
  readonly status: string
  readonly blockNumber: string
  readonly contractAddress: string | null
  readonly transactionHash: string
  readonly effectiveGasPrice: string
}

/** Reads, sends, logs, estimates, proofs and refusals. */
export const cast = defineTool<State>({
  name: 'cast 1',
  async open(chain) {
    const { bytecode } = await readArtifact('CityToken')
    const create = ['--create', bytecode, 'constructor(address,uint256)', me, `${CAP}`]
    const receipt = await send(chain, ...create)
    assert.equal(receipt.status, '0x1')
    return { token: receipt.contractAddress ?? '' }
  },
  steps: {
    async 'block-number and chain-id'(_, chain) {
      assert.ok(Number(await run(chain, 'block-number')) > 0)
      assert.ok(Number(await run(chain, 'chain-id')) > 0)
    },
    async 'call reads a contract'({ token }, chain) {
      assert.equal(await run(chain, 'call', token, 'symbol()(string)'), '"BCP"')
    },
    'send, then logs finds the event': findLog,
    async 'balance before and after a plain send'(_, chain) {
      const before = BigInt(await run(chain, 'balance', me))
      const receipt = await send(chain, BEEF, '--value', '1')
      assert.equal(receipt.status, '0x1')
      assert.ok(BigInt(await run(chain, 'balance', me)) < before)
    },
    async 'estimate of a plain transfer is 21000, of a call more'({ token }, chain) {
      const estimate = (...args: string[]) => run(chain, 'estimate', ...args, '--from', me)
      assert.equal(await estimate(BEEF, '--value', '1'), '21000')
      assert.ok(Number(await estimate(token, 'mint(address,uint256)', me, '1')) > 21_000)
    },
    'proof of an account': prove,
    async 'a custom error is shown with its data'({ token }, chain) {
      const mint = ['mint(address,uint256)', me, `${CAP + 1n}`, '--from', me]
      const selector = toFunctionSelector('CityTokenCapExceeded(uint256,uint256)')
      const shown = new RegExp(`error code 3: .*, data: "${selector}`)
      await assert.rejects(run(chain, 'call', token, ...mint), shown)
    },
    'an empty account sends if gas is free, else has insufficient funds': sendFromEmpty,
  },
})

async function findLog({ token }: State, chain: ChainUnderTest): Promise<void> {
  const receipt = await send(chain, token, 'mint(address,uint256)', me, '9')
  assert.equal(receipt.status, '0x1')
  const range = ['--from-block', receipt.blockNumber, '--to-block', receipt.blockNumber]
  const event = 'Transfer(address indexed,address indexed,uint256)'
  const logs = await run(chain, 'logs', '--json', ...range, '--address', token, event)
  const found = JSON.parse(logs) as readonly { transactionHash: string; data: string }[]
  const mine = found.filter(({ transactionHash }) => transactionHash === receipt.transactionHash)
  assert.equal(mine.length, 1)
  assert.equal(BigInt(mine[0]?.data ?? 0), 9n)
}

async function prove({ token }: State, chain: ChainUnderTest): Promise<void> {
  const proof = JSON.parse(await run(chain, 'proof', token, '0x0', '--json')) as {
    readonly accountProof: readonly string[]
    readonly codeHash: string
    readonly storageProof: readonly unknown[]
  }
  assert.ok(proof.accountProof.length > 0)
  assert.match(proof.codeHash, /^0x[0-9a-f]{64}$/)
  assert.equal(proof.storageProof.length, 1)
}

async function sendFromEmpty(_: State, chain: ChainUnderTest): Promise<void> {
  const key = generatePrivateKey()
  const sending = run(chain, 'send', '--json', '--private-key', key, BEEF)
  if (chain.policy === 'freeGas') {
    const receipt: CastReceipt = JSON.parse(await sending)
    assert.equal(receipt.status, '0x1')
    assert.equal(receipt.effectiveGasPrice, '0x0')
  } else {
    // cast estimates with its fees first.
    await assert.rejects(sending, /insufficient funds for transfer/)
  }
}

async function run({ rpcUrl }: ChainUnderTest, ...args: string[]): Promise<string> {
  const env = { ...process.env, ETH_RPC_URL: rpcUrl }
  const { stdout, stderr } = await promisify(execFile)(bin('cast'), args, { env })
  if (stdout.trim() === '') throw new Error(stderr.trim())
  return stdout.trim()
}

async function send(chain: ChainUnderTest, ...args: string[]): Promise<CastReceipt> {
  // `--create` swallows what follows it, so the options come first.
  return JSON.parse(await run(chain, 'send', '--json', '--private-key', keyOf('cast'), ...args))
}
