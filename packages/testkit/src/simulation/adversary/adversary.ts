// One mind behind all liars: it hears everything, signs with their keys only, and says what harms most.
import type { Block } from '@busan/chain-spec'
import { encodeCompactProposal, encodeMessage, type Message } from '@busan/qbft'
import { createValidatorKeys, type ValidatorKey } from '../../validator-keys.ts'
import type { Packet } from '../network.ts'
import type { PlanItem, Scenario } from '../plan.ts'
import { streamOf } from '../scenario.ts'
import { ACTS } from './acts.ts'
import { DECEITS, type Outgoing } from './deceits.ts'
import { createKnowledge, type HeightFacts } from './knowledge.ts'

type ActItem = PlanItem & { readonly kind: 'act' }
type DeceitItem = PlanItem & { readonly kind: 'deceit' }

/** The liars of a run. */
export interface Adversary {
  /** Every message that an honest node sends, whether it arrives or not. */
  overhear(message: Message<Block>): void
  /** What a liar's own validator wants to send. */
  publish(from: number, message: Message<Block>): void
  act(item: ActItem): void
  begin(item: DeceitItem): void
  end(item: DeceitItem): void
}

/** What the adversary sees and can do. */
export interface AdversaryPorts {
  readonly scenario: Scenario
  readonly keys: readonly ValidatorKey[]
  /** Of the highest height under decision. */
  readonly facts: () => HeightFacts | undefined
  /** The highest round that an honest node is in at that height. */
  readonly round: () => number
  readonly send: (from: number, to: number, packet: Packet) => void
  /** Told of every lie. */
  readonly onSaid: (message: Message<Block>) => void
}

const STRANGER_COUNT = 10
const STRANGERS_FROM = 24

/** Liars who have heard nothing yet. */
export function createAdversary(ports: AdversaryPorts): Adversary {
  const { scenario, keys, facts } = ports
  const knowledge = createKnowledge(scenario.liars.map((liar) => keys[liar] as ValidatorKey))
  const strangers = strangersTo(keys)
  const active = new Set<DeceitItem>()
  const streams = new Map(
    scenario.liars.map((liar) => [liar, streamOf(scenario.seed, `liar ${liar}`)]),
  )
  const othersThan = (from: number) => keys.flatMap((_, node) => (node === from ? [] : [node]))

  function send(from: number, { message, to, isCompact }: Outgoing): void {
    knowledge.hear(message)
    ports.onSaid(message)
    const compact = isCompact && message.type === 'proposal' && encodeCompactProposal(message)
    const bytes = compact || encodeMessage(message)
    for (const node of to) ports.send(from, node, { kind: 'consensus', bytes, message })
  }

  function publish(from: number, message: Message<Block>): void {
    const key = keys[from]
    const random = streams.get(from)
    const known = facts()
    if (key === undefined || random === undefined || known === undefined) return
    let outgoing: readonly Outgoing[] = [{ message, to: othersThan(from) }]
    for (const { node, name } of active) {
      if (node !== from) continue
      outgoing = outgoing.flatMap((one) =>
        DECEITS[name]({ key, knowledge, facts: known, random }, one),
      )
    }
    for (const one of outgoing) send(from, one)
  }

  function act({ node, name, salt }: ActItem): void {
    const known = facts()
    const key = keys[node]
    if (known === undefined || key === undefined) return
    const random = streamOf(salt, name)
    const some = () => othersThan(node).filter(() => random.chance(0.7))
    const say = (message: Message<Block>) => send(node, { message, to: some() })
    const sayBlock = (block: Block) => {
      for (const to of some()) ports.send(node, to, { kind: 'block', block })
    }
    const round = ports.round()
    ACTS[name]({ key, knowledge, facts: known, random, strangers, round, say, sayBlock })
  }

  return {
    overhear: (message) => knowledge.hear(message),
    publish,
    act,
    begin: (item) => void active.add(item),
    end: (item) => void active.delete(item),
  }
}

/** Keys that are in no set. */
function strangersTo(keys: readonly ValidatorKey[]): readonly ValidatorKey[] {
  const members = new Set(keys.map(({ address }) => address))
  return createValidatorKeys(STRANGERS_FROM)
    .filter(({ address }) => !members.has(address))
    .slice(0, STRANGER_COUNT)
}
