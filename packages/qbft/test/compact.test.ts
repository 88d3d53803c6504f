import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Block } from '@busan/chain-spec'
import { concatBytes, encodeRlp, keccakHash } from '@busan/primitives'
import fc from 'fast-check'
import { encodeCompactProposal, openCompactProposal } from '../src/codec/compact.ts'
import { encodeMessage } from '../src/codec/messages.ts'
import { signMessage } from '../src/sign-message.ts'
import type { ProposalMessage } from '../src/types.ts'
import { blockBy, keysOf } from './harness/real-blocks.ts'

const keys = keysOf(4)
const [leader] = keys as [(typeof keys)[0]]
const validators = keys.map(({ address }) => address)

function propose(transactions: readonly Uint8Array[]): ProposalMessage<Block> {
  const block = { ...blockBy(leader.address, { validators }), transactions }
  const payload = { type: 'proposal', height: 1n, round: 0, block } as const
  const unsigned = { type: 'proposal', payload, roundChanges: [], prepares: [] } as const
  const message = signMessage(unsigned, leader.sign, leader.address)
  assert.ok(message.type === 'proposal')
  return message
}

const typed = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((payload) => concatBytes(Uint8Array.of(2), payload))
const legacy = fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 9 }).map(encodeRlp)
const transactions = fc.array(fc.oneof(typed, legacy), { minLength: 1, maxLength: 30 })

describe('a compact proposal', () => {
  it('becomes the very bytes of the proposal, once the transactions are there', () => {
    fc.assert(
      fc.property(transactions, (raws) => {
        const message = propose(raws)
        const opened = openCompactProposal(encodeCompactProposal(message) as Uint8Array)
        assert.ok(opened.ok)
        assert.equal(opened.value.height, 1n)
        assert.deepEqual(opened.value.hashes, raws.map(keccakHash))
        assert.deepEqual(opened.value.expand(raws), encodeMessage(message))
      }),
    )
  })

  it('names each transaction in 33 bytes', () => {
    const size = (raws: readonly Uint8Array[]) =>
      encodeCompactProposal(propose(raws))?.length as number
    const one = new Uint8Array(5_000).fill(2)
    assert.ok(size(new Array(100).fill(one)) - size([one]) <= 99 * 33 + 8)
  })

  it('is not made of a block without transactions', () => {
    assert.equal(encodeCompactProposal(propose([])), undefined)
  })

  it('that is cut, altered or made up is refused or still read, and never throws', () => {
    const bytes = encodeCompactProposal(propose([Uint8Array.of(2, 1)])) as Uint8Array
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        assert.ok(!openCompactProposal(bytes.subarray(0, at)).ok)
        const altered = Uint8Array.from(bytes)
        altered[at] = value
        openCompactProposal(altered)
      }),
    )
    fc.assert(fc.property(fc.uint8Array(), (noise) => !openCompactProposal(noise).ok))
  })
})
