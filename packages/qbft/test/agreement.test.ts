import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { faulty } from '../src/quorum.ts'
import type { Message, Validator } from '../src/types.ts'
import { createAdversary } from './harness/adversary.ts'
import type { FakeBlock } from './harness/fake-blocks.ts'
import { createNetwork, type Network, type NetworkOptions } from './harness/network.ts'
import { createRandom, type Random } from './harness/random.ts'

interface Run {
  readonly count: number
  readonly seed: number
  readonly liars: number
}

const STEPS = 900

function prepareRun({ count, seed, liars }: Run, sabotage?: NetworkOptions['sabotage']) {
  const random = createRandom(seed)
  const positions = [...Array(count).keys()]
  const byzantine: number[] = []
  while (byzantine.length < liars) {
    const position = random.pick(positions.filter((one) => !byzantine.includes(one)))
    byzantine.push(position)
  }
  const isSlow = random.chance(0.5)
  const network = createNetwork({ count, byzantine, isSlow, ...(sabotage && { sabotage }) })
  const names = byzantine.map((position) => network.validators[position] as never)
  return { network, random, adversary: createAdversary(network, names, random) }
}

/** Arrival in any order, loss, repetition, timeouts at any moment, restarts, and whatever the liars say. */
function makeChaos(network: Network, random: Random, act: () => void): void {
  const nodes = [...network.nodes.values()]
  const rates = new Map(nodes.map(({ self }) => [self, lossRates(random)]))
  network.start()
  for (let i = 0; i < STEPS; i++) {
    const dice = random.below(100)
    const node = random.pick(nodes)
    if (dice < 70) deliverAny(network, random, rates)
    else if (dice < 87) network.work(node)
    else if (dice < 89) network.expire(network.validators.indexOf(node.self))
    else if (dice < 90 && node.decided === undefined)
      network.restart(network.validators.indexOf(node.self))
    else if (dice < 92) network.retransmit()
    else act()
  }
}

type LossRates = Readonly<Record<Message<FakeBlock>['type'], number>>

/** What one validator misses: it may hear proposals and votes well, and hardly a commit. */
function lossRates(random: Random): LossRates {
  const pick = () => random.pick([0, 0, 0, 0.1, 0.8])
  if (random.chance(0.3)) return { proposal: 0, prepare: 0, commit: 0.95, 'round-change': 0 }
  return { proposal: pick(), prepare: pick(), commit: pick(), 'round-change': pick() }
}

function deliverAny(
  network: Network,
  random: Random,
  rates: ReadonlyMap<Validator, LossRates>,
): void {
  if (network.inFlight.length === 0 && random.chance(0.2)) network.retransmit()
  const [envelope] = network.inFlight.splice(random.below(network.inFlight.length), 1)
  if (envelope === undefined) return
  const rate = rates.get(envelope.to)?.[envelope.message.type] ?? 0
  if (!random.chance(rate)) network.deliver(envelope)
}

/**
 * Every message arrives, timers fire, and drivers send again.
 * @param act what the liars do meanwhile
 * @returns whether it came to `isDone` within 20 rounds
 */
function heal(network: Network, isDone: () => boolean, act: () => void = () => {}): boolean {
  for (let cycle = 0; cycle < 20; cycle++) {
    network.retransmit()
    for (let i = 0; i < 10; i++) act()
    settle(network)
    if (isDone()) return true
    for (const [index, validator] of network.validators.entries()) {
      if (network.nodes.has(validator)) network.expire(index)
    }
    settle(network)
  }
  return false
}

function settle(network: Network): void {
  do {
    network.deliverWhere()
    for (const node of network.nodes.values()) network.work(node)
  } while (network.inFlight.length > 0)
}

const runs = fc
  .record({ count: fc.constantFrom(4, 5, 6, 7), seed: fc.integer({ min: 0 }) })
  .map(({ count, seed }) => ({ count, seed, liars: seed % (faulty(count) + 1) }))

test('validators never decide two blocks at one height, whatever is lost, late, or a lie', () => {
  let decidedRuns = 0
  fc.assert(
    fc.property(runs, (run) => {
      const { network, random, adversary } = prepareRun(run)
      makeChaos(network, random, adversary.act)
      heal(network, () => network.decisions().size > 1, adversary.act)
      assert.ok(network.decisions().size <= 1, `decided ${[...network.decisions()]}`)
      if (network.decisions().size === 1) decidedRuns += 1
    }),
    { numRuns: 300 },
  )
  assert.ok(decidedRuns > 50, `only ${decidedRuns} runs decided: the schedule tests little`)
})

test('validators decide once messages arrive, with f of them silent', () => {
  fc.assert(
    fc.property(runs, (run) => {
      const { network, random, adversary } = prepareRun(run)
      makeChaos(network, random, adversary.act)
      assert.ok(heal(network, () => network.decisions().size > 0))
      assert.equal(network.decisions().size, 1)
    }),
    { numRuns: 100 },
  )
})

test('the schedules are harsh enough to break a machine whose quorum is one too small', () => {
  let forks = 0
  for (let seed = 0; seed < 300 && forks === 0; seed++) {
    const { network, random, adversary } = prepareRun({ count: 4, seed, liars: 1 }, (state) => ({
      ...state,
      quorum: 2,
    }))
    makeChaos(network, random, adversary.act)
    heal(network, () => network.decisions().size > 1, adversary.act)
    if (network.decisions().size > 1) forks += 1
  }
  assert.equal(forks, 1)
})

test('the schedules are harsh enough to break a machine that forgets its lock', () => {
  let forks = 0
  for (let seed = 0; seed < 600 && forks === 0; seed++) {
    const { network, random, adversary } = prepareRun({ count: 4, seed, liars: 1 }, (state) => ({
      ...state,
      prepared: undefined,
    }))
    makeChaos(network, random, adversary.act)
    heal(network, () => network.decisions().size > 1, adversary.act)
    if (network.decisions().size > 1) forks += 1
  }
  assert.equal(forks, 1)
})
