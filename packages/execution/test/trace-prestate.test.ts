import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, hexToBytes, keccak256, toAddress } from '@busan/primitives'
import type { TracerSpec } from '../src/index.ts'
import { traceMined } from './tracing.ts'
import { accountOf, address, createWorld, deploying } from './world.ts'

type Accounts = Record<
  string,
  { balance?: string; nonce?: number; code?: string; codeHash?: string; storage?: object }
>
interface Difference {
  readonly pre: Accounts
  readonly post: Accounts
}

const slot = (value: number) => `0x${value.toString(16).padStart(64, '0')}`

/** Reads slot 1, writes 5 to slot 2, clears slot 3, writes to slot 4 what it holds. */
const STORES = address(0xa0)
const STORES_CODE = '6001545060056002556000600355600860045500'
/** Looks at the balance of an account that is not there. */
const LOOKS = address(0xa1)
const GHOST = address(0x99)
/** Leaves what it has to an heir. */
const DIES = address(0xa2)
const HEIR = address(0xee)

/** Looks at the balance of the account that stores. */
const PEEKS = address(0xa3)

const world = await createWorld({
  alloc: {
    [STORES]: {
      code: `0x${STORES_CODE}`,
      balance: '0x5',
      storage: { [slot(1)]: slot(9), [slot(3)]: slot(7), [slot(4)]: slot(8) },
    },
    [LOOKS]: { code: `0x73${GHOST.slice(2)}3100`, balance: '0x0' },
    [PEEKS]: { code: `0x73${STORES.slice(2)}3100`, balance: '0x0' },
    [DIES]: { code: `0x73${HEIR.slice(2)}ff`, balance: '0x64', storage: { [slot(1)]: slot(1) } },
  },
})

async function trace<Result>(options: object, fields: object): Promise<Result> {
  const tracer = { name: 'prestateTracer', options } as TracerSpec
  const [result] = await traceMined<Result>(world, [world.sign(0, fields)], tracer)
  return result as Result
}

test('every account that is looked at is there as it was, with the slots that were', async () => {
  const pre = await trace<Accounts>({}, { to: STORES })
  assert.deepEqual(pre[STORES], {
    balance: '0x5',
    code: `0x${STORES_CODE}`,
    codeHash: bytesToHex(keccak256(hexToBytes(`0x${STORES_CODE}`))),
    storage: {
      [slot(1)]: slot(9),
      [slot(2)]: slot(0),
      [slot(3)]: slot(7),
      [slot(4)]: slot(8),
    },
  })
  assert.deepEqual(pre[accountOf(0)], { balance: `0x${(10n ** 24n).toString(16)}` })
})

test('code and storage can be left out', async () => {
  const pre = await trace<Accounts>({ disableCode: true, disableStorage: true }, { to: STORES })
  assert.deepEqual(Object.keys(pre[STORES] ?? {}), ['balance', 'codeHash'])
})

test('accounts that were empty are left out unless asked for', async () => {
  assert.equal((await trace<Accounts>({}, { to: LOOKS }))[GHOST], undefined)
  const all = await trace<Accounts>({ includeEmpty: true }, { to: LOOKS })
  assert.deepEqual(all[GHOST], { balance: '0x0' })
})

test('what an opcode wanted to look at and could not pay for is not there', async () => {
  const looked = await trace<Accounts>({}, { to: PEEKS })
  assert.ok(looked[STORES] !== undefined)
  const poor = await trace<Accounts>({}, { to: PEEKS, gasLimit: 21_100n })
  assert.equal(poor[STORES], undefined)
})

test('in diffMode only what changes is told', async () => {
  const { pre, post } = await trace<Difference>({ diffMode: true }, { to: STORES, value: 2n })
  assert.deepEqual(pre[STORES]?.storage, { [slot(3)]: slot(7) })
  assert.deepEqual(post[STORES], { balance: '0x7', storage: { [slot(2)]: slot(5) } })
  assert.equal(post[accountOf(0)]?.nonce, 1)
  assert.deepEqual(Object.keys(pre[accountOf(0)] ?? {}), ['balance'])
})

test('a contract that is created has no state before, and all of it after', async () => {
  const { pre, post } = await trace<Difference>({ diffMode: true }, { data: deploying('602a') })
  const [created] = Object.keys(post).filter((one) => post[one]?.code !== undefined)
  assert.ok(created !== undefined && pre[created] === undefined)
  assert.deepEqual(post[created], {
    nonce: 1,
    code: '0x602a',
    codeHash: bytesToHex(keccak256(hexToBytes('0x602a'))),
  })
})

test('a contract of an earlier transaction outlives its SELFDESTRUCT (EIP-6780)', async () => {
  const { pre, post } = await trace<Difference>({ diffMode: true }, { to: DIES })
  assert.deepEqual(post[DIES], { balance: '0x0' })
  assert.equal(pre[DIES]?.balance, '0x64')
  assert.equal(post[HEIR]?.balance, '0x64')
  assert.equal(pre[toAddress(HEIR)], undefined)
})
