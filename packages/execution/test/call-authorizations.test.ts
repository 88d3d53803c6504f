import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToBigint, bytesToHex, toAddress } from '@busan/primitives'
import { eoaCode7702SignAuthorization } from '@ethereumjs/util'
import type { Authorization, CallRequest } from '../src/index.ts'
import { accountOf, address, createWorld, KEYS } from './world.ts'

const RETURNS_SEVEN = address(0x41)
/** Looks at the balances of account 1, which delegates in tests, and of the contract that it delegates to. */
const LOOKS = address(0x42)

const world = await createWorld({
  alloc: {
    [RETURNS_SEVEN]: { code: '0x600760005260206000f3' },
    [LOOKS]: { code: `0x73${accountOf(1).slice(2)}3173${RETURNS_SEVEN.slice(2)}3100` },
  },
})

/** Signed by the account, to delegate to the contract that returns seven. */
function authorize(
  key: number,
  nonce: bigint,
  changes: { chainId?: bigint; to?: string } = {},
): Authorization {
  const { chainId = 51_000n, to = RETURNS_SEVEN } = changes
  const signed = eoaCode7702SignAuthorization(
    {
      chainId: `0x${chainId.toString(16)}`,
      address: toAddress(to),
      nonce: `0x${nonce.toString(16)}`,
    },
    KEYS[key] as Uint8Array,
  )
  const [, , , yParity, r, s] = signed.map(bytesToBigint)
  return {
    chainId,
    address: toAddress(to),
    nonce,
    yParity: yParity as bigint,
    r: r as bigint,
    s: s as bigint,
  }
}

async function run(request: CallRequest) {
  const verdict = await world.executor.call(request, world.genesis)
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.message)
  return verdict.value
}

test('a call sees the delegations that it brings along', async () => {
  const to = accountOf(1)
  const seven = `0x${'7'.padStart(64, '0')}`
  const authorizationList = [authorize(1, 0n)]
  assert.equal(bytesToHex((await run({ to, authorizationList })).output), seven)
  // The sender's own nonce is counted up before its authorization is looked at.
  const own = await run({ from: to, to, authorizationList: [authorize(1, 1n)] })
  assert.equal(bytesToHex(own.output), seven)
  assert.equal(bytesToHex((await run({ to })).output), '0x', 'nothing stays')
})

test('authorizations that do not fit are paid for and passed over', async () => {
  const to = accountOf(1)
  const fitting = authorize(1, 0n)
  for (const authorization of [
    authorize(1, 5n),
    authorize(1, 0n, { chainId: 1n }),
    { ...fitting, r: 0n },
    { ...fitting, yParity: 2n },
    { ...fitting, s: 2n ** 255n },
  ]) {
    const { output, gasUsed } = await run({ to, authorizationList: [authorization] })
    assert.deepEqual([output.length, gasUsed], [0, 46_000n])
  }
})

test('an estimate covers the authorizations, and is what the transaction then needs', async () => {
  const authorizationList = [
    authorize(1, 0n),
    authorize(5, 0n),
    authorize(2, 0n, { to: address(0) }),
  ]
  const request = { from: accountOf(0), to: accountOf(1), authorizationList }
  const estimate = await world.executor.estimateGas(request, world.genesis)
  assert.ok(estimate.ok)
  const transaction = world.sign(0, {
    type: 4,
    to: request.to,
    gasLimit: estimate.value,
    maxPriorityFeePerGas: 0n,
    authorizationList: authorizationList.map(({ chainId, address: to, nonce, yParity, r, s }) => ({
      chainId: hex(chainId),
      address: to,
      nonce: hex(nonce),
      yParity: hex(yParity),
      r: hex(r),
      s: hex(s),
    })),
  })
  const { result } = await world.mine(world.genesis, [transaction])
  const [receipt] = result.receipts
  assert.equal(receipt?.succeeded, true)
  assert.equal((await run(request)).gasUsed, receipt?.gasUsed)
})

const hex = (value: bigint) => `0x${value.toString(16)}` as const

test('accounts that delegate are warm, so an access list leaves them out, on any chain too', async () => {
  for (const chainId of [51_000n, 0n]) {
    const request = { to: LOOKS, authorizationList: [authorize(1, 0n, { chainId })] }
    const verdict = await world.executor.accessList(request, world.genesis)
    assert.ok(verdict.ok)
    assert.deepEqual(verdict.value.accessList, [{ address: RETURNS_SEVEN, storageKeys: [] }])
  }
})
