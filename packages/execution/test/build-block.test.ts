import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBlock, QBFT_MIX_HASH } from '@busan/chain-spec'
import { type Address, EMPTY_TRIE_ROOT, hexToBytes, keccak256, ZERO_HASH } from '@busan/primitives'
import { blockHash, withRound } from '@busan/qbft'
import { BlockHeader, Block as EthereumjsBlock } from '@ethereumjs/block'
import {
  type Candidates,
  createExecutor,
  INIT_CODE_SIZE_BYTES_MAX,
  TRANSACTION_GAS_MAX,
  type Transaction,
  toEthereumjsBlock,
  transactionsRoot,
} from '../src/index.ts'
import { accountOf, address, createWorld, inOrder, type World } from './world.ts'

/** Spins until its gas is gone. */
const SPIN = '5b600056'

async function stateKeys(world: World): Promise<number> {
  let count = 0
  const bounds = { gte: Uint8Array.of(0), lt: Uint8Array.of(255) }
  for await (const _ of world.store.range(bounds)) count++
  return count
}

test('300 transfers fit one block, and the block runs again to the same root', async () => {
  const world = await createWorld()
  const nonces = [0n, 0n, 0n, 0n]
  const transfers = Array.from({ length: 300 }, (_, i) => {
    const nonce = nonces[i % 4] as bigint
    nonces[i % 4] = nonce + 1n
    return world.sign(i % 4, { nonce, to: address(1 + (i % 200)), value: 1n, gasLimit: 21_000n })
  })
  const { block, result, refused } = await world.mine(world.genesis, transfers)
  assert.equal(block.transactions.length, 300)
  assert.deepEqual(refused, [])
  assert.equal(block.header.gasUsed, 300n * 21_000n)
  assert.equal(block.header.transactionsRoot, await transactionsRoot(block.transactions))
  const again = await world.executor.executeBlock(block, world.genesis)
  assert.ok(again.ok)
  assert.equal(again.value.stateRoot, block.header.stateRoot)
  assert.deepEqual(again.value, result)
})

test('an empty block has every field of its fork, and keeps the state', async () => {
  const world = await createWorld()
  const { block, result } = await world.mine(world.genesis, [])
  const { header } = block
  assert.equal(header.stateRoot, world.genesis.stateRoot)
  assert.deepEqual(result.stateWrites, [])
  assert.equal(header.mixHash, QBFT_MIX_HASH)
  assert.deepEqual([header.difficulty, header.number, header.gasUsed], [1n, 1n, 0n])
  assert.deepEqual(
    [header.withdrawalsRoot, header.receiptsRoot],
    [EMPTY_TRIE_ROOT, EMPTY_TRIE_ROOT],
  )
  assert.deepEqual([header.blobGasUsed, header.excessBlobGas], [0n, 0n])
  assert.equal(header.parentBeaconBlockRoot, ZERO_HASH)
  assert.match(header.requestsHash ?? '', /^0xe3b0c442/)
  assert.equal(header.baseFeePerGas, world.spec.nextBaseFee(world.genesis, header.timestamp))
})

test('before London and Shanghai a block has neither their fields nor their rules', async () => {
  const world = await createWorld({
    config: {
      londonBlock: undefined,
      arrowGlacierBlock: undefined,
      grayGlacierBlock: undefined,
      mergeNetsplitBlock: undefined,
      shanghaiTime: undefined,
      cancunTime: undefined,
      pragueTime: undefined,
      osakaTime: undefined,
    },
    document: { baseFeePerGas: undefined },
  })
  const legacy = world.sign(0, { type: 0, to: address(1), value: 1n })
  const { block } = await world.mine(world.genesis, [legacy])
  assert.equal(block.transactions.length, 1)
  assert.equal('baseFeePerGas' in block.header, false)
  assert.equal('withdrawalsRoot' in block.header, false)
  const again = await world.executor.executeBlock(block, world.genesis)
  assert.ok(again.ok && again.value.stateRoot === block.header.stateRoot)
})

test('a candidate that cannot run is left out with the rest of its sender, the others stay', async () => {
  const world = await createWorld()
  const gapped = world.sign(0, { nonce: 5n, to: address(1) })
  const poor = world.sign(5, { to: address(1), value: 1n })
  const stale = world.sign(1, { nonce: 0n, to: address(2) })
  const good = world.sign(1, { nonce: 0n, to: address(1) })
  const skipped: Address[] = []
  const list = [gapped, poor, good, stale]
  const candidates: Candidates = {
    skipSender: (sender) => void skipped.push(sender),
    [Symbol.iterator]: () => list[Symbol.iterator](),
  }
  const template = world.template(world.genesis)
  const built = await world.executor.buildBlock(template, candidates, 60_000)
  assert.deepEqual(built.block.transactions, [good.raw])
  assert.deepEqual(skipped, [accountOf(0), accountOf(5), accountOf(1)])
  assert.deepEqual(built.refused, [{ hash: stale.hash, reason: 'nonce-too-low' }])
})

test('what the library would not even sign is refused for good', async () => {
  const world = await createWorld({ document: { gasLimit: '0x3b9aca00' } })
  const plain = world.sign(0, { to: address(1) })
  for (const [changes, words] of [
    [{ gasLimit: TRANSACTION_GAS_MAX + 1n }, 'gas limit cap'],
    [{ maxPriorityFeePerGasWei: plain.maxFeePerGasWei + 1n }, 'tip above fee cap'],
    [
      { to: null, data: new Uint8Array(INIT_CODE_SIZE_BYTES_MAX + 1), gasLimit: 10n ** 7n },
      'init code',
    ],
  ] as const) {
    const candidate = { ...plain, ...changes }
    const template = world.template(world.genesis)
    const built = await world.executor.buildBlock(template, inOrder([candidate]), 60_000)
    assert.deepEqual(built.block.transactions, [], words)
    assert.deepEqual(built.refused, [{ hash: plain.hash, reason: 'invalid-transaction' }], words)
  }
})

