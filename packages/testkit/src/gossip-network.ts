import type { Clock } from '@busan/primitives'
import type { SeededRandom } from './seeded-random.ts'

/** What a member does with what arrives. */
export interface GossipMember {
  onConsensus(message: Uint8Array, from: string): Promise<unknown>
  onBlock(block: Uint8Array, from: string): Promise<unknown>
}

/** A member's way to send. */
export interface GossipLink {
  publishConsensus(message: Uint8Array): Promise<void>
  publishBlock(block: Uint8Array): Promise<void>
  /** Neither sends nor receives afterwards; what is under way to it is lost. */
  leave(): void
}

/** How badly the network behaves. Probabilities are for each delivery. */
export interface NetworkFaults {
  readonly delayMinMs: number
  readonly delayMaxMs: number
  readonly loss: number
  readonly duplication: number
}

/** Everyone hears everyone, over links that can delay, reorder, lose, duplicate and part. */
export interface GossipNetwork {
  /** A second member of the same id replaces the first. */
  join(id: string, member: GossipMember): GossipLink
  /** Only members of one group reach each other; ids in no group reach nobody. */
  partition(groups: readonly (readonly string[])[]): void
  heal(): void
  /** True when both are members and no partition parts them. */
  reaches(from: string, to: string): boolean
  setFaults(faults: Partial<NetworkFaults>): void
  /** Only consensus messages that pass are delivered; asked once for each receiver. */
  setFilter(passes: (message: Uint8Array, from: string, to: string) => boolean): void
  /** Deliveries so far. */
  deliveredCount(): number
}

interface Conditions {
  readonly faults: NetworkFaults
  /** Undefined: everyone reaches everyone. */
  readonly groups: readonly (readonly string[])[] | undefined
  readonly passes: (message: Uint8Array, from: string, to: string) => boolean
}

const CALM: NetworkFaults = { delayMinMs: 5, delayMaxMs: 20, loss: 0, duplication: 0 }

/** @param deps.clock delays are measured on it; a virtual clock makes the whole network deterministic */
export function createGossipNetwork(
  deps: { clock: Clock; random: SeededRandom },
  faults: Partial<NetworkFaults> = {},
): GossipNetwork {
  const members = new Map<string, GossipMember>()
  let state: Conditions = { faults: { ...CALM, ...faults }, groups: undefined, passes: () => true }
  let delivered = 0

  const change = (next: Partial<Conditions>) => {
    state = { ...state, ...next }
  }
  const connected = (from: string, to: string) =>
    state.groups?.some((group) => group.includes(from) && group.includes(to)) ?? true

  function send(
    from: string,
    deliver: (member: GossipMember) => Promise<unknown>,
    isFor: (to: string) => boolean = () => true,
  ): void {
    for (const [to, member] of members) {
      if (to === from || !isFor(to)) continue
      const current = state.faults
      const copies = deps.random.chance(current.duplication) ? 2 : 1
      for (let copy = 0; copy < copies; copy++) {
        if (!connected(from, to) || deps.random.chance(current.loss)) continue
        const spreadMs = current.delayMaxMs - current.delayMinMs
        deps.clock.schedule(current.delayMinMs + Math.round(deps.random.next() * spreadMs), () => {
          if (members.get(to) !== member || !connected(from, to)) return
          delivered++
          void deliver(member)
        })
      }
    }
  }

  function join(id: string, member: GossipMember): GossipLink {
    members.set(id, member)
    const isMember = () => members.get(id) === member
    return {
      async publishConsensus(message) {
        const isFor = (to: string) => state.passes(message, id, to)
        if (isMember()) send(id, (to) => to.onConsensus(message, id), isFor)
      },
      async publishBlock(block) {
        if (isMember()) send(id, (to) => to.onBlock(block, id))
      },
      leave: () => void (isMember() && members.delete(id)),
    }
  }

  return {
    join,
    partition: (groups) => change({ groups }),
    heal: () => change({ groups: undefined }),
    reaches: (from, to) => members.has(from) && members.has(to) && connected(from, to),
    setFaults: (next) => change({ faults: { ...state.faults, ...next } }),
    setFilter: (passes) => change({ passes }),
    deliveredCount: () => delivered,
  }
}
