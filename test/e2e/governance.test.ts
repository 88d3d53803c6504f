// The validator set changes by votes on a running network: one node joins, another leaves, and users notice nothing.
import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { decodeHeader } from '@busan/chain-spec'
import { type Hex, hexToBytes, recoverAddress } from '@busan/primitives'
import { blockHash, sealHash } from '@busan/qbft'
import { JsonRpcProvider, Wallet } from 'ethers'
import {
  busan,
  makeNetwork,
  type NodeProcess,
  rpc,
  type TestNetwork,
  until,
} from './chain-process.ts'

const TEST_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const CHAIN_ID = 51_053n
const DEADLINE_MS = 60_000

interface Status {
  readonly activity: string
  readonly self: string
  readonly quorum: number
}

interface Certificate {
  readonly header: Hex
  readonly hash: Hex
  readonly validators: readonly Hex[]
  readonly seals: readonly (Hex | null)[]
}

let network: TestNetwork
let load: Load
/** The node that is voted in. */
let joining: NodeProcess
let joiningAddress: string

const validator = (index: number) => network.validators[index] as NodeProcess
const statusOf = ({ url }: NodeProcess) => rpc<Status>(url, 'qbft_status')
const validatorsAt = (block: string, { url }: NodeProcess = joining) =>
  rpc<string[]>(url, 'qbft_getValidatorsByBlockNumber', block)

async function command(...args: string[]): Promise<string> {
  const { code, output } = await busan(['validators', ...args])
  assert.equal(code, 0, output)
  return output
}

const nextSetIs = (what: string, holds: (set: readonly string[]) => boolean) =>
  until(what, DEADLINE_MS, () => validatorsAt('pending'), holds)

before(async () => {
  network = await makeNetwork({ validators: 4 })
  joining = network.rpcNode
  const keyFile = path.join(network.folder, 'rpc', 'validator.key.json')
  const made = await busan([
    ...['keys', 'new', keyFile],
    ...['--password-file', path.join(network.folder, 'password')],
  ])
  assert.equal(made.code, 0, made.output)
  joiningAddress = made.output.trim().toLowerCase()
  for (const node of network.validators) node.start()
  joining.start(['--node-private-key-file', keyFile])
  for (const node of network.nodes) {
    await node.explain(
      until(
        node.name,
        DEADLINE_MS,
        () => node.height(),
        (height) => height >= 2,
      ),
    )
  }
  load = startLoad(joining.url)
})
after(async () => {
  await load?.stop()
  await network.close()
})

