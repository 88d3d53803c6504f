import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexToBytes, isCodedError, toHash, ZERO_HASH } from '@busan/primitives'
import type { TypedTxData } from '@ethereumjs/tx'
import { eoaCode7702SignAuthorization } from '@ethereumjs/util'
import fc from 'fast-check'
import { bloomContains, contractAddress, type Transaction } from '../src/index.ts'
import { createReference, runReference } from './reference.ts'
import { accountOf, address, createWorld, deploying, KEYS, type World } from './world.ts'

/** Stores calldata word 1 in slot calldata word 0, and logs word 0 under topic 0xaa. */
const STORE = '60203560003555600035600052' + '60aa60206000a100'
const REVERT = '60006000fd'
const SELFDESTRUCT = '33ff'
/** Creates a contract from calldata. */
const CREATE = '366000600037366000' + '6000f05000'
const CONTRACTS = [STORE, REVERT, SELFDESTRUCT, CREATE]
const contractOf = (i: number) => address(0xc0 + i)

const alloc = Object.fromEntries(
  CONTRACTS.map((code, i) => [contractOf(i), { code: `0x${code}`, balance: '0x64' }]),
)

const word = (value: number) => value.toString(16).padStart(64, '0')

const step = fc.record({
  sender: fc.nat(3),
  type: fc.constantFrom(0, 1, 2, 4),
  action: fc.oneof(
    fc.record({ to: fc.nat(3), value: fc.nat(1000) }).map(({ to, value }) => ({
      to: accountOf(to + 2),
      value: BigInt(value),
    })),
    fc.tuple(fc.nat(4), fc.nat(2)).map(([slot, value]) => ({
      to: contractOf(0),
      data: `0x${word(slot)}${word(value)}`,
    })),
    fc.constantFrom(1, 2).map((i) => ({ to: contractOf(i), value: 1n })),
    fc.constantFrom(STORE, SELFDESTRUCT, REVERT).map((runtime) => ({
      to: contractOf(3),
      data: deploying(runtime),
    })),
    fc
      .constantFrom(STORE, '33ff', 'fe')
      .map((runtime) => ({ data: deploying(runtime), value: 3n })),
  ),
})

/** Signs steps with the right nonces; a type 4 transaction also delegates its sender's successor. */
function signAll(
  world: World,
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
): Transaction[] {
  const nonces = [0n, 0n, 0n, 0n]
  return steps.map(({ sender, type, action }) => {
    const nonce = nonces[sender] as bigint
    nonces[sender] = nonce + 1n
    const creates = !('to' in action)
    if (type !== 4 || creates) {
      return world.sign(sender, { ...action, nonce, type: type === 4 ? 2 : type } as TypedTxData)
    }
    const delegate = { chainId: '0x0', address: contractOf(0), nonce: '0x0' } as const
    const authorizationList = [eoaCode7702SignAuthorization(delegate, KEYS[4] as Uint8Array)]
    return world.sign(sender, { ...action, nonce, type, authorizationList } as never)
  })
}

test('a block has the state and receipts that stock ethereumjs computes, and runs again to the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const world = await createWorld({ alloc })
      const reference = await createReference(world.spec)
      const transactions = signAll(world, steps)
      const { block, result, refused } = await world.mine(world.genesis, transactions)
      assert.deepEqual([block.transactions.length, refused], [steps.length, []])
      const expected = await runReference(reference, block)
      assert.equal(result.gasUsed, expected.gasUsed)
      assert.equal(result.receiptsRoot, expected.receiptsRoot)
      assert.equal(result.stateRoot, expected.stateRoot)
      const again = await world.executor.executeBlock(block, world.genesis)
      assert.ok(again.ok)
      assert.deepEqual(again.value, result)
    }),
    { numRuns: 30 },
  )
})

test('receipts tell status, logs, bloom, gas and the created contract', async () => {
  const world = await createWorld({ alloc })
  const { result } = await world.mine(world.genesis, [
    world.sign(0, { to: contractOf(0), data: `0x${word(1)}${word(2)}` }),
    world.sign(0, { nonce: 1n, to: contractOf(1) }),
    world.sign(0, { nonce: 2n, data: deploying(STORE) }),
  ])
  const [logged, reverted, created] = result.receipts
  assert.ok(logged && reverted && created)
  assert.deepEqual([logged.succeeded, reverted.succeeded, created.succeeded], [true, false, true])
  assert.deepEqual(logged.logs, [
    { address: contractOf(0), topics: [toHash(`0x${word(0xaa)}`)], data: `0x${word(1)}` },
  ])
  const bloom = hexToBytes(logged.logsBloom)
  assert.ok(bloomContains(bloom, hexToBytes(contractOf(0))))
  assert.ok(bloomContains(hexToBytes(result.logsBloom), hexToBytes(contractOf(0))))
  assert.ok(!bloomContains(hexToBytes(reverted.logsBloom), hexToBytes(contractOf(0))))
  assert.equal(created.contractAddress, contractAddress(accountOf(0), 2n))
  assert.equal(created.cumulativeGasUsed, logged.gasUsed + reverted.gasUsed + created.gasUsed)
  const state = world.executor.stateAt(result.stateRoot)
  assert.deepEqual(await state.code(contractAddress(accountOf(0), 2n)), hexToBytes(`0x${STORE}`))
  assert.equal((await state.storage(contractOf(0), toHash(`0x${word(1)}`)))[31], 2)
})

