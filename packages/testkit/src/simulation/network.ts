import type { Block } from '@busan/chain-spec'
import type { Clock } from '@busan/primitives'
import type { Message } from '@busan/qbft'
import type { SeededRandom } from '../seeded-random.ts'
import type { PlanItem, Weather } from './plan.ts'
import { streamOf } from './scenario.ts'

/** What travels. */
export type Packet =
  | {
      readonly kind: 'consensus'
      readonly bytes: Uint8Array
      /** What the bytes hold, for those who watch; the receiver reads the bytes. */
      readonly message: Message<Block>
    }
  /** Never altered on the way, so that it need not be decoded anew by every node. */
  | { readonly kind: 'block'; readonly block: Block }
  /** A question or its answer. */
  | { readonly kind: 'call'; readonly run: () => void }

/** Links between all pairs of nodes; what they do to packets is decided by the plan's items. */
export interface SimulatedNetwork {
  send(from: number, to: number, packet: Packet): void
  broadcast(from: number, packet: Packet): void
  /** True when nothing parts the two. */
  reaches(from: number, to: number): boolean
  begin(item: PlanItem): void
  end(item: PlanItem): void
}

const HEALTHY: Weather = { loss: 0, duplication: 0, delayMinMs: 2, delayMaxMs: 15 }

/** @param options.deliver is called when a packet arrives */
export function createSimulatedNetwork(options: {
  readonly seed: number
  readonly nodeCount: number
  readonly clock: Clock
  readonly deliver: (to: number, packet: Packet, from: number) => void
}): SimulatedNetwork {
  const { clock, nodeCount, deliver, seed } = options
  const active = new Set<PlanItem>()
  const streams = new Map<number, SeededRandom>()
  let weather = HEALTHY

  function streamFor(from: number, to: number): SeededRandom {
    const link = from * nodeCount + to
    const known = streams.get(link)
    if (known !== undefined) return known
    const stream = streamOf(seed, `link ${from} ${to}`)
    streams.set(link, stream)
    return stream
  }

  const reaches = (from: number, to: number) => ![...active].some((item) => parts(item, from, to))

  function send(from: number, to: number, packet: Packet): void {
    const random = streamFor(from, to)
    const copies = random.chance(weather.duplication) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const isLost = random.chance(weather.loss)
      const spreadMs = weather.delayMaxMs - weather.delayMinMs
      const delayMs = weather.delayMinMs + Math.round(random.next() * Math.max(0, spreadMs))
      if (isLost || !reaches(from, to)) continue
      clock.schedule(delayMs, () => {
        if (reaches(from, to)) deliver(to, packet, from)
      })
    }
  }

  return {
    send,
    broadcast(from, packet) {
      for (let to = 0; to < nodeCount; to++) if (to !== from) send(from, to, packet)
    },
    reaches,
    begin(item) {
      if (item.kind === 'weather') weather = item
      else active.add(item)
    },
    end(item) {
      if (item === weather) weather = HEALTHY
      active.delete(item)
    },
  }
}

function parts(item: PlanItem, from: number, to: number): boolean {
  if (item.kind === 'one-way') return item.from.includes(from) && item.to.includes(to)
  if (item.kind !== 'partition') return false
  return !item.groups.some((group) => group.includes(from) && group.includes(to))
}
