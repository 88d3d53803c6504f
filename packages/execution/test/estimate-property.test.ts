import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, hexToBytes } from '@busan/primitives'
import fc from 'fast-check'
import { type CallRequest, TRANSACTION_GAS_MAX } from '../src/index.ts'
import { accountOf, address, createWorld } from './world.ts'

const OUTER = address(0x51)
const INNER = address(0x52)
const SLOTS = 4

const world = await createWorld({
  alloc: Object.fromEntries(
    [OUTER, INNER].map((account) => [
      account,
      {
        balance: '0xffff',
        // The first two slots are set, so that clearing them gives gas back.
        storage: { [slotKey(0)]: slotKey(9), [slotKey(1)]: slotKey(9) },
      },
    ]),
  ),
})

function slotKey(value: number): string {
  return `0x${value.toString(16).padStart(64, '0')}`
}

const byte = (value: number) => value.toString(16).padStart(2, '0')
const push2 = (value: number) => `61${value.toString(16).padStart(4, '0')}`

/** One step of a contract; steps know where they start, as a loop must. */
type Step = (at: number) => string

/** Calls a contract; a failure of it is passed on as a revert, or dropped. */
function callStep(to: Address, options: { gas: number; value: number; isStrict: boolean }): Step {
  const gas = options.gas === 0 ? '5a' : push2(options.gas)
  const call = `60006000600060006${options.value === 0 ? '000' : '001'}73${to.slice(2)}${gas}f1`
  if (!options.isStrict) return () => `${call}50`
  return (at) => {
    const after = at + call.length / 2 + 3 + 1 + 5
    return `${call}${push2(after)}5760006000fd5b`
  }
}

/** Counts down from n. */
function loopStep(n: number): Step {
  return (at) => `60${byte(n)}5b600190038060${byte(at + 2)}5750`
}

const plainStep: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.nat(SLOTS - 1), fc.nat(2)).map(
    ([slot, value]): Step =>
      () =>
        `60${byte(value)}60${byte(slot)}55`,
  ),
  fc.nat(SLOTS - 1).map(
    (slot): Step =>
      () =>
        `60${byte(slot)}5450`,
  ),
  fc.nat(0x3fff).map(
    (offset): Step =>
      () =>
        `6001${push2(offset)}52`,
  ),
  fc.nat(200).map(
    (size): Step =>
      () =>
        `60${byte(size)}6000a0`,
  ),
  fc.nat(200).map(
    (size): Step =>
      () =>
        `60${byte(size)}60002050`,
  ),
  fc.constant<Step>(() => '600060006000f050'),
)

const callToInner = fc
  .record({ gas: fc.constantFrom(0, 0, 30_000), value: fc.nat(1), isStrict: fc.boolean() })
  .map((options) => callStep(INNER, options))

function codeOf(steps: readonly Step[]): Uint8Array {
  let code = ''
  for (const step of steps) code += step(code.length / 2)
  return hexToBytes(`0x${code}00`)
}

const inner = fc.array(plainStep, { maxLength: 5 })
/** The loop comes first, where its jump target fits one byte. */
const outer = fc
  .tuple(
    fc.integer({ min: 1, max: 255 }),
    fc.array(fc.oneof(plainStep, callToInner), { maxLength: 8 }),
  )
  .map(([n, steps]) => [loopStep(n), ...steps])

test('an estimate is never too low, and at most 2 % above the least gas that does', async () => {
  await fc.assert(
    fc.asyncProperty(outer, inner, async (outerSteps, innerSteps) => {
      const options = {
        stateOverrides: new Map([
          [OUTER, { code: codeOf(outerSteps) }],
          [INNER, { code: codeOf(innerSteps) }],
        ]),
      }
      const request: CallRequest = { from: accountOf(0), to: OUTER }
      const run = async (gas: bigint) => {
        const verdict = await world.executor.call({ ...request, gas }, world.genesis, options)
        return verdict.ok && verdict.value.status === 'success' ? verdict.value : undefined
      }
      const estimate = await world.executor.estimateGas(request, world.genesis, options)
      const whole = await run(TRANSACTION_GAS_MAX)
      assert.equal(estimate.ok, whole !== undefined, 'no estimate only where nothing succeeds')
      if (!estimate.ok || whole === undefined) return
      assert.ok((await run(estimate.value)) !== undefined, `${estimate.value} is too low`)
      // With less than a whole run uses, a contract that drops failures of others would "succeed" by doing less.
      let [fails, least] = [whole.gasUsed - 1n, estimate.value]
      while (least - fails > 1n) {
        const middle = (fails + least) / 2n
        if ((await run(middle)) !== undefined) least = middle
        else fails = middle
      }
      assert.ok(estimate.value * 100n <= least * 102n, `${estimate.value} where ${least} does`)
    }),
    { numRuns: 60 },
  )
})
