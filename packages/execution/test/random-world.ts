// Chains of contracts with random code, at any fork.
import { hexToBytes } from '@busan/primitives'
import fc from 'fast-check'
import type { Transaction } from '../src/index.ts'
import { CONTRACT_COUNT, contractAt, DELEGATING, randomCode } from './random-code.ts'
import { createWorld, type World } from './world.ts'

const BLOCK_FORKS = [
  'homestead',
  'eip150',
  'eip158',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'muirGlacier',
  'berlin',
  'london',
  'arrowGlacier',
  'grayGlacier',
  'mergeNetsplit',
]
const TIME_FORKS = ['shanghai', 'cancun', 'prague', 'osaka']
const FORK_KEYS = [
  ...BLOCK_FORKS.map((fork) => `${fork}Block`),
  ...TIME_FORKS.map((fork) => `${fork}Time`),
]

/** The last fork that is active in each run. */
export const LAST_FORKS = [
  'eip150Block',
  'byzantiumBlock',
  'constantinopleBlock',
  'petersburgBlock',
  'istanbulBlock',
  'berlinBlock',
  'londonBlock',
  'shanghaiTime',
  'cancunTime',
  'osakaTime',
]

/** Contracts of random code, and transactions to them or with it. */
export const scenario = fc.record({
  codes: fc.array(randomCode, { minLength: CONTRACT_COUNT, maxLength: CONTRACT_COUNT }),
  calls: fc.array(
    fc.record({
      to: fc.option(fc.nat(CONTRACT_COUNT - 1).map(contractAt), { nil: undefined, freq: 5 }),
      value: fc.nat(3).map(BigInt),
      gasLimit: fc.integer({ min: 60_000, max: 600_000 }).map(BigInt),
      data: fc.uint8Array({ maxLength: 70 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
})
export type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

/** A chain of which `lastFork` is the last fork, with the contracts of a scenario. */
export async function worldOf({ codes }: Scenario, lastFork: string): Promise<World> {
  const later = FORK_KEYS.slice(FORK_KEYS.indexOf(lastFork) + 1)
  const alloc = Object.fromEntries(
    codes.map((code, index) => [
      contractAt(index),
      { code: `0x${code}`, balance: '0x5', nonce: '0x1', storage: { '0x1': '0x2' } },
    ]),
  )
  const isLondon = !later.includes('londonBlock')
  return createWorld({
    alloc: { ...alloc, [DELEGATING]: { code: `0xef0100${contractAt(0).slice(2)}` } },
    config: Object.fromEntries(later.map((key) => [key, undefined])),
    ...(isLondon ? {} : { document: { baseFeePerGas: undefined } }),
  })
}

/** The transactions of a scenario, signed by the first account. */
export function transactionsOf(world: World, { calls, codes }: Scenario): readonly Transaction[] {
  return calls.map(({ to, value, gasLimit, data }, nonce) =>
    world.sign(0, {
      type: 0,
      nonce,
      value,
      gasLimit,
      ...(to === undefined
        ? { data: hexToBytes(`0x${codes[nonce % CONTRACT_COUNT]}`) }
        : { to, data }),
    }),
  )
}
