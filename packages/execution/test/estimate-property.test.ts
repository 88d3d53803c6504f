import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accountOf, address, createWorld } from './world.ts'

const RUNS = Number(process.env.BUSAN_PROPERTY_RUNS ?? 60)
const CONTRACT_COUNT = 4
const GAS_MAX = 16_777_216n

const contractAt = (index: number) => address(0xb0 + index)
const hex = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, '0')
const word = (value: number) => hex(value, 32)

/** What a contract does; each opcode sequence leaves the stack as it was. */
type Act =
  | { readonly kind: 'store'; readonly slot: number; readonly value: number }
  | { readonly kind: 'loop'; readonly count: number }
  | { readonly kind: 'hash'; readonly sizeBytes: number }
  | { readonly kind: 'call'; readonly callee: number; readonly value: number }
  | { readonly kind: 'create'; readonly value: number }

const act: fc.Arbitrary<Act> = fc.oneof(
  // Slots 0 to 3 are set at genesis: clearing one refunds.
  fc.record({ kind: fc.constant('store'), slot: fc.nat(7), value: fc.nat(2) }),
  fc.record({ kind: fc.constant('loop'), count: fc.integer({ min: 1, max: 2_000 }) }),
  fc.record({ kind: fc.constant('hash'), sizeBytes: fc.nat(20_000) }),
  fc.record({ kind: fc.constant('call'), callee: fc.nat(CONTRACT_COUNT - 1), value: fc.nat(1) }),
  fc.record({ kind: fc.constant('create'), value: fc.nat(1) }),
)

/** Code that succeeds whenever it has the gas: inner failures are passed on, so more gas never hurts. */
function codeOf(index: number, acts: readonly Act[]): string {
  let code = ''
  for (const one of acts) {
    switch (one.kind) {
      case 'store':
        code += `60${hex(one.value, 1)}60${hex(one.slot, 1)}55`
        break
      case 'loop': {
        code += `61${hex(one.count, 2)}`
        const start = hex(code.length / 2, 2)
        code += `5b600190038061${start}5750`
        break
      }
      case 'hash':
        code += `61${hex(one.sizeBytes, 2)}60002050`
        break
      case 'call': {
        // Only later contracts are called: no recursion.
        if (one.callee <= index) break
        const target = contractAt(one.callee).slice(2)
        code += `600060006000600060${hex(one.value, 1)}73${target}5af1`
        code += orRevert(code.length / 2)
        break
      }
      case 'create':
        code += `6000600060${hex(one.value, 1)}f0`
        code += orRevert(code.length / 2)
    }
  }
  return `0x${code}00`
}

/** Goes on when the top of the stack is not zero. */
function orRevert(at: number): string {
  return `61${hex(at + 9, 2)}5760006000fd5b`
}

test('an estimate is enough, and at most 2 % above what a search by execution finds', async () => {
  const program = fc.array(act, { maxLength: 6 })
  const programs = fc.tuple(program, program, program, program)
  const value = fc.nat(1).map(BigInt)
  await fc.assert(
    fc.asyncProperty(programs, value, async (contracts, valueWei) => {
      const storage = Object.fromEntries(
        [0, 1, 2, 3].map((slot) => [`0x${word(slot)}`, `0x${word(1)}`]),
      )
      const { executor, genesis } = await createWorld({
        alloc: Object.fromEntries(
          contracts.map((acts, index) => [
            contractAt(index),
            { code: codeOf(index, acts), balance: '0xffff', storage },
          ]),
        ),
      })
      const request = { from: accountOf(0), to: contractAt(0), valueWei }
      const succeeds = async (gas: bigint): Promise<boolean> => {
        const ran = await executor.call({ ...request, gas }, genesis)
        return ran.ok && ran.value.status === 'success'
      }
      const estimate = await executor.estimateGas(request, genesis)
      if (!estimate.ok) {
        assert.equal(await succeeds(GAS_MAX), false, estimate.message)
        return
      }
      assert.ok(await succeeds(estimate.value), `${estimate.value} is too little`)
      let low = 20_999n
      let high = GAS_MAX
      while (low + 1n < high) {
        const middle = (low + high) / 2n
        if (await succeeds(middle)) high = middle
        else low = middle
      }
      const excess = Number(estimate.value - high) / Number(high)
      assert.ok(excess <= 0.02, `${estimate.value} is ${excess * 100} % above ${high}`)
    }),
    { numRuns: RUNS },
  )
})
