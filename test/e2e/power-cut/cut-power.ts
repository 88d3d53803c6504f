// Kills all validators at once, again and again, at random moments under load, and checks what they were left with.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeNetwork, type NodeProcess, type TestNetwork, until } from '../chain-process.ts'
import { compareChains } from '../network-faults/agreement.ts'
import { type Load, pause, startLoad } from '../network-faults/load.ts'
import { type ClaimLedger, createClaimLedger, readSigned } from './equivocation.ts'
import { floodAlloc, startFlood } from './flood.ts'
import { type GossipTap, startGossipTap } from './gossip-tap.ts'
import { recomputeState } from './stored-state.ts'

/** What all cuts together did. */
export interface PowerCutReport {
  readonly cuts: number
  /** Cuts that came before every validator had its RPC up again. */
  readonly cutsDuringStart: number
  readonly blocks: number
  readonly receipts: number
  readonly lostReceipts: number
  readonly forks: number
  /** Validators that came back below a head they had served. */
  readonly lostHeads: number
  /** States of killed validators' heads that were hashed again from trie and tables on disk, all equal to the header's root. */
  readonly statesChecked: number
  /** Transactions of the flood. */
  readonly flooded: number
  /** Signed claims seen: height, round and type of one key each. */
  readonly claims: number
  readonly heardMessages: number
  readonly equivocations: readonly string[]
  /** From the start of the processes until each is above the head before the cut, in seconds. */
  readonly recoverySeconds: readonly number[]
}

/** When to end: after a number of cuts, or when the time is over. */
export interface PowerCutOptions {
  readonly times: number
  readonly deadlineMs: number
  /** Validators take all the transactions they can while they run. */
  readonly isFlooded?: boolean
  readonly report?: (line: string) => void
}

const CHAIN_ID = 51_053n
const VALIDATORS = 4
const START_DEADLINE_MS = 90_000
/** Compared after each cut; everything is at the end. */
const RECENT_BLOCKS = 50
const RECENT_RECEIPTS = 200
/** This part of the cuts is followed by one that comes while the processes start. */
const EARLY_CUT_PART = 0.25

/** Runs four validators and cuts their power. Rejects when they do not come back. */
export async function cutPower(options: PowerCutOptions): Promise<PowerCutReport> {
  const network = await makeNetwork({ validators: VALIDATORS })
  const ledger = createClaimLedger()
  let tap: GossipTap | undefined
  let load: Load | undefined
  let flood: ReturnType<typeof startFlood> | undefined
  try {
    fundFlood(network)
    startAll(network)
    await everyoneAbove(network, 1)
    tap = await startGossipTap(network, ledger)
    const up = { now: true, isFlooded: true }
    const targets = () => (up.now ? network.validators : [])
    load = startLoad(targets, { chainId: CHAIN_ID, perSecond: 20 })
    if (options.isFlooded) {
      flood = startFlood(() => (up.isFlooded ? targets() : []), CHAIN_ID, VALIDATORS)
    }
    const counts = await cutAgainAndAgain({ network, ledger, load, up, options })
    await Promise.all([load.stop(), flood?.stop()])
    const { forks, lost } = await compareChains(network.validators, load.served)
    const heights = await Promise.all(network.validators.map((node) => node.height()))
    return {
      ...counts,
      blocks: Math.max(...heights),
      receipts: load.served.length,
      flooded: flood?.sent() ?? 0,
      lostReceipts: lost,
      forks,
      claims: ledger.size(),
      heardMessages: tap.heard(),
      equivocations: ledger.equivocations.map(
        ({ author, what, subjects }) => `${author} signed two ${what}: ${subjects.join(' and ')}`,
      ),
    }
  } catch (error) {
    const tails = network.validators.map((node) => tailOf(network, node))
    throw new Error(`${String(error)}\n${tails.join('\n')}`, { cause: error })
  } finally {
    await Promise.all([load?.stop(), flood?.stop()])
    await tap?.stop()
    await network.close()
  }
}

interface Trial {
  readonly network: TestNetwork
  readonly ledger: ClaimLedger
  readonly load: Load
  /** Whether traffic may go to the validators. */
  readonly up: { now: boolean; isFlooded: boolean }
  readonly options: PowerCutOptions
}

