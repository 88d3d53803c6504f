import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { concatBytes, GWEI, hexToBytes, toChecksumAddress } from '@busan/primitives'
import type { PoolReason, PoolTransaction } from '../src/index.ts'
import { account, CHAIN_ID, openPool, type PoolFixture, transfer } from './fixture.ts'

interface Row {
  readonly reason: PoolReason
  readonly message: string
  readonly fields: Partial<PoolTransaction>
  readonly prepare?: (fixture: PoolFixture) => unknown
}

const sender = account(0)
const contractCode = hexToBytes('0x6001600201')
const MAX_UINT256 = 2n ** 256n - 1n

const rows: Record<string, Row> = {
  'a transaction that is in the pool': {
    reason: 'already-known',
    message: 'already known',
    fields: {},
    prepare: ({ pool }) => pool.add(transfer(), 'local'),
  },
  'a legacy transaction without a chain id': {
    reason: 'not-replay-protected',
    message: 'only replay-protected (EIP-155) transactions allowed over RPC',
    fields: { type: 0, chainId: undefined } as unknown as Partial<PoolTransaction>,
  },
  'a blob transaction': {
    reason: 'blob-transaction',
    message: 'transaction type not supported: transaction type not valid on this chain',
    fields: { type: 3 },
  },
  'an envelope over 128 KiB': {
    reason: 'oversized-data',
    message: 'oversized data: transaction size 131073, limit 131072',
    fields: { raw: new Uint8Array(131_073), gasLimit: 10_000_000n },
  },
  'too long init code': {
    reason: 'init-code-too-large',
    message: 'max initcode size exceeded: code size 49153 limit 49152',
    fields: { to: null, data: new Uint8Array(49_153), gasLimit: 10_000_000n },
  },
  'more gas than a transaction may have': {
    reason: 'gas-limit-exceeds-cap',
    message: 'transaction gas limit too high (cap: 16777216, tx: 16777217)',
    fields: { gasLimit: 16_777_217n },
  },
  'more gas than a block has': {
    reason: 'gas-limit-exceeds-block',
    message: 'exceeds block gas limit',
    fields: { gasLimit: 5_000_001n },
    prepare: ({ nextHead }) => nextHead([], { gasLimit: 5_000_000n }),
  },
  'a fee cap over 256 bits': {
    reason: 'fee-cap-exceeded',
    message: 'max fee per gas higher than 2^256-1',
    fields: { maxFeePerGasWei: MAX_UINT256 + 1n },
  },
  'a tip over 256 bits': {
    reason: 'fee-cap-exceeded',
    message: 'max priority fee per gas higher than 2^256-1',
    fields: { maxPriorityFeePerGasWei: MAX_UINT256 + 1n },
  },
  'a tip above the fee cap': {
    reason: 'tip-above-fee-cap',
    message: 'max priority fee per gas higher than max fee per gas',
    fields: { maxFeePerGasWei: 5n, maxPriorityFeePerGasWei: 6n },
  },
  'another chain id': {
    reason: 'wrong-chain-id',
    message: 'invalid chain id for signer: have 1 want 51053',
    fields: { chainId: 1n },
  },
  'the highest nonce': {
    reason: 'nonce-max',
    message: 'nonce has max value',
    fields: { nonce: 2n ** 64n - 1n },
  },
  'less than the gas of a transfer': {
    reason: 'intrinsic-gas-too-low',
    message: 'intrinsic gas too low: gas 20999, minimum needed 21000',
    fields: { gasLimit: 20_999n },
  },
  'less than the gas of a creation': {
    reason: 'intrinsic-gas-too-low',
    // 21000 + 32000 + 33 non-zero bytes at 16 + 2 words at 2
    message: 'intrinsic gas too low: gas 53000, minimum needed 53532',
    fields: { to: null, data: new Uint8Array(33).fill(1), gasLimit: 53_000n },
  },
  'less than the gas of an access list': {
    reason: 'intrinsic-gas-too-low',
    // 21000 + 2400 + 2 * 1900
    message: 'intrinsic gas too low: gas 27199, minimum needed 27200',
    fields: {
      gasLimit: 27_199n,
      accessList: [{ storageKeys: [transfer().hash, transfer({ nonce: 1n }).hash] }],
    },
  },
  'less than the gas of an authorization': {
    reason: 'intrinsic-gas-too-low',
    message: 'intrinsic gas too low: gas 45999, minimum needed 46000',
    fields: { type: 4, gasLimit: 45_999n, authorizationList: [{}] },
  },
  'less than the floor for its data': {
    reason: 'floor-gas-too-low',
    // intrinsic 21000 + 1000 * 16; floor 21000 + 1000 * 40
    message: 'insufficient gas for floor data gas cost: gas 60999, minimum needed 61000',
    fields: { data: new Uint8Array(1000).fill(1), gasLimit: 60_999n },
  },
  'a nonce that is used': {
    reason: 'nonce-too-low',
    message: 'nonce too low: next nonce 3, tx nonce 2',
    fields: { nonce: 2n },
    prepare: ({ nextHead }) => nextHead([transfer({ nonce: 2n })]),
  },
  'a contract as sender': {
    reason: 'sender-not-eoa',
    message: `sender not an eoa: address ${toChecksumAddress(sender)}, len(code): 5`,
    fields: {},
    prepare: ({ state }) => void state.codes.set(sender, contractCode),
  },
  'a balance below the cost': {
    reason: 'insufficient-funds',
    message:
      'insufficient funds for gas * price + value: balance 20000, tx cost 210001, overshot 190001',
    fields: { maxFeePerGasWei: 10n, maxPriorityFeePerGasWei: 1n },
    prepare: ({ state, nextHead }) => {
      state.balances.set(sender, 20_000n)
      return nextHead()
    },
  },
  'a balance below the cost of all executable ones': {
    reason: 'insufficient-funds',
    message:
      'insufficient funds for gas * price + value: balance 420000, queued cost 210001, ' +
      'tx cost 210001, overshot 2',
    fields: { nonce: 1n, maxFeePerGasWei: 10n, maxPriorityFeePerGasWei: 1n },
    prepare: async ({ pool, state, nextHead }) => {
      state.balances.set(sender, 420_000n)
      await nextHead()
      await pool.add(transfer({ maxFeePerGasWei: 10n, maxPriorityFeePerGasWei: 1n }), 'local')
    },
  },
  'a balance below the cost of a replacement': {
    reason: 'insufficient-funds',
    message:
      'insufficient funds for gas * price + value: balance 430000, queued cost 420002, ' +
      'tx bumped 21000, overshot 11002',
    fields: { maxFeePerGasWei: 11n, maxPriorityFeePerGasWei: 2n },
    prepare: async ({ pool, state, nextHead }) => {
      state.balances.set(sender, 430_000n)
      await nextHead()
      for (const nonce of [0n, 1n]) {
        const fees = { maxFeePerGasWei: 10n, maxPriorityFeePerGasWei: 1n }
        await pool.add(transfer({ nonce, ...fees }), 'local')
      }
    },
  },
  'a replacement that is hardly dearer': {
    reason: 'replacement-underpriced',
    message: 'replacement transaction underpriced',
    fields: { maxFeePerGasWei: 109n, maxPriorityFeePerGasWei: 110n - 1n },
    prepare: ({ pool }) =>
      pool.add(transfer({ maxFeePerGasWei: 100n, maxPriorityFeePerGasWei: 10n }), 'local'),
  },
}