/** Stores PREVRANDAO, COINBASE and BLOCKHASH of the number in calldata in slots 0, 1 and 2. */
const PROBE = '44600055' + '41600155' + '60003540600255' + '00'

test('PREVRANDAO is the QBFT constant when building and when verifying, COINBASE the proposer', async () => {
  const world = await createWorld({ alloc: { [address(0xd0)]: { code: `0x${PROBE}` } } })
  const { block, result } = await world.mine(world.genesis, [world.sign(0, { to: address(0xd0) })])
  const state = world.executor.stateAt(result.stateRoot)
  const constant = '63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365'
  assert.deepEqual(await state.storage(address(0xd0), ZERO_HASH), hexToBytes(`0x${constant}`))
  const coinbase = await state.storage(address(0xd0), toHash(`0x${word(1)}`))
  assert.deepEqual(coinbase.subarray(12), hexToBytes(block.header.coinbase))
  const again = await world.executor.executeBlock(block, world.genesis)
  assert.ok(again.ok && again.value.stateRoot === result.stateRoot)
})

test('BLOCKHASH gives on-chain hashes: of the parent without asking, of others by the port', async () => {
  const world = await createWorld({ alloc: { [address(0xd0)]: { code: `0x${PROBE}` } } })
  const probe = (nonce: bigint, number: number) =>
    world.sign(0, { nonce, to: address(0xd0), data: `0x${word(number)}` })
  const slot = toHash(`0x${word(2)}`)
  let parent = world.genesis
  for (const [nonce, asked] of [
    [0n, 0],
    [1n, 1],
    [2n, 1],
  ] as const) {
    const { block, result } = await world.mine(parent, [probe(nonce, asked)])
    const stored = await world.executor.stateAt(result.stateRoot).storage(address(0xd0), slot)
    assert.deepEqual(stored, hexToBytes(world.hashes.get(BigInt(asked)) as string))
    parent = block.header
  }
  world.hashes.delete(1n)
  await assert.rejects(world.mine(parent, [probe(3n, 1)]), (error) =>
    isCodedError(error, 'missing-block-hash'),
  )
})

test('fees go to the proposer, or the mining beneficiary; the base fee is burned; the reward is paid', async () => {
  const beneficiary = address(0xbe)
  const world = await createWorld({
    qbft: { miningbeneficiary: beneficiary, blockreward: '0x64' },
    alloc: { [address(0xd0)]: { code: `0x${PROBE}` } },
  })
  const send = world.sign(0, { to: address(0xd0), maxPriorityFeePerGas: 5n })
  const { block, result } = await world.mine(world.genesis, [send])
  const { effectiveGasPriceWei, gasUsed } = result.receipts[0] ?? assert.fail()
  assert.equal(effectiveGasPriceWei, (block.header.baseFeePerGas as bigint) + 5n)
  const state = world.executor.stateAt(result.stateRoot)
  assert.equal((await state.account(beneficiary))?.balanceWei, gasUsed * 5n + 100n)
  assert.equal(await state.account(block.header.coinbase), undefined)
  const paid = 10n ** 24n - ((await state.account(accountOf(0)))?.balanceWei as bigint)
  assert.equal(paid, gasUsed * effectiveGasPriceWei)
  const coinbase = await state.storage(address(0xd0), toHash(`0x${word(1)}`))
  assert.deepEqual(coinbase.subarray(12), hexToBytes(beneficiary))
})

test('under freeGas a sender without any coins transacts, is charged nothing, and GASPRICE is zero', async () => {
  const gasPriceProbe = '3a600055' + '48600155' + '00'
  const world = await createWorld({
    alloc: { [address(0xd0)]: { code: `0x${gasPriceProbe}` } },
    config: { feePolicy: 'freeGas' },
    document: { baseFeePerGas: '0x0' },
  })
  assert.equal(world.spec.feePolicy.kind, 'freeGas')
  const poor = world.sign(5, {
    to: address(0xd0),
    maxFeePerGas: 10n ** 12n,
    maxPriorityFeePerGas: 1n,
  })
  const { block, result } = await world.mine(world.genesis, [poor])
  const receipt = result.receipts[0] ?? assert.fail()
  assert.ok(receipt.succeeded && receipt.gasUsed > 21_000n)
  assert.equal(receipt.effectiveGasPriceWei, 0n)
  const state = world.executor.stateAt(result.stateRoot)
  assert.deepEqual(await state.account(accountOf(5)), {
    nonce: 1n,
    balanceWei: 0n,
    codeHash: (await state.proof(accountOf(5), [])).codeHash,
    storageRoot: (await state.proof(accountOf(5), [])).storageHash,
  })
  assert.equal(await state.account(block.header.coinbase), undefined)
  assert.deepEqual(await state.storage(address(0xd0), ZERO_HASH), new Uint8Array(32))
  const value = world.sign(5, { nonce: 1n, to: address(1), value: 1n })
  const next = await world.mine(block.header, [value])
  assert.equal(next.block.transactions.length, 0, 'value is still value')
})

