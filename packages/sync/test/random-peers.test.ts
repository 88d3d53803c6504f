import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Block, encodeBlock } from '@busan/chain-spec'
import fc from 'fast-check'
import { childOf, createWorld, honest, makeBlocks, type Serve, type World } from './fixture.ts'

const BEHAVIOURS = [
  'good',
  'short',
  'empty',
  'junk',
  'forged',
  'shifted',
  'reset',
  'hang',
  'vanish',
] as const
type Behaviour = (typeof BEHAVIOURS)[number]

const CHAIN_LENGTH = 40
const blocks = makeBlocks(CHAIN_LENGTH)

/** One answer of each kind. */
function answer(behaviour: Behaviour, vanish: () => void): Serve {
  return async (from, count) => {
    const honestly = (first = from, most = count) => honest(blocks)(first, most)
    switch (behaviour) {
      case 'good':
        return honestly()
      case 'short':
        return honestly(from, 1)
      case 'empty':
        return []
      case 'junk':
        return [...(await honestly(from, 2)), Uint8Array.of(7)]
      case 'forged':
        return [...(await honestly(from, 1)), ...forgedAfter(from)]
      case 'shifted':
        return honestly(from + 1n)
      case 'reset':
        throw new Error('reset')
      case 'hang':
        return new Promise(() => {})
      case 'vanish':
        vanish()
        throw new Error('gone')
    }
  }
}

function forgedAfter(from: bigint): Uint8Array[] {
  const parent = blocks[Number(from)]
  return parent === undefined ? [] : [encodeBlock(childOf(parent.header, '0xbad0'))]
}

/** A peer that misbehaves as scripted, then is good; one that vanished comes back with its next status. */
function connectScripted(world: World, peer: string, script: readonly Behaviour[]): void {
  const left = [...script]
  world.connect(peer, blocks, (from, count) => {
    const behaviour = left.shift() ?? 'good'
    return answer(behaviour, () => world.sync.onPeerGone(peer))(from, count)
  })
}

const scripts = fc.array(fc.array(fc.constantFrom(...BEHAVIOURS), { maxLength: 6 }), {
  minLength: 1,
  maxLength: 4,
})
const gossiped = fc.array(fc.integer({ min: 1, max: CHAIN_LENGTH }), { maxLength: 10 })

it('all good blocks are imported in order exactly once, whatever the peers do', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, gossiped, async (peerScripts, gossipNumbers) => {
      const world = createWorld(blocks[0] as Block, { blocksPerRequest: 8, stallMs: 1_000 })
      const { chain, clock, sync } = world
      for (const [index, script] of peerScripts.entries())
        connectScripted(world, `peer${index}`, script)
      const repeatStatuses = () => {
        for (const peer of world.network.peers.keys())
          sync.onPeerStatus(peer, { headNumber: BigInt(CHAIN_LENGTH) })
        clock.schedule(5_000, repeatStatuses)
      }
      clock.schedule(5_000, repeatStatuses)
      for (const number of gossipNumbers) {
        await sync.onGossipBlock(encodeBlock(blocks[number] as Block), 'peer0')
      }
      await clock.settle(() => chain.imported.length === CHAIN_LENGTH)
      assert.deepEqual(
        chain.imported,
        blocks.slice(1).map(({ header }) => header.number),
      )
      await sync.stop()
    }),
    { numRuns: 60 },
  )
})
