import { faulty } from '@busan/qbft'
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts'
import { ACT_NAMES } from './adversary/acts.ts'
import { DECEIT_NAMES } from './adversary/deceits.ts'
import { type Ballot, type PlanItem, type Scenario, SIZES, type Span, type Theme } from './plan.ts'

/** The sizes by how often they come: small ones run faster, 4 is what the first networks have. */
const SIZE_WEIGHTS: Readonly<Record<(typeof SIZES)[number], number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 20,
  5: 8,
  6: 8,
  7: 4,
  9: 1,
  10: 1,
}
const WEIGHTED_SIZES = SIZES.flatMap((size) => new Array<number>(SIZE_WEIGHTS[size]).fill(size))
const WEIGHTED_THEMES: readonly Theme[] = [
  'calm',
  'weather',
  'partition',
  'crash',
  'crash',
  'byzantine',
  'byzantine',
  'byzantine',
  'election',
  'clocks',
  'storm',
  'storm',
]

/** Fixed parts of a scenario that is otherwise drawn from its seed. */
export interface ScenarioChoice {
  readonly validatorCount?: number
  readonly theme?: Theme
}

/** A stream of chance of its own for each purpose: taking one item out of a plan leaves the others as they were. */
export function streamOf(seed: number, purpose: string): SeededRandom {
  let mixed = seed >>> 0
  for (let i = 0; i < purpose.length; i++) {
    mixed = Math.imul(mixed ^ purpose.charCodeAt(i), 0x01000193) >>> 0
    mixed ^= mixed >>> 13
  }
  return createSeededRandom(mixed)
}

/** Draws a scenario: the same seed and choice give the same one. */
export function createScenario(seed: number, choice: ScenarioChoice = {}): Scenario {
  const random = streamOf(seed, 'scenario')
  const drawnSize = random.pick(WEIGHTED_SIZES)
  const drawnTheme = random.pick(WEIGHTED_THEMES)
  const validatorCount = choice.validatorCount ?? drawnSize
  const theme = choice.theme ?? drawnTheme
  const isElection = theme === 'election' || (theme === 'storm' && random.chance(0.3))
  const ballot = isElection ? drawBallot(random, validatorCount) : undefined
  const nodeCount = validatorCount + (ballot?.add ? 1 : 0)
  const healMs = theme === 'calm' ? 0 : 1200 + random.below(3300)
  const draft: Draft = { random, theme, validatorCount, nodeCount, healMs }
  const liars = drawLiars(draft, ballot)
  const faults = theme === 'calm' ? [] : drawFaults(draft)
  const lies = liars.flatMap((liar) => drawLies(draft, liar))
  const wipes = drawWipes(seed, draft, { liars, ballot })
  return {
    seed,
    theme,
    validatorCount,
    nodeCount,
    liars,
    ...(ballot === undefined ? {} : { ballot }),
    requestTimeoutMs: random.pick([800, 1000, 2000]),
    healMs,
    items: [...faults, ...wipes, ...lies, ...drawWithheld(seed, liars)],
  }
}

interface Draft {
  readonly random: SeededRandom
  readonly theme: Theme
  readonly validatorCount: number
  readonly nodeCount: number
  readonly healMs: number
}

function drawBallot(random: SeededRandom, validatorCount: number): Ballot {
  const add = validatorCount === 1 || random.chance(0.5)
  return { add, subject: add ? validatorCount : random.below(validatorCount) }
}

/** How many may fail in the smaller of the two sets, whoever is voted in or out. */
function faultyMax({ validatorCount }: Draft, ballot: Ballot | undefined): number {
  return faulty(Math.max(1, ballot?.add === false ? validatorCount - 1 : validatorCount))
}

function drawLiars(draft: Draft, ballot: Ballot | undefined): number[] {
  const { random, theme, validatorCount } = draft
  if (theme === 'calm' || theme === 'clocks') return []
  const most = faultyMax(draft, ballot)
  if (most === 0 || (theme !== 'byzantine' && random.chance(0.4))) return []
  const count = random.chance(0.7) ? most : 1 + random.below(most)
  return shuffled(random, range(validatorCount)).slice(0, count).sort()
}

function drawFaults(draft: Draft): PlanItem[] {
  const { random, theme } = draft
  const includes = (own: Theme) => theme === own || theme === 'storm' || random.chance(0.25)
  const items: PlanItem[] = []
  if (includes('weather') || theme === 'byzantine') items.push(drawWeather(draft))
  if (includes('partition')) items.push(...drawPartitions(draft))
  if (includes('crash')) items.push(...drawCrashes(draft))
  if (includes('clocks')) items.push(...drawSkews(draft))
  if (random.chance(0.3)) items.push(...drawSyncs(draft))
  return items
}

function drawWeather({ random, healMs }: Draft): PlanItem {
  const delayMaxMs = random.pick([30, 200, 600, 1500])
  return {
    kind: 'weather',
    fromMs: 0,
    toMs: healMs,
    loss: random.pick([0, 0.1, 0.3, 0.5]),
    duplication: random.pick([0, 0.1, 0.3]),
    delayMinMs: random.pick([1, 5, 20]),
    delayMaxMs,
  }
}

