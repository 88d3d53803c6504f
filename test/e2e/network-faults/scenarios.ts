// The faults, each as: do it, watch the chain, undo it. Seven validators: a quorum is five, two may fail.
import { rpc, until } from '../chain-process.ts'
import type { FaultNode } from './fault-network.ts'
import { startStaggered } from './fault-network.ts'
import { pause } from './load.ts'
import { startRelays } from './relay.ts'
import type { Stage } from './stage.ts'

/** What must hold while the fault lasts. */
export type Expectation = 'advances' | 'halts' | 'either'

/** One scenario. */
export interface Scenario {
  readonly description: string
  readonly during: Expectation
  /** Longest time to recovery that passes, in seconds. */
  readonly recoverySeconds: number
  /** Brings the fault about, keeps it up for its time, and ends it. */
  run(stage: Stage): Promise<void>
}

const RELAY_PORT = 21_000

/** Every scenario by its name on the command line. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  partition: {
    description: '4 | 3 split for 30 s: no side has a quorum',
    during: 'halts',
    recoverySeconds: 30,
    async run({ faults, phase }) {
      await faults.cut([0, 1, 2, 3], [4, 5, 6])
      await faults.cut([4, 5, 6], [0, 1, 2, 3])
      await phase('fault', () => pause(30_000))
      await faults.heal()
    },
  },
  deaf: {
    description: 'one-way cut for 15 s: two validators speak and do not hear',
    during: 'advances',
    recoverySeconds: 30,
    async run({ faults, phase }) {
      await faults.cut([2, 3, 4, 5, 6], [0, 1])
      await phase('fault', () => pause(15_000))
      await faults.heal()
    },
  },
  frozen: {
    description: 'SIGSTOP of three for 12 s, then SIGCONT',
    during: 'halts',
    recoverySeconds: 30,
    async run({ nodes, phase }) {
      const three = nodes.slice(2, 5)
      for (const node of three) await node.signal('SIGSTOP')
      await phase('fault', () => pause(12_000))
      for (const node of three) await node.signal('SIGCONT')
    },
  },
  killed: {
    description: 'SIGKILL of one validator after the other, eight times, each restarted at once',
    during: 'advances',
    recoverySeconds: 30,
    async run({ nodes, phase }) {
      await phase('fault', async () => {
        for (let round = 0; round < 8; round++) {
          const node = nodes[(3 * round) % 7] as FaultNode
          await node.signal('SIGKILL')
          await startStaggered([node])
        }
      })
    },
  },
  unplugged: {
    description: 'two lose power and line at once for 10 s: no packet tells the others',
    during: 'advances',
    recoverySeconds: 30,
    async run({ nodes, faults, phase }) {
      const two = nodes.slice(5, 7)
      const indexes = nodes.map(({ index }) => index)
      await faults.cut([5, 6], indexes)
      for (const node of two) await node.signal('SIGKILL')
      await phase('fault', () => pause(10_000))
      await faults.heal()
      await startStaggered(two)
    },
  },
  delay: {
    description: '200 ms and up to 50 ms jitter each way, a line stalls for 3 s every 2 s; 40 s',
    during: 'advances',
    recoverySeconds: 30,
    run: runDelay,
  },
  'slow-link': {
    description: 'two validators at 1 Mbit/s, one of them restarted 30 blocks behind',
    during: 'advances',
    recoverySeconds: 60,
    run: runSlowLink,
  },
  clock: {
    description: 'one clock 10 s ahead and one 10 s behind for 30 s',
    during: 'advances',
    recoverySeconds: 30,
    run: runClock,
  },
  'rolling-restart': {
    description: 'SIGTERM and restart of all seven, one by one',
    during: 'advances',
    recoverySeconds: 30,
    async run({ nodes, phase }) {
      await phase('fault', async () => {
        for (const node of nodes.slice(0, 7)) {
          await node.signal('SIGTERM')
          await startStaggered([node])
        }
      })
    },
  },
  membership: {
    description: 'an eighth validator voted in and the first voted out',
    during: 'advances',
    recoverySeconds: 30,
    run: runMembership,
  },
}

/** All seven dial each other through relays that delay. */
async function runDelay({ nodes, hub, members, phase, note }: Stage): Promise<void> {
  const seven = nodes.slice(0, 7)
  const port = (from: number, to: number) => RELAY_PORT + 20 * from + to
  const routes = seven.flatMap((from) =>
    seven.map((to) => ({
      listenPort: port(from.index, to.index),
      host: members[to.index]?.address as string,
      port: 30_303,
    })),
  )
  const relays = await startRelays(hub.address, routes)
  try {
    for (const node of seven) {
      await node.signal('SIGTERM')
      const dialAt = (peer: number) => `/ip4/${hub.address}/tcp/${port(node.index, peer)}`
      await startStaggered([node], { dialAt })
    }
    Object.assign(relays.weather, { delayMs: 200, jitterMs: 50 })
    await phase('fault', async () => {
      for (let turn = 0; turn < 20; turn++) {
        relays.stall(7 * turn, 3_000)
        await pause(2_000)
      }
    })
    note(`${relays.connections()} connections went through the relays`)
    Object.assign(relays.weather, { delayMs: 0, jitterMs: 0 })
    await phase('settled', () => pause(1_000))
    for (const node of seven) {
      await node.signal('SIGTERM')
      await startStaggered([node])
    }
  } finally {
    await relays.close()
  }
}

