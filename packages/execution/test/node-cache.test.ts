import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keccak256 } from '@busan/primitives'
import { createNodeCache } from '../src/state/node-cache.ts'
import type { TrieNode } from '../src/state/trie-node.ts'

const hashOf = (seed: number) => keccak256(Uint8Array.of(seed >> 8, seed))
const nodeOf = (hash: Uint8Array): TrieNode => ({
  kind: 'leaf',
  path: new Uint8Array(0),
  value: hash.slice(0, 1),
  sealed: hash,
})

test('what is asked for stays, the rest goes, and there are never more than two generations', () => {
  const cache = createNodeCache(10)
  const kept = hashOf(0)
  cache.set(kept, nodeOf(kept))
  for (let seed = 1; seed < 100; seed++) {
    const hash = hashOf(seed)
    cache.set(hash, nodeOf(hash))
    assert.equal(cache.get(kept)?.sealed, kept)
  }
  const found = Array.from({ length: 100 }, (_, seed) => cache.get(hashOf(seed)))
  assert.ok(found.filter((node) => node !== undefined).length <= 20)
})

test('a hash that shares its first bytes with a kept one finds nothing', () => {
  const cache = createNodeCache(10)
  const hash = hashOf(1)
  cache.set(hash, nodeOf(hash))
  const similar = hash.slice()
  similar[31] = (similar[31] as number) ^ 1
  assert.equal(cache.get(similar), undefined)
  assert.notEqual(cache.get(hash), undefined)
})