type Counts = Pick<
  PowerCutReport,
  'cuts' | 'cutsDuringStart' | 'lostHeads' | 'recoverySeconds' | 'statesChecked'
>

async function cutAgainAndAgain(trial: Trial): Promise<Counts> {
  const { network, load, up, options } = trial
  const endMs = Date.now() + options.deadlineMs
  const recoverySeconds: number[] = []
  let [cuts, cutsDuringStart, lostHeads, statesChecked] = [0, 0, 0, 0]
  while (cuts < options.times && Date.now() < endMs) {
    await pause(Math.random() * 3_000)
    const heads = await Promise.all(network.validators.map((node) => node.height()))
    await cut(trial)
    statesChecked += await checkStates(network)
    cuts++
    if (Math.random() < EARLY_CUT_PART && cuts < options.times) {
      startAll(network)
      await pause(Math.random() * 2_000)
      await cut(trial)
      statesChecked += await checkStates(network)
      cuts++
      cutsDuringStart++
    }
    const startedMs = Date.now()
    startAll(network)
    const firstHeads = await Promise.all(network.validators.map(firstHeight))
    lostHeads += firstHeads.filter((height, index) => height < (heads[index] as number)).length
    await everyoneAbove(network, Math.max(...heads))
    recoverySeconds.push((Date.now() - startedMs) / 1000)
    up.now = true
    const seconds = recoverySeconds.at(-1)?.toFixed(1)
    options.report?.(`cut ${cuts}: head ${Math.max(...heads)}, back and past it in ${seconds} s`)
    const recent = Math.max(0, Math.max(...heads) - RECENT_BLOCKS)
    const { forks, lost } = await compareChains(
      network.validators,
      load.served.slice(-RECENT_RECEIPTS),
      recent,
    )
    if (forks + lost > 0)
      throw new Error(`after cut ${cuts}: ${forks} forks, ${lost} receipts lost`)
    // Not while chains are compared: the answers have a deadline.
    up.isFlooded = true
  }
  return { cuts, cutsDuringStart, lostHeads, statesChecked, recoverySeconds }
}

/** All at once, as a power cut does; then what each has signed is read from its journal. */
async function cut({ network, ledger, up }: Trial): Promise<void> {
  up.now = false
  up.isFlooded = false
  await Promise.all(network.validators.map((node) => node.end('SIGKILL')))
  for (const { name } of network.validators) {
    const journal = path.join(network.folder, name, 'data', 'consensus.journal')
    for (const message of await readSigned(journal)) ledger.add(message)
  }
}

/** Every validator's state, hashed again from its trie and from its tables as the disk has them. @returns how many */
async function checkStates({ folder, validators }: TestNetwork): Promise<number> {
  for (const { name } of validators) {
    const { number, claimed, recomputed, fromTables } = await recomputeState(
      path.join(folder, name, 'data'),
    )
    const found = [recomputed, fromTables.stateRoot]
    if (found.every((root) => root === claimed)) continue
    throw new Error(
      `${name}: block ${number} says ${claimed}, its trie is ${found[0]}, its tables are ${found[1]}`,
    )
  }
  return validators.length
}

function fundFlood({ folder }: TestNetwork): void {
  const file = path.join(folder, 'genesis.json')
  const genesis = JSON.parse(readFileSync(file, 'utf8'))
  const alloc = { ...genesis.alloc, ...floodAlloc(VALIDATORS) }
  writeFileSync(file, JSON.stringify({ ...genesis, alloc }))
}

function startAll({ validators }: TestNetwork): void {
  for (const node of validators) node.start()
}

function firstHeight(node: NodeProcess): Promise<number> {
  return until(
    `${node.name} answers`,
    START_DEADLINE_MS,
    () => node.height(),
    () => true,
  )
}

async function everyoneAbove({ validators }: TestNetwork, height: number): Promise<void> {
  await Promise.all(
    validators.map((node) =>
      until(
        `${node.name} above ${height}`,
        START_DEADLINE_MS,
        () => node.height(),
        (seen) => seen > height,
      ),
    ),
  )
}

function tailOf({ folder }: TestNetwork, { name }: NodeProcess): string {
  const log = readFileSync(path.join(folder, name, 'node.log'), 'utf8')
  return `--- ${name}\n${log.split('\n').slice(-25).join('\n')}`
}