suite('a refused transaction is answered in the words of geth:', () => {
  for (const [name, { reason, message, fields, prepare }] of Object.entries(rows)) {
    test(name, async () => {
      const fixture = await openPool()
      await prepare?.(fixture)
      const countBefore = fixture.pool.pendingCount() + fixture.pool.queuedCount()
      const result = await fixture.pool.add(transfer(fields), 'local')
      assert.deepEqual(result, { status: 'rejected', reason, message })
      assert.equal(fixture.pool.pendingCount() + fixture.pool.queuedCount(), countBefore)
      const { text } = await fixture.metrics.expose()
      assert.match(text, new RegExp(`busan_txpool_rejected_total\\{reason="${reason}"\\} 1`))
      await fixture.pool.close()
    })
  }

  test('one more than an account may have', async () => {
    const { pool } = await openPool({ limits: { perAccount: 3 } })
    for (const nonce of [0n, 1n, 5n]) await pool.add(transfer({ nonce }), 'local')
    assert.deepEqual(await pool.add(transfer({ nonce: 6n }), 'local'), {
      status: 'rejected',
      reason: 'account-limit',
      message: 'account limit exceeded: pooled 3 txs',
    })
    await pool.close()
  })

  test('a tip below the configured minimum', async () => {
    const { pool } = await openPool({ limits: { minimumTipWei: 7n } })
    assert.deepEqual(await pool.add(transfer({ maxPriorityFeePerGasWei: 6n }), 'local'), {
      status: 'rejected',
      reason: 'underpriced',
      message: 'transaction gas price below minimum: gas tip cap 6, minimum needed 7',
    })
    await pool.close()
  })
})