test('a full block stops asking, and a large candidate makes room for smaller ones', async () => {
  const world = await createWorld({ alloc: { [address(0xcc)]: { code: `0x${SPIN}` } } })
  const spin = world.sign(0, { to: address(0xcc), gasLimit: 60_000n })
  const large = world.sign(1, { to: address(1), gasLimit: 50_000n })
  const small = world.sign(2, { to: address(1), gasLimit: 21_000n })
  const late = world.sign(3, { to: address(1), gasLimit: 21_000n })
  const template = world.template(world.genesis, { gasLimit: 100_000n })
  let asked = 0
  const counted = function* (list: readonly Transaction[]) {
    for (const transaction of list) {
      asked++
      yield transaction
    }
  }
  const candidates: Candidates = {
    skipSender: () => {},
    [Symbol.iterator]: () => counted([spin, large, small, late, late, late]),
  }
  const built = await world.executor.buildBlock(template, candidates, 60_000)
  assert.deepEqual(built.block.transactions, [spin.raw, small.raw])
  assert.equal(asked, 4, 'less than 21000 gas is left')
  assert.deepEqual(built.refused, [])
})

test('time that has run out ends the selection', async () => {
  const world = await createWorld()
  let nowMs = 0
  const executor = createExecutor({
    store: world.store,
    spec: world.spec,
    blockHashByNumber: () => undefined,
    clock: { nowMs: () => nowMs },
  })
  const transfers = [0n, 1n, 2n].map((nonce) => world.sign(0, { nonce, to: address(1) }))
  const candidates: Candidates = {
    skipSender: () => {},
    *[Symbol.iterator]() {
      for (const transaction of transfers) {
        yield transaction
        nowMs += 40
      }
    },
  }
  const built = await executor.buildBlock(world.template(world.genesis), candidates, 50)
  assert.equal(built.block.transactions.length, 2)
})

test('blocks stay below the size limit', async () => {
  const world = await createWorld({ document: { gasLimit: '0x3b9aca00' } })
  const data = new Uint8Array(1_500_000)
  const large = [0, 1, 2].map((i) => world.sign(i, { to: address(1), data, gasLimit: 15_100_000n }))
  const small = world.sign(3, { to: address(1) })
  const { block } = await world.mine(world.genesis, [...large, small])
  assert.deepEqual(
    block.transactions,
    [...large.slice(0, 2), small].map(({ raw }) => raw),
  )
})

test('a discarded block leaves no trace', async () => {
  const world = await createWorld()
  const before = await stateKeys(world)
  const transfer = world.sign(0, { to: address(1), value: 7n })
  const template = world.template(world.genesis)
  const discarded = await world.executor.buildBlock(template, inOrder([transfer]), 60_000)
  assert.equal(await stateKeys(world), before)
  assert.equal(world.executor.hasState(discarded.result.stateRoot), false)
  const other = world.sign(0, { to: address(2), value: 9n })
  const { result } = await world.mine(world.genesis, [other])
  const state = world.executor.stateAt(result.stateRoot)
  assert.equal(await state.account(address(1)), undefined)
  assert.equal((await state.account(address(2)))?.balanceWei, 9n)
})

test('blocks built at the same time do not disturb one another', async () => {
  const world = await createWorld()
  const builds = [0, 1, 2, 3].map((sender) =>
    world.executor.buildBlock(
      world.template(world.genesis),
      inOrder([world.sign(sender, { to: address(9), value: BigInt(sender + 1) })]),
      60_000,
    ),
  )
  for (const [sender, { result }] of (await Promise.all(builds)).entries()) {
    await world.store.batch(result.stateWrites)
    const account = await world.executor.stateAt(result.stateRoot).account(address(9))
    assert.equal(account?.balanceWei, BigInt(sender + 1))
  }
})

test('the event loop turns while a long block runs', async () => {
  const world = await createWorld({ alloc: { [address(0xcc)]: { code: `0x${SPIN}` } } })
  const spin = world.sign(0, { to: address(0xcc), gasLimit: 15_000_000n })
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const { block } = await world.mine(world.genesis, [spin])
  clearInterval(timer)
  assert.equal(block.header.gasUsed, 15_000_000n)
  assert.ok(turns >= 2, `${turns} turns`)
})

test('the block for ethereumjs has the QBFT hash and the bytes that were agreed on', async () => {
  const world = await createWorld()
  const transactions = [0, 1, 2].map((type) => world.sign(type, { type, to: address(1) } as never))
  const built = await world.mine(world.genesis, transactions)
  const block = { ...built.block, header: withRound(built.block.header, 2) }
  const wrapped = toEthereumjsBlock(block, world.spec)
  assert.ok(wrapped instanceof EthereumjsBlock && wrapped.header instanceof BlockHeader)
  assert.deepEqual(wrapped.hash(), hexToBytes(blockHash(block.header)))
  assert.notDeepEqual(wrapped.hash(), keccak256(wrapped.header.serialize()))
  assert.deepEqual(wrapped.serialize(), encodeBlock(block))
  assert.ok(await wrapped.transactionsTrieIsValid())
  const genesis = toEthereumjsBlock({ header: world.genesis, transactions: [] }, world.spec)
  assert.deepEqual(genesis.hash(), hexToBytes(blockHash(world.genesis)))
})
