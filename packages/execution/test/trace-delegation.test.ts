// Traces of transactions that let accounts delegate (EIP-7702), and of calls to accounts that do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eoaCode7702SignAuthorization } from '@ethereumjs/util'
import type { TracerSpec } from '../src/index.ts'
import { traceMined } from './tracing.ts'
import { accountOf, address, createWorld, KEYS } from './world.ts'

const SEVEN = address(0x41)
const CALLS = address(0x42)
/** Delegates to `SEVEN` from the start. */
const DELEGATING = address(0x43)

const world = await createWorld({
  alloc: {
    [SEVEN]: { code: '0x600760005260206000f3', balance: '0x0' },
    [CALLS]: { code: `0x60006000600060006000${'73'}${DELEGATING.slice(2)}5af100`, balance: '0x0' },
    [DELEGATING]: { code: `0xef0100${SEVEN.slice(2)}`, balance: '0x0' },
  },
})

/** Signed by an account that is there (1) or not (4, 5), with any nonce. */
const authorize = (key: number, nonce: number) =>
  eoaCode7702SignAuthorization(
    { chainId: '0xc738', address: SEVEN, nonce: `0x${nonce.toString(16)}` },
    KEYS[key] as Uint8Array,
  )

async function trace<Result>(tracer: TracerSpec, fields: object): Promise<Result> {
  const transaction = world.sign(0, { gasLimit: 400_000n, ...fields })
  const [result] = await traceMined<Result>(world, [transaction], tracer)
  return result as Result
}

interface Steps {
  readonly structLogs: readonly {
    readonly op: string
    readonly depth: number
    readonly refund?: number
  }[]
}

const STEPS = { name: 'structLogger', options: {} } as const
const PRESTATE = { name: 'prestateTracer', options: { diffMode: true } } as const

test('what authorizations give back stands in the refund from the first step on', async () => {
  const refund = async (authorizationList: unknown[]) => {
    const fields = { type: 4, to: SEVEN, authorizationList }
    const { structLogs } = await trace<Steps>(STEPS, fields)
    assert.ok(structLogs.every((step) => step.refund === structLogs[0]?.refund))
    return structLogs[0]?.refund
  }
  assert.equal(await refund([authorize(1, 0)]), 12_500)
  // The sender is counted up first; the second of one account finds it made by the first.
  const list = [authorize(0, 1), authorize(4, 0), authorize(4, 1), authorize(1, 9)]
  assert.equal(await refund(list), 25_000)
  assert.equal(await refund([authorize(5, 0)]), undefined)
})

test('accounts that sign are there before and after', async () => {
  type Difference = Record<'pre' | 'post', Record<string, { nonce?: number; code?: string }>>
  const fields = { type: 4, to: SEVEN, authorizationList: [authorize(1, 0)] }
  const { pre, post } = await trace<Difference>(PRESTATE, fields)
  const signer = accountOf(1)
  assert.deepEqual([pre[signer]?.nonce, pre[signer]?.code], [undefined, undefined])
  assert.deepEqual([post[signer]?.nonce, post[signer]?.code], [1, `0xef0100${SEVEN.slice(2)}`])
})

test('an account that delegates runs the code of another, and is looked at with it', async () => {
  type Frame = { to: string; output?: string; calls?: readonly Frame[] }
  const call = await trace<Frame>({ name: 'callTracer', options: {} }, { to: CALLS })
  assert.deepEqual(
    call.calls?.map(({ to, output }) => [to, output]),
    [[DELEGATING, `0x${'7'.padStart(64, '0')}`]],
  )
  const tracer = { name: 'prestateTracer', options: {} } as const
  for (const to of [CALLS, DELEGATING]) {
    const pre = await trace<Record<string, object>>(tracer, { to })
    assert.ok(pre[DELEGATING] !== undefined && pre[SEVEN] !== undefined)
  }
})