function drawPartitions(draft: Draft): PlanItem[] {
  const { random, nodeCount } = draft
  return range(1 + random.below(3)).map((): PlanItem => {
    const nodes = shuffled(random, range(nodeCount))
    const cut = 1 + random.below(Math.max(1, nodeCount - 1))
    const groups = [nodes.slice(0, cut), nodes.slice(cut)] as const
    const span = drawSpan(draft)
    if (random.chance(0.4)) return { kind: 'one-way', from: groups[0], to: groups[1], ...span }
    return { kind: 'partition', groups, ...span }
  })
}

function drawCrashes({ random, theme, nodeCount, healMs }: Draft): PlanItem[] {
  const downMs = () => random.pick([5, 50, 300, 1500])
  if (random.chance(0.15)) {
    const atMs = random.below(healMs)
    return range(nodeCount).map((node) => ({ kind: 'crash', node, atMs, downMs: downMs() }))
  }
  const count = 1 + random.below(theme === 'crash' ? 2 * nodeCount : nodeCount)
  return range(count).map((): PlanItem => {
    const node = random.below(nodeCount)
    if (random.chance(0.5)) {
      return { kind: 'crash-at-write', node, write: 1 + random.below(12), downMs: downMs() }
    }
    return { kind: 'crash', node, atMs: random.below(healMs), downMs: downMs() }
  })
}

/**
 * A validator without its journal is silent for some blocks: as good as a liar to the others' quorum. The chance
 * is a stream of its own, so that the rest of a plan is the same with and without.
 */
function drawWipes(
  seed: number,
  draft: Draft,
  { liars, ballot }: { readonly liars: readonly number[]; readonly ballot: Ballot | undefined },
): PlanItem[] {
  const { theme, validatorCount, healMs } = draft
  const random = streamOf(seed, 'wipes')
  const most = faultyMax(draft, ballot) - liars.length
  if (theme === 'calm' || most < 1 || !random.chance(theme === 'crash' ? 0.5 : 0.15)) return []
  const honest = range(validatorCount).filter((node) => !liars.includes(node))
  return shuffled(random, honest)
    .slice(0, 1 + random.below(most))
    .map((node): PlanItem => {
      const downMs = random.pick([5, 50, 300, 1500])
      return { kind: 'wipe', node, atMs: random.below(healMs), downMs }
    })
}

/** A stream of its own, as for wipes. */
function drawWithheld(seed: number, liars: readonly number[]): PlanItem[] {
  const random = streamOf(seed, 'withheld')
  return liars
    .filter(() => random.chance(0.4))
    .map((node): PlanItem => {
      const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }
      return { kind: 'deceit', node, name: 'withheld transactions', ...span }
    })
}

const SKEW_MS_MAX = 2000

function drawSkews({ random, nodeCount }: Draft): PlanItem[] {
  return range(nodeCount)
    .filter(() => random.chance(0.6))
    .map((node) => {
      const offsetMs = Math.round((2 * random.next() - 1) * SKEW_MS_MAX)
      return { kind: 'skew', node, offsetMs }
    })
}

function drawSyncs(draft: Draft): PlanItem[] {
  const { random, nodeCount, healMs } = draft
  return range(1 + random.below(4)).map((): PlanItem => {
    const node = random.below(nodeCount)
    if (random.chance(0.2)) return { kind: 'behind', node, ...drawSpan(draft) }
    return { kind: 'sync', node, atMs: random.below(healMs + 1000) }
  })
}

/** Liars go on after the network has healed: the chain must live with them. */
const LIES_GO_ON_MS = 2000

function drawLies({ random, healMs }: Draft, node: number): PlanItem[] {
  const menu = DECEIT_NAMES.filter((name) => name !== 'withheld transactions')
  const names = shuffled(random, menu).slice(0, 1 + random.below(3))
  const isForEver = random.chance(0.5)
  const toMs = isForEver ? Number.MAX_SAFE_INTEGER : healMs + random.below(LIES_GO_ON_MS)
  const deceits = names.map((name): PlanItem => ({ kind: 'deceit', node, name, fromMs: 0, toMs }))
  const acts = range(3 + random.below(11)).map((): PlanItem => {
    const atMs = random.below(healMs + LIES_GO_ON_MS)
    const salt = random.below(2 ** 31)
    return { kind: 'act', node, name: random.pick(ACT_NAMES), atMs, salt }
  })
  return [...deceits, ...acts]
}

function drawSpan({ random, healMs }: Draft): Span {
  const fromMs = random.below(healMs)
  return { fromMs, toMs: fromMs + random.below(healMs - fromMs) }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function shuffled<Item>(random: SeededRandom, items: readonly Item[]): Item[] {
  const mixed = [...items]
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[mixed[i], mixed[j]] = [mixed[j] as Item, mixed[i] as Item]
  }
  return mixed
}
