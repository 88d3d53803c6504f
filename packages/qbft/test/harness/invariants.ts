// I1 to I5 and I7 of the QBFT safety proof, checked on everything an honest validator sends.
import assert from 'node:assert/strict'
import { acceptedProposal, type HeightState, votesFor } from '../../src/state.ts'
import type { UnsignedMessage } from '../../src/types.ts'
import { type FakeBlock, fakeRules } from './fake-blocks.ts'

/** What one validator has sent, across its restarts. */
export interface Ledger {
  readonly prepares: Map<number, string>
  readonly commits: Map<number, string>
  readonly proposals: Map<number, string>
  readonly roundChanges: Map<number, string>
}

export function createLedger(): Ledger {
  return {
    prepares: new Map(),
    commits: new Map(),
    proposals: new Map(),
    roundChanges: new Map(),
  }
}

/** @param state after the step that sends `message` */
export function checkSend(
  ledger: Ledger,
  state: HeightState<FakeBlock>,
  message: UnsignedMessage<FakeBlock>,
): void {
  const { round } = message.payload
  assert.ok(round >= Math.max(0, ...ledger.commits.keys(), ...ledger.roundChanges.keys()), 'I7')
  switch (message.type) {
    case 'proposal':
      record(ledger.proposals, round, fakeRules.digest(message.payload.block), 'proposal')
      return
    case 'prepare': {
      const { digest } = message.payload
      record(ledger.prepares, round, digest, 'I1')
      const accepted = acceptedProposal(state)
      assert.equal(accepted?.digest, digest, 'I2: the digest is of the accepted proposal')
      const block = accepted?.message.proposal.payload.block as FakeBlock
      assert.deepEqual([block.height, block.round], [state.height, round], 'I2: its height, round')
      return
    }
    case 'commit': {
      const { digest } = message.payload
      assert.ok(votesFor(state.prepares, round, digest).length >= state.quorum, 'I3: a quorum')
      assert.equal(ledger.prepares.get(round), digest, 'I3: the digest is of our own prepare')
      record(ledger.commits, round, digest, 'commit')
      return
    }
    case 'round-change':
      record(ledger.roundChanges, round, JSON.stringify(message.payload.prepared), 'round change')
      checkLock(ledger, round, message.payload.prepared)
  }
}

/** I4: whoever has sent a commit in this round is locked on it. */
export function checkState(ledger: Ledger, state: HeightState<FakeBlock>): void {
  const committed = ledger.commits.get(state.round)
  if (committed === undefined) return
  assert.equal(state.prepared?.round, state.round, 'I4: locked in the round of our commit')
  assert.equal(state.prepared.digest, committed, 'I4: locked on the block of our commit')
}

function checkLock(
  ledger: Ledger,
  target: number,
  prepared: { readonly round: number; readonly digest: string } | undefined,
): void {
  for (const [round, digest] of ledger.commits) {
    if (round >= target) continue
    assert.ok((prepared?.round ?? -1) >= round, `I5: committed in ${round}, yet no lock`)
    if (target === round + 1) assert.equal(prepared?.digest, digest, 'I5: the very lock')
  }
}

function record(sent: Map<number, string>, round: number, digest: string, what: string): void {
  const earlier = sent.get(round)
  assert.ok(earlier === undefined || earlier === digest, `${what}: two in round ${round}`)
  sent.set(round, digest)
}
