import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Block,
  encodeHeader,
  type Header,
  headerToItems,
  parseImportedGenesis,
} from '@busan/chain-spec'
import { computeGenesisState, createExecutor, loadKzg } from '@busan/execution'
import {
  bytesToHex,
  encodeRlp,
  type Hash,
  keccakHash,
  toAddress,
  toHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@busan/primitives'
import { createMemoryStore } from '@busan/storage'
import { createMetrics, silentLogger } from '@busan/telemetry'
import { createImportRules } from '../src/consensus/import-rules.ts'
import { type Chain, openChain } from '../src/index.ts'

const KZG = loadKzg()
const OTHER = toHash(`0x${'0d'.repeat(32)}`)
const BLOCK_FORKS =
  'homestead eip150 eip158 byzantium constantinople petersburg istanbul berlin london'
const TIME_FORKS = 'shanghai cancun prague osaka'

/** An Ethereum chain with every fork from genesis on, and nothing in its state but the request contracts. */
async function open(): Promise<Chain> {
  const starts = [
    ...BLOCK_FORKS.split(' ').map((name) => [`${name}Block`, 0]),
    ...TIME_FORKS.split(' ').map((name) => [`${name}Time`, 0]),
  ]
  const text = JSON.stringify({
    config: { chainId: 5, terminalTotalDifficulty: 0, ...Object.fromEntries(starts) },
    gasLimit: '0x3938700',
    difficulty: '0x0',
    timestamp: '0x64',
    alloc: {
      '0x00000961ef480eb55e80d19ad83579a64c007002': { code: '0x00' },
      '0x0000bbddc7ce488642fb579f8b00f3a590007251': { code: '0x00' },
    },
  })
  const spec = parseImportedGenesis(text, { kzg: KZG })
  const store = createMemoryStore()
  let hashByNumber: (number: bigint) => Hash | undefined = () => undefined
  const executor = createExecutor({ store, spec, blockHashByNumber: (n) => hashByNumber(n) })
  const chain = await openChain({
    store,
    spec,
    executor,
    genesisState: () => computeGenesisState(spec.alloc),
    clock: { nowMs: () => 1_000_000, schedule: () => ({ cancel() {} }) },
    logger: silentLogger,
    metrics: createMetrics(),
  })
  hashByNumber = chain.hashByNumber
  return chain
}

async function childOf(chain: Chain): Promise<Block> {
  const { header, hash } = chain.head()
  const template = {
    parent: header,
    parentHash: hash,
    coinbase: ZERO_ADDRESS,
    timestamp: header.timestamp + 12n,
    gasLimit: header.gasLimit,
    extraData: bytesToHex(new Uint8Array(32)),
    prevRandao: OTHER,
    withdrawals: [
      { index: 0n, validatorIndex: 1n, address: toAddress(`0x${'0d'.repeat(20)}`), amountGwei: 9n },
    ],
  }
  const built = await chain.executor.assembleBlock(template, [])
  assert.ok(built.ok)
  return built.value.block
}

test('a valid block comes in under the hash of its header, with its withdrawals', async () => {
  const chain = await open()
  const block = await childOf(chain)
  assert.deepEqual(await chain.importBlock(block), { ok: true, value: 'imported' })
  assert.deepEqual(await chain.importBlock(block), { ok: true, value: 'known' })
  const stored = chain.head()
  assert.equal(stored.hash, keccakHash(encodeHeader(block.header)))
  assert.deepEqual(stored.withdrawals, block.withdrawals)
  assert.deepEqual(chain.rawBlockByNumber(1n), block)
  assert.deepEqual(chain.validatorState().validators, [])
})

const ROWS: readonly [problem: RegExp, change: (header: Header) => Partial<Header>][] = [
  [/number must be 1, got 2/, () => ({ number: 2n })],
  [/difficulty must be 0, got 1/, () => ({ difficulty: 1n })],
  [/nonce must be 0x0+, got 0x0+1/, () => ({ nonce: '0x0000000000000001' })],
  [/ommersHash must be/, () => ({ ommersHash: OTHER })],
  [/extraData must have at most 32 bytes, got 33/, () => ({ extraData: `0x${'00'.repeat(33)}` })],
  [/gas limit/, ({ gasLimit }) => ({ gasLimit: gasLimit * 2n })],
  [/gasUsed 60000001 exceeds gasLimit/, ({ gasLimit }) => ({ gasUsed: gasLimit + 1n })],
  [/timestamp must be above 100, the parent's, got 100/, () => ({ timestamp: 100n })],
  [/baseFeePerGas must be 875000000, got 7/, () => ({ baseFeePerGas: 7n })],
  [/blobGasUsed must be a multiple/, () => ({ blobGasUsed: 5n })],
  [/blobGasUsed must be at most/, () => ({ blobGasUsed: 100n * 131_072n })],
  [/excessBlobGas must be 0, got 9/, () => ({ excessBlobGas: 9n })],
  [/withdrawalsRoot: got 0x[0-9a-f]{64}, want 0x0d/, () => ({ withdrawalsRoot: OTHER })],
  [/transactionsRoot: got .* want 0x0d/, () => ({ transactionsRoot: OTHER })],
  [/blobGasUsed: got 0, want 131072/, () => ({ blobGasUsed: 131_072n })],
  [/receiptsRoot: got .* want 0x0d/, () => ({ receiptsRoot: OTHER })],
  [/stateRoot: got .* want 0x0d/, () => ({ stateRoot: OTHER })],
  [/requestsHash: got .* want 0x0d/, () => ({ requestsHash: OTHER })],
]

test('each field that is wrong is named, with what was got and wanted', async () => {
  const chain = await open()
  const block = await childOf(chain)
  for (const [problem, change] of ROWS) {
    const header = { ...block.header, ...change(block.header) }
    const verdict = await chain.importBlock({ ...block, header })
    assert.ok(!verdict.ok, String(problem))
    assert.match(verdict.message, problem)
  }
  assert.equal(chain.head().header.number, 0n)
})

test('withdrawals and ommers that the header does not commit to are refused', async () => {
  const chain = await open()
  const block = await childOf(chain)
  const { withdrawals: _, ...without } = block
  for (const changed of [without, { ...block, ommers: [block.header] }]) {
    const verdict = await chain.importBlock(changed)
    assert.ok(!verdict.ok && verdict.reason === 'invalid-body')
  }
  const stranger = { ...block, header: { ...block.header, parentHash: ZERO_HASH } }
  const verdict = await chain.importBlock(stranger)
  assert.ok(!verdict.ok && verdict.reason === 'unknown-parent')
})

test('an ommer must stand one to six generations back', async () => {
  const chain = await open()
  const { validateBody } = createImportRules(chain.spec)
  const block = await childOf(chain)
  const messageFor = (...numbers: bigint[]) => {
    const ommers = numbers.map((number) => ({ ...block.header, number }))
    const ommersHash = keccakHash(encodeRlp(ommers.map(headerToItems)))
    const verdict = validateBody({
      ...block,
      ommers,
      header: { ...block.header, number: 100n, ommersHash },
    })
    return verdict.ok ? 'valid' : verdict.message
  }
  assert.equal(messageFor(99n, 94n), 'valid')
  assert.match(messageFor(93n), /ommer number: got 93, want 94 to 99/)
  assert.match(messageFor(100n), /ommer number: got 100/)
  assert.match(messageFor(99n, 98n, 97n), /ommers: got 3, want at most 2/)
})
