// Foundry's forge, as a partner firm deploys with it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { createPublicClient, type Hex, http, parseAbi } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { keyOf, senderOf } from '../accounts.ts'
import { toolBin } from '../npm/install.ts'
import { type ChainUnderTest, defineTool } from '../tool.ts'

const PROJECT = path.join(import.meta.dirname, '..', 'forge')
const COUNTER = parseAbi(['function count() view returns (uint256)'])
const RUN_MS = 120_000

interface State {
  /** What forge writes lies here, so that one chain's run does not meet another's. */
  readonly folder: string
}

interface Broadcast {
  readonly transactions: readonly { readonly contractAddress: Hex }[]
  readonly receipts: readonly { readonly status: Hex; readonly transactionHash: Hex }[]
}

/** `forge create` and `forge script --broadcast`. */
export const forge = defineTool<State>({
  name: 'forge 1',
  async open() {
    const folder = await mkdtemp(path.join(tmpdir(), 'busan-forge-'))
    const compiler = `#!/bin/sh\nexec '${process.execPath}' '${path.join(PROJECT, 'solc.cjs')}' "$@"\n`
    await writeFile(path.join(folder, 'solc'), compiler)
    await chmod(path.join(folder, 'solc'), 0o700)
    return { folder }
  },
  close: ({ folder }) => rm(folder, { recursive: true, force: true }),
  steps: {
    'forge create deploys a contract': create,
    'forge script --broadcast sends 300 transactions': script,
    'an empty account deploys if gas is free, else has insufficient funds': createFromEmpty,
  },
})

async function create(state: State, chain: ChainUnderTest): Promise<void> {
  const deployed = await createCounter(keyOf('forge'), state, chain)
  assert.equal(await countOf(deployed, chain), 7n)
}

async function script(state: State, chain: ChainUnderTest): Promise<void> {
  const client = createPublicClient({ transport: http(chain.rpcUrl) })
  const { address } = senderOf('forgeSeries')
  const nonce = await client.getTransactionCount({ address })
  const flags = ['--broadcast', '--private-key', keyOf('forgeSeries')]
  await run(['script', 'script/Series.s.sol:Series', ...flags], state, chain)
  assert.equal(await client.getTransactionCount({ address }), nonce + 300)
  const id = await client.getChainId()
  const file = path.join(state.folder, 'broadcast', 'Series.s.sol', `${id}`, 'run-latest.json')
  const { transactions, receipts }: Broadcast = JSON.parse(await readFile(file, 'utf8'))
  assert.equal(receipts.length, 300)
  assert.ok(receipts.every(({ status }) => status === '0x1'))
  assert.equal(await countOf(transactions[0]?.contractAddress as Hex, chain), 300n)
}

async function createFromEmpty(state: State, chain: ChainUnderTest): Promise<void> {
  const creating = createCounter(generatePrivateKey(), state, chain)
  if (chain.policy === 'freeGas') assert.equal(await countOf(await creating, chain), 7n)
  else await assert.rejects(creating, /insufficient funds/i)
}

async function createCounter(key: Hex, state: State, chain: ChainUnderTest): Promise<Hex> {
  const flags = ['--broadcast', '--json', '--private-key', key]
  const args = ['create', 'src/Counter.sol:Counter', ...flags, '--constructor-args', '7']
  const { deployedTo } = JSON.parse(await run(args, state, chain)) as { deployedTo: Hex }
  return deployedTo
}

async function countOf(address: Hex, { rpcUrl }: ChainUnderTest): Promise<bigint> {
  const client = createPublicClient({ transport: http(rpcUrl) })
  return client.readContract({ address, abi: COUNTER, functionName: 'count' })
}

async function run(args: string[], { folder }: State, { rpcUrl }: ChainUnderTest): Promise<string> {
  const env = {
    ...process.env,
    FOUNDRY_OUT: path.join(folder, 'out'),
    FOUNDRY_CACHE_PATH: path.join(folder, 'cache'),
    FOUNDRY_BROADCAST: path.join(folder, 'broadcast'),
    FOUNDRY_SOLC: path.join(folder, 'solc'),
    HOME: folder,
  }
  const [command, ...rest] = args as [string, ...string[]]
  const all = [command, '--rpc-url', rpcUrl, ...rest]
  const options = { cwd: PROJECT, env, timeout: RUN_MS }
  const { stdout } = await promisify(execFile)(toolBin('forge'), all, options)
  return stdout
}
