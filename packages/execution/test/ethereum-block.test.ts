import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { parseImportedGenesis } from '@busan/chain-spec'
import {
  bytesToHex,
  ETHER,
  GWEI,
  type Hex,
  hexToBytes,
  keccakHash,
  toAddress,
  toHash,
  ZERO_HASH,
} from '@busan/primitives'
import { createMemoryStore } from '@busan/storage'
import { Transaction as EthersTransaction, Wallet } from 'ethers'
import {
  computeGenesisState,
  createExecutor,
  createTransactionDecoder,
  type Executor,
  loadKzg,
  requestsHash,
  withdrawalsRoot,
} from '../src/index.ts'
import type { BlockTemplate } from '../src/types.ts'

const KZG = loadKzg()
const ALICE = new Wallet(`0x${'11'.repeat(32)}`)
const FEES = toAddress(`0x${'fe'.repeat(20)}`)
const PAID = toAddress(`0x${'0d'.repeat(20)}`)
const DEPOSITS = toAddress(`0x${'de'.repeat(20)}`)
const WITHDRAWAL_QUEUE = '0x00000961ef480eb55e80d19ad83579a64c007002'
const CONSOLIDATION_QUEUE = '0x0000bbddc7ce488642fb579f8b00f3a590007251'
const BEACON_ROOTS = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'
/** Returns the byte 0xaa. */
const ONE_BYTE: Hex = '0x60aa60005360016000f3'
/** Stores the word that it is called with in slot 0. */
const KEEPS_INPUT: Hex = '0x60003560005500'
/** Returns BLOBHASH of 0 and BLOBBASEFEE. */
const SHOWS_BLOBS: Hex = '0x6000496000524a60205260406000f3'
const SHOWER = toAddress(`0x${'5b'.repeat(20)}`)
const BLOB = `0x${'00'.repeat(131_071)}07`
const MAX_FEE = 10n * GWEI

const withdrawals = [{ index: 0n, validatorIndex: 7n, address: PAID, amountGwei: 5n }]

async function open(changes: Record<string, unknown> = {}) {
  const text = JSON.stringify({
    config: {
      chainId: 5,
      terminalTotalDifficulty: 0,
      depositContractAddress: DEPOSITS,
      ...Object.fromEntries(FORKS_AT_GENESIS.map((key) => [key, 0])),
    },
    gasLimit: '0x3938700',
    difficulty: '0x0',
    alloc: {
      [ALICE.address]: { balance: `0x${(10n * ETHER).toString(16)}` },
      [WITHDRAWAL_QUEUE]: { code: ONE_BYTE },
      [CONSOLIDATION_QUEUE]: { code: '0x00' },
      [BEACON_ROOTS]: { code: KEEPS_INPUT },
      [SHOWER]: { code: SHOWS_BLOBS },
      ...changes,
    },
  })
  const spec = parseImportedGenesis(text, { kzg: KZG })
  const store = createMemoryStore()
  const { stateRoot, writes } = await computeGenesisState(spec.alloc)
  await store.batch(writes)
  const parent = spec.genesisHeader(stateRoot)
  const executorOf = (evm: 'fast' | 'reference') =>
    createExecutor({ store, spec, evm, blockHashByNumber: () => ZERO_HASH })
  const template: BlockTemplate = {
    parent,
    parentHash: ZERO_HASH,
    coinbase: FEES,
    timestamp: 12n,
    gasLimit: parent.gasLimit,
    extraData: '0x',
    prevRandao: toHash(`0x${'77'.repeat(32)}`),
    parentBeaconBlockRoot: toHash(`0x${'be'.repeat(32)}`),
    withdrawals,
  }
  return { spec, store, template, executor: executorOf('fast'), reference: executorOf('reference') }
}

const FORKS_AT_GENESIS = [
  ...['homestead', 'eip150', 'eip158', 'byzantium', 'constantinople', 'petersburg', 'istanbul'],
  ...['berlin', 'london'],
]
  .map((name) => `${name}Block`)
  .concat(['shanghaiTime', 'cancunTime', 'pragueTime', 'osakaTime'])

/** A transaction with one blob: as wallets submit it, and as it stands in a block. */
let submitted: Uint8Array
let inBlock: Uint8Array
before(async () => {
  const commitment = KZG.blobToKzgCommitment(BLOB)
  const unsigned = EthersTransaction.from({
    type: 3,
    chainId: 5,
    nonce: 0,
    to: PAID,
    gasLimit: 21_000,
    maxFeePerGas: MAX_FEE,
    maxPriorityFeePerGas: GWEI,
    maxFeePerBlobGas: 9n,
  })
  unsigned.blobs = [{ data: BLOB, commitment, proof: `0x${'c0'.padEnd(96, '0')}` }]
  const signed = EthersTransaction.from(await ALICE.signTransaction(unsigned))
  submitted = hexToBytes(signed.serialized as Hex)
  signed.blobs = null
  inBlock = hexToBytes(signed.serialized as Hex)
})

async function decode(executor: Executor, raw: Uint8Array) {
  const decoded = await executor.decodeSubmitted(raw)
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.message)
  return decoded.value
}

