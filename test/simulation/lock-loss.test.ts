// The schedule that forks a QBFT which keeps its prepared certificate on its own timeout only: six validators, one of
// them a liar. C's block is decided by A alone; B, who has committed to it, is carried into round 1 by others' round
// changes; round 1 has a silent leader; the leader of round 2 hears everyone but C.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Block } from '@busan/chain-spec'
import { type Hash, present } from '@busan/primitives'
import {
  blockHash,
  blockRules,
  decodeMessage,
  encodeMessage,
  type Message,
  type ProposalMessage,
  signedPart,
  signMessage,
  step,
  type UnsignedMessage,
} from '@busan/qbft'
import { type Cluster, checkAgreement, checkOneVoice, createCluster } from '@busan/testkit'
import type { Step } from '@busan/validator'

/** Round 0 is led by node 0, round 1 by node 1, round 2 by node 2. */
const [C, W, D, A, B, E] = [0, 1, 2, 3, 4, 5] as const
const LIMIT_MS = 60_000
/** B is late, in its clock and in hearing of the proposal: others' round changes reach it before its timeout. */
const LATE_MS = 500

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')
const indexOf = (id: string) => Number(id.slice('node-'.length))

function read(bytes: Uint8Array): Message<Block> {
  const verdict = decodeMessage(bytes)
  assert.ok(verdict.ok)
  return verdict.value
}

/** Who hears what; A is told nothing after its decision, for it has left the others. */
function passes(bytes: Uint8Array, from: string, to: string): boolean {
  const message = read(bytes)
  const { round } = signedPart(message).payload
  const receiver = indexOf(to)
  if (round === 0 && message.type === 'proposal') return receiver === A
  if (round === 0 && message.type === 'prepare') return [C, A, B].includes(receiver as typeof A)
  if (round === 0 && message.type === 'commit') return receiver === A
  const isHeardLate = message.type === 'round-change' && round === 2 && indexOf(from) === C
  return !(isHeardLate && receiver === D)
}

function proposalOf(
  cluster: Cluster,
  index: number,
  round: number,
): ProposalMessage<Block> | undefined {
  return nodeOf(cluster, index)
    .published.map(read)
    .filter((message) => message.type === 'proposal')
    .find(({ proposal }) => proposal.payload.round === round && proposal.payload.height === 1n)
}

/** The liar says this to these. */
function lie(cluster: Cluster, unsigned: UnsignedMessage<Block>, to: readonly number[]): void {
  const { key } = nodeOf(cluster, W)
  const bytes = encodeMessage(signMessage(unsigned, key.sign, key.address))
  for (const index of to) void nodeOf(cluster, index).validator.onConsensusMessage(bytes)
}

const prepareOf = (round: number, digest: Hash) =>
  ({ type: 'prepare', payload: { type: 'prepare', height: 1n, round, digest } }) as const
const commitOf = (round: number, digest: Hash) =>
  ({
    type: 'commit',
    payload: { type: 'commit', height: 1n, round, digest },
    sealHash: digest,
  }) as const
const unlocked = (round: number) =>
  ({
    type: 'round-change',
    payload: { type: 'round-change', height: 1n, round },
    prepares: [],
  }) as const

/** Plays the schedule up to the proposal of round 2, if one comes. */
async function play(stepOfB: Step): Promise<Cluster> {
  const clockOffsetsMs = [0, 0, 0, 0, -LATE_MS, 0]
  const cluster = createCluster({ nodeCount: 6, clockOffsetsMs, steps: { [B]: stepOfB } })
  const { clock, network } = cluster
  cluster.crash(W)
  network.setFilter(passes)
  await clock.advanceUntil(() => proposalOf(cluster, C, 0) !== undefined, LIMIT_MS)
  const first = present(proposalOf(cluster, C, 0), 'proposal')
  const x = blockRules.digest(first.proposal.payload.block)
  await clock.advance(LATE_MS)
  void nodeOf(cluster, B).validator.onConsensusMessage(encodeMessage(first))
  lie(cluster, prepareOf(0, x), [C, A, B])
  lie(cluster, commitOf(0, x), [A])
  await clock.advanceUntil(() => nodeOf(cluster, A).chain.blocks.length === 2, LIMIT_MS)
  network.partition([[C, D, B, E].map((index) => `node-${index}`)])
  const roundOf = (index: number) => nodeOf(cluster, index).validator.status().round
  await clock.advanceUntil(() => roundOf(D) === 1, LIMIT_MS)
  lie(cluster, unlocked(1), [B, D, E])
  await clock.advanceUntil(() => roundOf(D) === 2, LIMIT_MS)
  lie(cluster, unlocked(2), [B, D, E])
  await clock.advance(1000)
  return cluster
}

/** Lets the liar vote for the proposal of round 2, then brings everyone together again. */
async function finish(cluster: Cluster): Promise<void> {
  const second = proposalOf(cluster, D, 2)
  if (second !== undefined) {
    const digest = blockRules.digest(second.proposal.payload.block)
    for (const vote of [prepareOf(2, digest), commitOf(2, digest)]) lie(cluster, vote, [C, D, B, E])
  }
  await cluster.clock.advance(1000)
  checkAgreement(cluster.nodes.map(({ chain }) => chain))
  cluster.network.setFilter(() => true)
  cluster.network.heal()
  await cluster.untilHeight(3, LIMIT_MS)
  checkAgreement(cluster.nodes.map(({ chain }) => chain))
  for (const { key, published } of cluster.nodes) checkOneVoice(key.address, published)
}

/** As Besu: the certificate is lost when others carry a node into a round. */
const forgetful: Step = (state, input, rules) => {
  const transition = step(state, input, rules)
  const isJump = input.type === 'message' && transition.state.round > state.round
  return isJump ? step({ ...state, prepared: undefined }, input, rules) : transition
}

describe('the schedule that loses the lock', () => {
  it('ends in the block that one validator has decided', async () => {
    const cluster = await play(step)
    const decided = present(nodeOf(cluster, A).chain.blocks[1], 'block')
    const second = present(proposalOf(cluster, D, 2), 'proposal of round 2')
    assert.equal(blockHash(second.proposal.payload.block.header), blockHash(decided.header))
    const ofB = second.roundChanges.find(({ author }) => author === nodeOf(cluster, B).key.address)
    assert.equal(ofB?.payload.prepared?.round, 0)
    await finish(cluster)
  })

  it('does not fork even when the machine forgets: the signing guard refuses what it asks for', async () => {
    const cluster = await play(forgetful)
    const { log } = nodeOf(cluster, B)
    const refused = log.filter(({ fields }) => fields.reason === 'certificate-dropped')
    assert.ok(refused.length > 0)
    assert.equal(proposalOf(cluster, D, 2), undefined)
    await finish(cluster)
  })
})
