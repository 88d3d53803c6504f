// A network of machines in one array: nothing is delivered, expired or lost unless the test says so.
import assert from 'node:assert/strict'
import { present } from '@busan/primitives'
import type { Effect } from '../../src/effect.ts'
import type { Input } from '../../src/input.ts'
import { type HeightState, initHeight } from '../../src/state.ts'
import { latestOwnMessages } from '../../src/status.ts'
import { step } from '../../src/step.ts'
import type { IgnoredReason } from '../../src/transition.ts'
import type { Message, PreparedCertificate, Validator } from '../../src/types.ts'
import {
  type FakeBlock,
  fakeBlock,
  fakeRules,
  HEIGHT,
  signedMessage,
  validatorsOf,
} from './fake-blocks.ts'
import { checkSend, checkState, createLedger, type Ledger } from './invariants.ts'

export interface Envelope {
  readonly from: Validator
  readonly to: Validator
  readonly message: Message<FakeBlock>
}

export interface Node {
  readonly self: Validator
  state: HeightState<FakeBlock>
  /** Own messages and answers to own questions, not yet fed back. */
  readonly inbox: Input<FakeBlock>[]
  timer: number | undefined
  decided: FakeBlock | undefined
  /** What would be on disk. */
  readonly journal: { messages: Message<FakeBlock>[]; prepared?: PreparedCertificate<FakeBlock> }
  readonly ledger: Ledger
  isDown: boolean
  builds: number
}

export interface NetworkOptions {
  readonly count: number
  /** Positions that the test plays itself. */
  readonly byzantine?: readonly number[]
  readonly isValid?: (block: FakeBlock) => boolean
  /** Leaves questions and own messages in the inbox until `work` is called. */
  readonly isSlow?: boolean
  /** Changes a state before an input: a defect whose consequences the test wants to see. */
  readonly sabotage?: (
    state: HeightState<FakeBlock>,
    input: Input<FakeBlock>,
  ) => HeightState<FakeBlock>
}

export type Network = ReturnType<typeof createNetwork>

export function createNetwork(options: NetworkOptions) {
  const validators = validatorsOf(options.count)
  const parentCoinbase = present(validators.at(-1), 'last validator')
  const inFlight: Envelope[] = []
  const history: Message<FakeBlock>[] = []
  const reports: { readonly author: Validator; readonly evidence: string }[] = []
  const nodes = new Map<Validator, Node>()

  for (const [index, self] of validators.entries()) {
    if (options.byzantine?.includes(index)) continue
    nodes.set(self, {
      self,
      state: initHeight({ self, validators, height: HEIGHT, parentCoinbase }),
      inbox: [],
      timer: undefined,
      decided: undefined,
      journal: { messages: [] },
      ledger: createLedger(),
      isDown: false,
      builds: 0,
    })
  }

  function at(index: number): Node {
    return present(nodes.get(validators[index] as Validator), `validator ${index}`)
  }

  /** One input to one machine, and what it asks for. */
  function feed(node: Node, input: Input<FakeBlock>): IgnoredReason | undefined {
    if (node.isDown) return undefined
    const before = options.sabotage?.(node.state, input) ?? node.state
    const transition = step(Object.freeze(before), input, fakeRules)
    node.state = transition.state
    for (const effect of transition.effects) perform(node, effect)
    if (options.sabotage === undefined) checkState(node.ledger, node.state)
    if (!options.isSlow) work(node)
    return transition.ignored
  }

  /** Feeds back everything in the inbox. */
  function work(node: Node): void {
    for (let input = node.inbox.shift(); input; input = node.inbox.shift()) feed(node, input)
  }

  function perform(node: Node, effect: Effect<FakeBlock>): void {
    switch (effect.type) {
      case 'build-block': {
        node.builds += 1
        const position = validators.indexOf(node.self)
        const block = fakeBlock(`${position}.${node.builds}`, effect.round, node.self)
        node.inbox.push({ type: 'block-built', round: effect.round, block })
        return
      }
      case 'check-block': {
        const valid = options.isValid?.(effect.block) ?? true
        node.inbox.push({ type: 'block-checked', digest: fakeRules.digest(effect.block), valid })
        return
      }
      case 'broadcast': {
        if (options.sabotage === undefined) checkSend(node.ledger, node.state, effect.message)
        const message = signedMessage(effect.message, node.self)
        node.journal.messages.push(message)
        if (message.type === 'commit' && node.state.prepared)
          node.journal.prepared = node.state.prepared
        node.inbox.push({ type: 'message', message })
        publish(node.self, message)
        return
      }
      case 'start-round-timer':
        node.timer = effect.round
        return
      case 'commit-block':
        assert.equal(node.decided, undefined, 'decides once')
        assert.ok(effect.seals.length >= node.state.quorum)
        node.decided = effect.block
        return
      case 'report':
        reports.push({ author: effect.author, evidence: effect.evidence })
    }
  }

  function publish(from: Validator, message: Message<FakeBlock>): void {
    history.push(message)
    for (const to of nodes.keys()) if (to !== from) inFlight.push({ from, to, message })
  }

  function deliver(envelope: Envelope): IgnoredReason | undefined {
    const node = present(nodes.get(envelope.to), 'receiver')
    return feed(node, { type: 'message', message: envelope.message })
  }

  /** Delivers what is in flight and fits, and what follows from it, oldest first. */
  function deliverWhere(fits: (envelope: Envelope) => boolean = () => true): void {
    for (let i = 0; i < inFlight.length; ) {
      const envelope = inFlight[i] as Envelope
      if (fits(envelope)) {
        inFlight.splice(i, 1)
        deliver(envelope)
        i = 0
      } else {
        i += 1
      }
    }
  }

  return {
    validators,
    parentCoinbase,
    nodes,
    inFlight,
    history,
    reports,
    at,
    feed,
    work,
    deliver,
    deliverWhere,
    /** A message of a validator that the test plays, to one machine. */
    inject: (to: number, message: Message<FakeBlock>) => feed(at(to), { type: 'message', message }),
    start: () => {
      for (const node of nodes.values()) feed(node, { type: 'block-timeout' })
    },
    expire: (index: number) => {
      const node = at(index)
      if (node.timer !== undefined) feed(node, { type: 'round-timeout', round: node.timer })
    },
    /** What a driver does from time to time. */
    retransmit: () => {
      for (const node of nodes.values()) {
        if (node.isDown) continue
        for (const message of latestOwnMessages(node.state)) publish(node.self, message)
      }
    },
    /** Loses everything but the journal. */
    restart: (index: number) => {
      const node = at(index)
      node.inbox.length = 0
      node.timer = undefined
      const { self, journal } = node
      const restored = { round: 0, ...journal, messages: [...journal.messages] }
      node.state = initHeight({ self, validators, height: HEIGHT, parentCoinbase, restored })
      node.isDown = false
      for (const message of restored.messages) feed(node, { type: 'message', message })
      feed(node, { type: 'block-timeout' })
    },
    decisions: () => new Set([...nodes.values()].flatMap((node) => node.decided?.id ?? [])),
  }
}