suite('admitted at the edge:', () => {
  const edges: Record<string, Partial<PoolTransaction>> = {
    'exactly 128 KiB': { raw: new Uint8Array(131_072), gasLimit: 10_000_000n },
    'exactly the gas cap': { gasLimit: 16_777_216n },
    'exactly the floor for its data': { data: new Uint8Array(1000).fill(1), gasLimit: 61_000n },
    'a fee cap below the base fee': { maxFeePerGasWei: 0n, maxPriorityFeePerGasWei: 0n },
    'a legacy transaction with a chain id': { type: 0, chainId: CHAIN_ID },
  }
  for (const [name, fields] of Object.entries(edges)) {
    test(name, async () => {
      const { pool } = await openPool()
      assert.deepEqual(await pool.add(transfer(fields), 'remote'), { status: 'pending' })
      await pool.close()
    })
  }

  test('a sender that delegates its code (EIP-7702)', async () => {
    const { pool, state } = await openPool()
    state.codes.set(sender, concatBytes(hexToBytes('0xef0100'), hexToBytes(account(7))))
    assert.deepEqual(await pool.add(transfer(), 'local'), { status: 'pending' })
    await pool.close()
  })

  test('a sender that delegates has one transaction at a time, which it may replace', async () => {
    const { pool, state } = await openPool()
    state.codes.set(sender, concatBytes(hexToBytes('0xef0100'), hexToBytes(account(7))))
    assert.deepEqual(await pool.add(transfer({ nonce: 1n }), 'local'), {
      status: 'rejected',
      reason: 'nonce-too-high',
      message: 'gapped-nonce tx from delegated accounts',
    })
    await pool.add(transfer(), 'local')
    assert.deepEqual(await pool.add(transfer({ nonce: 1n }), 'local'), {
      status: 'rejected',
      reason: 'account-limit',
      message: 'in-flight transaction limit reached for delegated accounts',
    })
    const dearer = { maxFeePerGasWei: 200n * GWEI, maxPriorityFeePerGasWei: 2n * GWEI }
    assert.equal((await pool.add(transfer(dearer), 'local')).status, 'pending')
    await pool.close()
  })

  test('a fee cap below a base fee that never moves is refused, the base fee itself is enough', async () => {
    const baseFeePerGasWei = 7n
    const { pool } = await openPool({ feePolicy: { kind: 'fixedBaseFee', baseFeePerGasWei } })
    const tip = { maxPriorityFeePerGasWei: 0n }
    assert.deepEqual(await pool.add(transfer({ ...tip, maxFeePerGasWei: 6n }), 'local'), {
      status: 'rejected',
      reason: 'fee-cap-too-low',
      message:
        'max fee per gas less than block base fee: ' +
        `address ${toChecksumAddress(sender)}, maxFeePerGas: 6, baseFee: 7`,
    })
    assert.equal(
      (await pool.add(transfer({ ...tip, maxFeePerGasWei: 7n }), 'local')).status,
      'pending',
    )
    // At 7 wei ten percent is less than one: the price must still rise.
    const again = await pool.add(transfer({ ...tip, maxFeePerGasWei: 7n, valueWei: 2n }), 'local')
    assert.equal(again.status === 'rejected' && again.reason, 'replacement-underpriced')
    const dearer = transfer({ ...tip, maxFeePerGasWei: 8n, valueWei: 2n })
    assert.equal((await pool.add(dearer, 'local')).status, 'pending')
    await pool.close()
  })

  test('no coin at all where gas is free', async () => {
    const { pool, state, nextHead } = await openPool({ feePolicy: { kind: 'freeGas' } })
    state.balances.set(sender, 0n)
    await nextHead()
    assert.deepEqual(await pool.add(transfer({ valueWei: 0n }), 'local'), { status: 'pending' })
    assert.equal((await pool.add(transfer({ nonce: 1n }), 'local')).status, 'rejected')
    await pool.close()
  })
})