async function runSlowLink({ nodes, faults, phase }: Stage): Promise<void> {
  const [slow, other] = [nodes[5], nodes[6]] as [FaultNode, FaultNode]
  await other.signal('SIGKILL')
  await faults.limit(slow.index, 1_000_000)
  await faults.limit(other.index, 1_000_000)
  await phase('fault', async () => {
    await pause(30_000)
    await startStaggered([other])
    await until(
      `${other.name} has caught up over its line`,
      60_000,
      async () => (await (nodes[0] as FaultNode).height()) - (await other.height()),
      (behind) => behind <= 2,
    )
    await pause(5_000)
  })
  await faults.unlimit(slow.index)
  await faults.unlimit(other.index)
}

/** Two may fail, and two wrong clocks are two failures; but the chain they follow is the same. */
async function runClock({ nodes, phase, note }: Stage): Promise<void> {
  const [ahead, behind] = [nodes[5], nodes[6]] as [FaultNode, FaultNode]
  for (const [node, clockOffsetMs] of [
    [ahead, 10_000],
    [behind, -10_000],
  ] as const) {
    await node.signal('SIGTERM')
    await startStaggered([node], { clockOffsetMs })
  }
  await phase('fault', () => pause(30_000))
  const [head, theirs] = await Promise.all([(nodes[0] as FaultNode).height(), behind.height()])
  note(`the clock behind follows ${head - theirs} blocks behind`)
  for (const node of [ahead, behind]) {
    await node.signal('SIGTERM')
    await startStaggered([node])
  }
}

async function runMembership({ nodes, phase }: Stage): Promise<void> {
  const [leaving, joining] = [nodes[0], nodes[7]] as [FaultNode, FaultNode]
  const witness = nodes[1] as FaultNode
  const members = () => rpc<string[]>(witness.url, 'qbft_getValidatorsByBlockNumber', 'latest')
  const vote = (voters: readonly FaultNode[], subject: FaultNode, add: boolean) =>
    Promise.all(
      voters.map((node) => node.order('qbft_proposeValidatorVote', subject.validator, add)),
    )
  await startStaggered([joining])
  await phase('fault', async () => {
    await vote(nodes.slice(0, 5), joining, true)
    await until('the eighth is a validator', 60_000, members, (all) => all.length === 8)
    await vote(nodes.slice(1, 7), leaving, false)
    const isGone = (all: string[]) => all.length === 7 && !all.includes(leaving.validator)
    await until('the first is none', 60_000, members, isGone)
    // One of the seven less, and the one that left as well: only with the eighth is there a quorum of five.
    for (const node of [leaving, nodes[2], nodes[3]] as FaultNode[]) await node.signal('SIGKILL')
    await pause(8_000)
    await startStaggered([leaving, nodes[2], nodes[3]] as FaultNode[])
  })
}
