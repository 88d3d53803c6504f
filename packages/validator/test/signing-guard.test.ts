import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { present } from '@busan/primitives'
import { step as realStep } from '@busan/qbft'
import { type Cluster, checkOneVoice, createCluster } from '@busan/testkit'
import { checkClaim, type SigningClaim, type Step } from '@busan/validator'
import fc from 'fast-check'

const nodeOf = (cluster: Cluster, index: number) => present(cluster.nodes[index], 'node')

const claim = (type: SigningClaim['type'], round: number, subject: string): SigningClaim => ({
  height: 5n,
  round,
  type,
  subject,
})
const roundChange = (round: number, preparedRound?: number): SigningClaim => ({
  ...claim('round-change', round, preparedRound === undefined ? 'none' : `${preparedRound}:X`),
  ...(preparedRound === undefined ? {} : { preparedRound }),
})

function outcome(next: SigningClaim, ...claims: SigningClaim[]): string {
  const verdict = checkClaim(next, { endedHeight: 4n, claims })
  return verdict.ok ? verdict.value : verdict.reason
}

describe('the signing guard', () => {
  it('lets a height go its ordinary way', () => {
    const way = [
      claim('proposal', 0, 'X'),
      claim('prepare', 0, 'X'),
      claim('commit', 0, 'X'),
      roundChange(1, 0),
      claim('prepare', 1, 'X1'),
      claim('commit', 1, 'X1'),
      roundChange(2, 1),
    ]
    for (const [index, next] of way.entries()) {
      assert.equal(outcome(next, ...way.slice(0, index)), 'first')
      assert.equal(outcome(next, ...way.slice(0, index + 1)), 'repeated')
    }
  })

  it('refuses a second, different message of a type in a round', () => {
    for (const type of ['proposal', 'prepare', 'commit'] as const) {
      assert.equal(outcome(claim(type, 0, 'Y'), claim(type, 0, 'X')), 'contradiction')
    }
    assert.equal(outcome(roundChange(2, 1), roundChange(2, 0)), 'contradiction')
  })

  it('refuses a commit to another block than the one prepared', () => {
    assert.equal(outcome(claim('commit', 0, 'Y'), claim('prepare', 0, 'X')), 'contradiction')
    assert.equal(outcome(claim('prepare', 0, 'Y'), claim('proposal', 0, 'X')), 'contradiction')
  })

  it('refuses to go back to a round or a height', () => {
    assert.equal(outcome(claim('prepare', 0, 'X'), roundChange(1)), 'round-regressed')
    assert.equal(outcome(roundChange(1), roundChange(2)), 'round-regressed')
    assert.equal(outcome({ ...claim('prepare', 9, 'X'), height: 4n }), 'height-regressed')
    const later = { ...claim('prepare', 0, 'X'), height: 6n }
    assert.equal(outcome(claim('prepare', 0, 'X'), later), 'height-regressed')
  })

  it('refuses a round change that forgets a commit or drops a certificate', () => {
    assert.equal(outcome(roundChange(1), claim('commit', 0, 'X')), 'certificate-dropped')
    assert.equal(outcome(roundChange(3, 0), claim('commit', 1, 'X')), 'certificate-dropped')
    assert.equal(outcome(roundChange(3), roundChange(2, 1)), 'certificate-dropped')
    assert.equal(outcome(roundChange(3, 1), claim('commit', 1, 'X')), 'first')
  })

  it('admits no two contradicting claims, whatever is asked in whatever order', () => {
    const anyClaim = fc.record({
      height: fc.bigInt({ min: 1n, max: 3n }),
      round: fc.integer({ min: 0, max: 3 }),
      type: fc.constantFrom('proposal', 'prepare', 'commit', 'round-change' as const),
      subject: fc.constantFrom('X', 'Y'),
    })
    fc.assert(
      fc.property(fc.array(anyClaim, { maxLength: 30 }), (asked) => {
        const signed: SigningClaim[] = []
        for (const next of asked) {
          const claims = { endedHeight: 0n, claims: signed }
          if (checkClaim(next as SigningClaim, claims).ok) signed.push(next as SigningClaim)
        }
        const said = new Map<string, string>()
        for (const { height, round, type, subject } of signed) {
          const slot = `${height} ${round} ${type}`
          assert.equal(said.get(slot) ?? subject, subject)
          said.set(slot, subject)
        }
        const heights = signed.map(({ height }) => height)
        assert.deepEqual(
          heights,
          [...heights].sort((a, b) => Number(a - b)),
        )
      }),
    )
  })
})

describe('a broken machine behind the guard', () => {
  /** Forgets what it is locked on whenever it changes rounds. */
  const amnesiac: Step = (state, input, rules) =>
    realStep({ ...state, prepared: undefined }, input, rules)
  /** Sends every prepare twice, the second time for another block. */
  const equivocating: Step = (state, input, rules) => {
    const { effects, ...rest } = realStep(state, input, rules)
    const doubled = effects.flatMap((effect) => {
      if (effect.type !== 'broadcast' || effect.message.type !== 'prepare') return [effect]
      const digest = `0x${'66'.repeat(32)}` as typeof effect.message.payload.digest
      const payload = { ...effect.message.payload, digest }
      return [effect, { ...effect, message: { ...effect.message, payload } }]
    })
    return { ...rest, effects: doubled }
  }

  it('cannot vote twice in one round', async () => {
    const cluster = createCluster({ nodeCount: 4, steps: { 0: equivocating } })
    await cluster.untilHeight(4, 30_000)
    const { key, published, log, metrics } = nodeOf(cluster, 0)
    assert.ok(published.length > 0)
    checkOneVoice(key.address, published)
    const refusals = log.filter(({ level }) => level === 'error')
    assert.ok(refusals.length > 0)
    assert.equal(refusals[0]?.fields.reason, 'contradiction')
    const { text } = await metrics.expose()
    assert.match(text, /busan_qbft_signing_refusals_total\{reason="contradiction"\} [1-9]/)
  })

  it('cannot forget a block that it has committed to', async () => {
    const cluster = createCluster({ nodeCount: 4, steps: { 0: amnesiac } })
    await cluster.untilHeight(2, 30_000)
    // Node 0 alone gets to commit: the others' commits are lost, and the round ends without a block.
    const stop = cluster.nodes.length
    for (let seconds = 0; seconds < 40 && !hasRefused(cluster); seconds++) {
      cluster.network.setFaults({ loss: seconds % 2 === 0 ? 0.5 : 0 })
      await cluster.clock.advance(1000)
    }
    assert.equal(stop, 4)
    assert.ok(hasRefused(cluster))
    const { key, published } = nodeOf(cluster, 0)
    checkOneVoice(key.address, published)
  })
})

function hasRefused(cluster: Cluster): boolean {
  return nodeOf(cluster, 0).log.some(({ fields }) => fields.reason === 'certificate-dropped')
}
