import { type Clock, keccakHash } from '@busan/primitives'
import { createMetrics, type LogFields, type Logger, type Metrics } from '@busan/telemetry'
import {
  createP2pHost,
  type GossipVerdict,
  generateIdentity,
  type P2pHost,
  type P2pOptions,
  type PeerStatus,
} from '../src/index.ts'

/** Something that happened at a host, in order. */
export type Event =
  | { kind: 'transactions'; raws: readonly Uint8Array[]; from: string }
  | { kind: 'block'; bytes: Uint8Array; from: string }
  | { kind: 'consensus'; bytes: Uint8Array; from: string }
  | { kind: 'status'; peer: string; status: PeerStatus }
  | { kind: 'gone'; peer: string }
  | { kind: 'log'; level: string; message: string; fields: LogFields }

/** A real host with a record of what reached it. */
export interface TestHost extends P2pHost {
  readonly events: readonly Event[]
  readonly metricsRegistry: Metrics
  readonly identity: Uint8Array
  /** The first loopback address with /p2p/ID. */
  readonly address: string
  /** Resolves with the first event, past or future, that matches; fails after the deadline. */
  until<Kind extends Event['kind']>(
    kind: Kind,
    matches?: (event: Extract<Event, { kind: Kind }>) => boolean,
    options?: { from?: number; timeoutMs?: number },
  ): Promise<Extract<Event, { kind: Kind }>>
}

export const GENESIS_A = `0x${'aa'.repeat(32)}`
export const GENESIS_B = `0x${'bb'.repeat(32)}`

/** What every host gives to those who ask for transactions. */
export const TRANSACTIONS = [
  Uint8Array.of(2, 1, 2, 3),
  new Uint8Array(3_000_000).fill(2),
  new Uint8Array(3_000_000).fill(3),
]

export const realClock: Clock = {
  nowMs: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}

type Overrides = Partial<P2pOptions> & {
  verdict?: (kind: 'transactions' | 'block' | 'consensus', bytes: Uint8Array) => GossipVerdict
  blocks?: (fromNumber: bigint, count: number) => Promise<readonly Uint8Array[]>
  headNumber?: bigint
}

export async function startHost(overrides: Overrides = {}): Promise<TestHost> {
  const {
    verdict = () => 'accept',
    blocks = async () => [],
    headNumber = 7n,
    ...options
  } = overrides
  const inbox = createInbox()
  const identity = options.identity ?? (await generateIdentity())
  const chainId = options.chainId ?? 1337n
  const genesisHash = options.genesisHash ?? GENESIS_A
  const metrics = createMetrics()
  const host = await createP2pHost({
    identity,
    chainId,
    genesisHash,
    clock: realClock,
    logger: recordingLogger(inbox.push),
    metrics,
    handlers: {
      async onTransactions(raws, from) {
        inbox.push({ kind: 'transactions', raws, from })
        return verdict('transactions', raws[0] as Uint8Array)
      },
      async onBlock(bytes, from) {
        inbox.push({ kind: 'block', bytes, from })
        return verdict('block', bytes)
      },
      async onConsensus(bytes, from) {
        inbox.push({ kind: 'consensus', bytes, from })
        return verdict('consensus', bytes)
      },
      status: () => ({
        chainId,
        genesisHash,
        headNumber,
        headHash: `0x${'11'.repeat(32)}`,
        clockMs: Date.now(),
        version: 'busan/test',
        readsCompactProposals: true,
      }),
      blocksByRange: blocks,
      transactions: (hashes) =>
        hashes.map((hash) => TRANSACTIONS.find((raw) => keccakHash(raw) === hash)),
      onPeerStatus: (peer, status) => inbox.push({ kind: 'status', peer, status }),
      onPeerGone: (peer) => inbox.push({ kind: 'gone', peer }),
    },
    ...options,
    tuning: {
      statusIntervalMs: 300,
      statusTimeoutMs: 2_000,
      redialMinMs: 50,
      redialMaxMs: 300,
      ...options.tuning,
    },
  })
  const address = host.addresses().find((text) => text.includes('127.0.0.1')) as string
  return {
    ...host,
    identity,
    address,
    events: inbox.events,
    until: inbox.until,
    metricsRegistry: metrics,
  }
}

/** Resolves when both know each other's status. */
export async function acquainted(...hosts: readonly TestHost[]): Promise<void> {
  const pairs = hosts.flatMap((one) =>
    hosts.filter((other) => other !== one).map((other) => [one, other]),
  )
  await Promise.all(
    pairs.map(([one, other]) =>
      (one as TestHost).until('status', ({ peer }) => peer === (other as TestHost).id),
    ),
  )
}

/** Acts again and again until `arrived` resolves: gossip streams, for one, open a moment after the connection. */
export async function repeatUntil<Result>(
  act: () => Promise<void>,
  arrived: Promise<Result>,
): Promise<Result> {
  const pause = () => new Promise<undefined>((resolve) => setTimeout(resolve, 50, undefined))
  for (;;) {
    await act()
    const outcome = await Promise.race([arrived.then((result) => ({ result })), pause()])
    if (outcome !== undefined) return outcome.result
  }
}

/** Resolves when every host has gossip streams to all the others, in both directions. */
export async function meshed(...hosts: readonly TestHost[]): Promise<void> {
  await acquainted(...hosts)
  for (const one of hosts) {
    const greeting = new TextEncoder().encode(`hello from ${one.id}`)
    const heard = hosts
      .filter((other) => other !== one)
      .map((other) =>
        other.until('consensus', ({ bytes, from }) => from === one.id && equal(bytes, greeting)),
      )
    await repeatUntil(() => one.publishConsensus(greeting), Promise.all(heard))
  }
}

export async function counterValue(host: TestHost, line: RegExp): Promise<number> {
  const { text } = await host.metricsRegistry.expose()
  const found = text.split('\n').find((candidate) => line.test(candidate))
  return found === undefined ? 0 : Number(found.split(' ').at(-1))
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

function createInbox() {
  const events: Event[] = []
  const listeners = new Set<() => void>()
  return {
    events,
    push(event: Event): void {
      events.push(event)
      for (const listener of [...listeners]) listener()
    },
    until: ((kind, matches = () => true, { from = 0, timeoutMs = 10_000 } = {}) => {
      const find = () =>
        events.slice(from).find((event) => event.kind === kind && matches(event as never)) as never
      return new Promise((resolve, reject) => {
        const check = () => {
          const found = find()
          if (found === undefined) return
          clearTimeout(deadline)
          listeners.delete(check)
          resolve(found)
        }
        const deadline = setTimeout(() => {
          listeners.delete(check)
          const seen = events.map((event) => (event.kind === 'log' ? event.message : event.kind))
          reject(
            new Error(`no ${kind} event in ${timeoutMs} ms; seen: ${seen.slice(-40).join(', ')}`),
          )
        }, timeoutMs)
        listeners.add(check)
        check()
      })
    }) as TestHost['until'],
  }
}

function recordingLogger(push: (event: Event) => void): Logger {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      push({ kind: 'log', level, message, fields })
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
    setLevel: () => {},
  }
  return logger
}
