import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Block } from '@busan/chain-spec'
import { present, ZERO_ADDRESS } from '@busan/primitives'
import { blockRules } from '../src/block-rules.ts'
import { decodeMessage, encodeMessage } from '../src/codec/messages.ts'
import type { Effect } from '../src/effect.ts'
import { blockHash, withSeals } from '../src/hashing.ts'
import { verifySeals } from '../src/header-rules.ts'
import type { Input } from '../src/input.ts'
import { signMessage } from '../src/sign-message.ts'
import { type HeightState, initHeight } from '../src/state.ts'
import { sealsOf } from '../src/status.ts'
import { step } from '../src/step.ts'
import type { Validator } from '../src/types.ts'
import { blockBy, type Key, keysOf } from './harness/real-blocks.ts'

interface Node {
  readonly key: Key
  state: HeightState<Block>
  decided: Block | undefined
}

/** Four machines with keys, over encoded bytes; the leader of round 0 may prepare a block and then fall silent. */
function createChain() {
  const keys = keysOf(4)
  const validators = keys.map((key) => key.address)
  const parentCoinbase = ZERO_ADDRESS
  const nodes = keys.map(
    (key): Node => ({
      key,
      state: initHeight({ self: key.address, validators, height: 1n, parentCoinbase }),
      decided: undefined,
    }),
  )
  const wire: { readonly from: Validator; readonly to: Node; readonly bytes: Uint8Array }[] = []

  function feed(node: Node, input: Input<Block>): void {
    const { state, effects } = step(node.state, input, blockRules)
    node.state = state
    for (const effect of effects) perform(node, effect)
  }

  function perform(node: Node, effect: Effect<Block>): void {
    if (effect.type === 'build-block') {
      const { round } = effect
      feed(node, {
        type: 'block-built',
        round,
        block: blockBy(node.key.address, { validators, round }),
      })
    } else if (effect.type === 'check-block') {
      feed(node, { type: 'block-checked', digest: blockRules.digest(effect.block), valid: true })
    } else if (effect.type === 'broadcast') {
      const message = signMessage(effect.message, node.key.sign, node.key.address)
      const bytes = encodeMessage(message)
      for (const to of nodes) if (to !== node) wire.push({ from: node.key.address, to, bytes })
      feed(node, { type: 'message', message })
    } else if (effect.type === 'commit-block') {
      node.decided = effect.block
    }
  }

  function deliver(isLost: (type: string) => boolean = () => false): void {
    for (let next = wire.shift(); next; next = wire.shift()) {
      const decoded = decodeMessage(next.bytes, (author) => validators.includes(author))
      assert.ok(decoded.ok, decoded.ok ? '' : decoded.message)
      if (!isLost(decoded.value.type)) feed(next.to, { type: 'message', message: decoded.value })
    }
  }

  return { nodes, validators, feed, deliver }
}

function assertSealed({ nodes, validators }: ReturnType<typeof createChain>): Set<string> {
  const hashes = new Set<string>()
  for (const node of nodes) {
    const block = present(node.decided, 'decided block')
    const seals = sealsOf(node.state)
    const header = withSeals(
      block.header,
      seals.map(({ seal }) => seal),
    )
    assert.deepEqual(verifySeals(header, validators), {
      ok: true,
      value: seals.map(({ author }) => author),
    })
    hashes.add(blockHash(header))
  }
  return hashes
}

test('four validators with keys seal one block that any client can verify', () => {
  const chain = createChain()
  for (const node of chain.nodes) chain.feed(node, { type: 'block-timeout' })
  chain.deliver()
  assert.equal(assertSealed(chain).size, 1)
  assert.equal(sealsOf((chain.nodes[0] as Node).state).length, 4)
})

test('a block prepared in round 0 is sealed in round 1 with the same hash', () => {
  const chain = createChain()
  for (const node of chain.nodes) chain.feed(node, { type: 'block-timeout' })
  chain.deliver((type) => type === 'commit')
  const prepared = present(chain.nodes[3]?.state.prepared, 'certificate').block
  for (const node of chain.nodes) chain.feed(node, { type: 'round-timeout', round: 0 })
  chain.deliver()
  assert.deepEqual([...assertSealed(chain)], [blockHash(prepared.header)])
  for (const node of chain.nodes) {
    assert.equal(blockRules.round(present(node.decided, 'decided block')), 1)
    assert.equal(node.decided?.header.coinbase, chain.validators[0])
  }
})