test('a block of Ethereum pays withdrawals, charges blobs, tells the system contracts and collects requests', async () => {
  const { executor, reference, store, template } = await open()
  const transaction = await decode(executor, submitted)
  const built = await executor.assembleBlock(template, [transaction])
  assert.ok(built.ok, built.ok ? '' : built.message)
  const { block, result } = built.value
  await store.batch(result.stateWrites)
  const state = executor.stateAt(block.header.stateRoot)
  const balance = async (address: string) =>
    (await state.account(toAddress(address)))?.balanceWei ?? 0n

  assert.equal(await balance(PAID), 5n * GWEI)
  assert.equal(block.header.withdrawalsRoot, withdrawalsRoot(withdrawals))
  assert.equal(block.header.blobGasUsed, 131_072n)
  assert.deepEqual(result.receipts[0]?.blobGas, { used: 131_072n, priceWei: 1n })
  const price = result.receipts[0]?.effectiveGasPriceWei ?? 0n
  assert.equal(await balance(ALICE.address), 10n * ETHER - 21_000n * price - 131_072n)
  assert.equal(await balance(FEES), 21_000n * GWEI)

  const slot = await state.storage(toAddress(BEACON_ROOTS), ZERO_HASH)
  assert.equal(bytesToHex(slot), template.parentBeaconBlockRoot)
  assert.deepEqual(result.requests?.map(bytesToHex), ['0x01aa'])
  assert.equal(block.header.requestsHash, requestsHash([Uint8Array.of(1, 0xaa)]))

  const again = await reference.executeBlock(block, template.parent)
  assert.ok(again.ok)
  assert.equal(again.value.stateRoot, block.header.stateRoot)
})

test('a block is refused when a request contract is missing, and when blobs pay too little', async () => {
  const bare = await open({ [CONSOLIDATION_QUEUE]: {} })
  const verdict = await bare.executor.assembleBlock(bare.template, [])
  assert.ok(!verdict.ok && verdict.reason === 'invalid-system-call')

  const { executor, template } = await open()
  const transaction = { ...(await decode(executor, submitted)), maxFeePerBlobGasWei: 9n }
  const excessBlobGas = 200_000_000n
  const parent = { ...template.parent, excessBlobGas }
  const dear = await executor.assembleBlock({ ...template, parent }, [transaction])
  assert.ok(!dear.ok && dear.reason === 'fee-cap-too-low', JSON.stringify(dear))
})

test('a submitted transaction loses its blobs, which must be the ones that it names', async () => {
  const { executor } = await open()
  const transaction = await decode(executor, submitted)
  assert.deepEqual(transaction.raw, inBlock)
  assert.equal(transaction.hash, keccakHash(inBlock))
  assert.equal(transaction.sidecar?.blobs.length, 1)
  assert.equal(transaction.blobVersionedHashes?.length, 1)

  const without = await executor.decodeSubmitted(inBlock)
  assert.ok(!without.ok && /missing sidecar/.test(without.message))
  const other = submitted.slice()
  other[other.indexOf(7, inBlock.length + 131_000)] = 8
  const verdict = await executor.decodeSubmitted(other)
  assert.ok(!verdict.ok && verdict.reason === 'malformed-transaction', JSON.stringify(verdict))
})

test('a QBFT decoder knows no blobs', () => {
  const verdict = createTransactionDecoder()(inBlock)
  assert.ok(!verdict.ok && verdict.reason === 'unsupported-type')
})

test('a call sees the blobs that it names, and their price when it names one', async () => {
  const { executor, template } = await open()
  const hash = toHash(`0x01${'ab'.repeat(31)}`)
  const from = toAddress(ALICE.address)
  const request = { from, to: SHOWER, blobVersionedHashes: [hash] }
  const output = async (changes: object) => {
    const called = await executor.call({ ...request, ...changes }, template.parent)
    return called.ok ? bytesToHex(called.value.output) : called.message
  }
  const word = (value: number) => value.toString(16).padStart(64, '0')
  assert.equal(await output({}), `${hash}${word(0)}`)
  assert.equal(await output({ maxFeePerBlobGasWei: 5n }), `${hash}${word(1)}`)
  assert.match(await output({ blobVersionedHashes: [] }), /missing blob hashes/)
  assert.match(await output({ blobVersionedHashes: [ZERO_HASH] }), /invalid hash version/)
  assert.match(await output({ maxFeePerBlobGasWei: ETHER }), /insufficient funds/)
})

test('a block is filled from candidates with withdrawals and blobs too', async () => {
  const { executor, template } = await open()
  const transaction = await decode(executor, submitted)
  const candidates = Object.assign([transaction], { skipSender() {} })
  const { block, result } = await executor.buildBlock(template, candidates, 1_000)
  assert.deepEqual(block.withdrawals, withdrawals)
  assert.equal(block.header.blobGasUsed, 131_072n)
  const again = await executor.executeBlock(block, template.parent)
  assert.ok(again.ok)
  assert.equal(again.value.stateRoot, result.stateRoot)
})