describe('validators, voted on while transactions flow', () => {
  it('a synchronized node that is not one follows', async () => {
    assert.deepEqual(await statusOf(joining).then(({ activity, self }) => [activity, self]), [
      'observing',
      joiningAddress,
    ])
    assert.equal((await validatorsAt('pending')).length, 4)
  })

  it('a majority votes it in', async () => {
    for (const index of [0, 1, 2]) {
      const said = await command('vote', 'add', joiningAddress, '--rpc', validator(index).url)
      assert.match(said, /3 of 4 validators must vote so/)
      assert.doesNotMatch(said, /warning/)
    }
    const pending = await rpc(validator(0).url, 'qbft_getPendingVotes')
    assert.deepEqual(pending, { [joiningAddress]: true })
    const set = await nextSetIs('five validators', (seen) => seen.length === 5)
    assert.ok(set.includes(joiningAddress))
    assert.deepEqual(set, [...set].sort())
    const after = await until(
      'it votes',
      DEADLINE_MS,
      () => statusOf(joining),
      ({ activity }) => activity === 'voting',
    )
    assert.equal(after.quorum, 4)
  })

  it('and it proposes and seals blocks', async () => {
    const metrics = await until(
      'it has proposed',
      DEADLINE_MS,
      () =>
        rpc<{ address: string; proposedBlockCount: string }[]>(
          joining.url,
          'qbft_getSignerMetrics',
        ),
      (rows) =>
        rows.some((row) => row.address === joiningAddress && row.proposedBlockCount !== '0x0'),
    )
    assert.equal(metrics.length, 5)
    const certificate = await until(
      'a certificate with its seal',
      DEADLINE_MS,
      () => rpc<Certificate>(joining.url, 'qbft_getCommitCertificate', 'latest'),
      ({ validators, seals }) => seals[validators.indexOf(joiningAddress as Hex)] !== null,
    )
    checkCertificate(certificate)
    const { validators, hash } = certificate
    assert.deepEqual(await rpc(joining.url, 'qbft_getValidatorsByBlockHash', hash), validators)
    assert.equal((await validatorsAt('0x1')).length, 4)
    assert.match(await command('list', '--rpc', joining.url), /\(this node\) +online/)
  })

  it('a majority votes another one out, which then follows', async () => {
    const leaving = await statusOf(validator(0)).then(({ self }) => self)
    for (const index of [0, 1, 2]) {
      await rpc(validator(index).url, 'qbft_discardValidatorVote', joiningAddress)
    }
    for (const index of [1, 2, 3])
      await command('vote', 'drop', leaving, '--rpc', validator(index).url)
    const set = await nextSetIs('four validators', (seen) => !seen.includes(leaving))
    assert.equal(set.length, 4)
    const status = () => statusOf(validator(0))
    await until('it follows', DEADLINE_MS, status, ({ activity }) => activity === 'observing')
    const height = await joining.height()
    for (const node of network.nodes) {
      await until(
        `${node.name} goes on`,
        DEADLINE_MS,
        () => node.height(),
        (seen) => seen > height + 4,
      )
    }
  })

  it('a vote that would make the set too small is cast with a warning', async () => {
    const subject = await statusOf(validator(1)).then(({ self }) => self)
    const said = await command('vote', 'drop', subject, '--rpc', validator(2).url)
    assert.match(said, /^warning: dropping 0x\w+ makes a set of 3: /)
    await command('discard', subject, '--rpc', validator(2).url)
    const pending = await rpc<object>(validator(2).url, 'qbft_getPendingVotes')
    assert.equal(subject in pending, false)
  })

  it('and not one transaction was lost, nor do any two nodes differ', async () => {
    const hashes = await load.stop()
    assert.ok(hashes.length > 20, `${hashes.length} sent`)
    for (const hash of hashes) {
      const receipt = () => rpc<object | null>(validator(0).url, 'eth_getTransactionReceipt', hash)
      await until(`receipt of ${hash}`, DEADLINE_MS, receipt, (found) => found !== null)
    }
    const heights = await Promise.all(network.nodes.map((node) => node.height()))
    for (let number = 1; number <= Math.min(...heights); number++) {
      const block = `0x${number.toString(16)}`
      const found = await Promise.all(
        network.nodes.map(({ url }) =>
          rpc<{ hash: string }>(url, 'eth_getBlockByNumber', block, false),
        ),
      )
      assert.equal(new Set(found.map(({ hash }) => hash)).size, 1, `hashes differ at ${number}`)
    }
  })
})

/** As a light client would: every seal is its validator's over the header's seal hash. */
function checkCertificate({ header, hash, validators, seals }: Certificate): void {
  const decoded = decodeHeader(hexToBytes(header))
  assert.equal(blockHash(decoded), hash)
  const digest = hexToBytes(sealHash(decoded))
  assert.equal(seals.length, validators.length)
  for (const [index, seal] of seals.entries()) {
    if (seal !== null) assert.equal(recoverAddress(digest, hexToBytes(seal)), validators[index])
  }
  assert.ok(seals.filter((seal) => seal !== null).length >= Math.ceil((2 * validators.length) / 3))
}

interface Load {
  /** Ends the load. @returns the hashes that the node has answered */
  stop(): Promise<readonly string[]>
}

/** Two transfers a second from one key until stopped. */
function startLoad(url: string): Load {
  const provider = new JsonRpcProvider(url, undefined, { staticNetwork: true })
  const wallet = new Wallet(TEST_KEY, provider)
  const hashes: string[] = []
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n, gasLimit: 21_000n }
  const stopping = new AbortController()
  const run = async () => {
    for (let nonce = 0; !stopping.signal.aborted; nonce++) {
      const to = wallet.address
      const transfer = { to, value: 1n, nonce, type: 2, chainId: CHAIN_ID, ...fees }
      hashes.push(
        await rpc<string>(url, 'eth_sendRawTransaction', await wallet.signTransaction(transfer)),
      )
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
      provider.destroy()
      return hashes
    },
  }
}