test('a set-code transaction makes its authority run the code it delegates to (EIP-7702)', async () => {
  const world = await createWorld({ alloc })
  const authorization = eoaCode7702SignAuthorization(
    { chainId: '0x0', address: contractOf(0), nonce: '0x0' },
    KEYS[5] as Uint8Array,
  )
  const setCode = world.sign(0, {
    type: 4,
    to: accountOf(5),
    data: `0x${word(4)}${word(9)}`,
    authorizationList: [authorization],
  } as never)
  const { block, result } = await world.mine(world.genesis, [setCode])
  const state = world.executor.stateAt(result.stateRoot)
  const code = await state.code(accountOf(5))
  assert.deepEqual(code, hexToBytes(`0xef0100${contractOf(0).slice(2)}`))
  assert.equal((await state.storage(accountOf(5), toHash(`0x${word(4)}`)))[31], 9)
  assert.equal((await state.account(accountOf(5)))?.nonce, 1n)
  const fund = world.sign(0, { nonce: 1n, to: accountOf(5), value: 10n ** 18n })
  const funded = await world.mine(block.header, [fund])
  const delegated = world.sign(5, { nonce: 1n, to: address(1), gasLimit: 30_000n })
  const sent = await world.mine(funded.block.header, [delegated])
  assert.equal(sent.block.transactions.length, 1, 'a delegated account may still send')
})

test('a contract that dies in its first transaction is gone, an older one only loses its coins (EIP-6780)', async () => {
  const world = await createWorld({ alloc })
  const { result } = await world.mine(world.genesis, [
    world.sign(0, { to: contractOf(2) }),
    // Init code that destroys itself.
    world.sign(0, { nonce: 1n, data: '0x33ff', value: 5n }),
  ])
  const state = world.executor.stateAt(result.stateRoot)
  assert.equal((await state.account(contractOf(2)))?.balanceWei, 0n)
  assert.deepEqual(await state.code(contractOf(2)), hexToBytes(`0x${SELFDESTRUCT}`))
  assert.equal(await state.account(contractAddress(accountOf(0), 1n)), undefined)
})

test('a block with a transaction that cannot run is refused with its reason', async () => {
  const world = await createWorld({
    alloc: { [accountOf(3)]: { code: '0x00', balance: '0xffffffffffffffff' } },
  })
  const { block } = await world.mine(world.genesis, [])
  const foreign = await createWorld({ config: { chainId: 7 } })
  const to = address(1)
  const cases: readonly (readonly [string, Transaction | Uint8Array])[] = [
    ['nonce-too-high', world.sign(0, { nonce: 1n, to })],
    ['insufficient-funds', world.sign(5, { to })],
    ['intrinsic-gas-too-low', world.sign(0, { to, gasLimit: 20_999n })],
    [
      'intrinsic-gas-too-low',
      world.sign(0, { to, gasLimit: 22_000n, data: new Uint8Array(60).fill(1) }),
    ],
    ['gas-limit-reached', world.sign(0, { to, gasLimit: 6_000n * 1000n })],
    ['fee-cap-too-low', world.sign(0, { to, maxFeePerGas: 1n })],
    ['invalid-transaction', foreign.sign(0, { to })],
    ['invalid-transaction', world.sign(3, { to })],
    ['unsupported-type', Uint8Array.of(3, 0xc0)],
    ['malformed-transaction', Uint8Array.of(2, 0xc0)],
    ['unsupported-type', Uint8Array.of(5, 0xc0)],
  ]
  const small = { ...block.header, gasLimit: 5_000_000n }
  for (const [reason, transaction] of cases) {
    const raw = transaction instanceof Uint8Array ? transaction : transaction.raw
    const verdict = await world.executor.executeBlock(
      { header: small, transactions: [raw] },
      world.genesis,
    )
    assert.ok(!verdict.ok, reason)
    assert.equal(verdict.reason, reason)
    assert.match(verdict.message, /^transaction 0: /)
  }
  const twice = world.sign(0, { to })
  const verdict = await world.executor.executeBlock(
    { header: block.header, transactions: [twice.raw, twice.raw] },
    world.genesis,
  )
  assert.ok(!verdict.ok && verdict.reason === 'nonce-too-low')
})

test('a parent whose state is not stored is missing-state, not a judgement on the block', async () => {
  const world = await createWorld()
  const { block } = await world.mine(world.genesis, [])
  const parent = { ...world.genesis, stateRoot: toHash(`0x${'12'.repeat(32)}`) }
  await assert.rejects(world.executor.executeBlock(block, parent), (error) =>
    isCodedError(error, 'missing-state'),
  )
  assert.equal(world.executor.hasState(parent.stateRoot), false)
  assert.equal(world.executor.hasState(world.genesis.stateRoot), true)
})
