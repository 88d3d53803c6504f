import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, EMPTY_TRIE_ROOT, encodeRlp, hexToBytes, keccak256 } from '@busan/primitives'
import { MerklePatriciaTrie, verifyMerkleProof } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { merkleProof } from '../src/state/merkle-proof.ts'
import { resultOf } from '../src/state/steps.ts'
import { createTrie, type NodeSource, orderedTrieRoot, type Trie } from '../src/state/trie.ts'
import { decodeNode, type NodeSink, type TrieNode } from '../src/state/trie-node.ts'

type Operation = { readonly key: number; readonly value: Uint8Array }

// Few keys, so that operations meet; short values, so that nodes are embedded.
const operations = fc.array(
  fc.record({ key: fc.nat(40), value: fc.uint8Array({ minLength: 0, maxLength: 40 }) }),
  { maxLength: 80 },
)

const keyOf = (key: number) => keccak256(Uint8Array.of(key))

function createStored(): { nodes: Map<string, Uint8Array>; reopen(root: Uint8Array): Trie } {
  const nodes = new Map<string, Uint8Array>()
  return { nodes, reopen: (root) => createTrie(sourceOf(nodes), root) }
}

function storedIn(nodes: ReadonlyMap<string, Uint8Array>): (hash: Uint8Array) => Uint8Array {
  return (hash) => nodes.get(bytesToHex(hash)) ?? assert.fail(`missing ${bytesToHex(hash)}`)
}

function sourceOf(nodes: ReadonlyMap<string, Uint8Array>): NodeSource {
  return (hash) => decodeNode(storedIn(nodes)(hash), hash)
}

function rootOf(trie: Trie, sink: NodeSink): Uint8Array {
  return resultOf(trie.root(sink))
}

function apply(trie: Trie, { key, value }: Operation): void {
  if (value.length === 0) trie.delete(keyOf(key))
  else trie.put(keyOf(key), value)
}

function contentOf(trie: Trie): string[] {
  return Array.from(
    trie.entries(new Uint8Array(32)),
    ({ key, value }) => `${bytesToHex(key)} ${bytesToHex(value)}`,
  )
}

test('a trie has the same root as the reference after any operations, also reopened in between', async () => {
  await fc.assert(
    fc.asyncProperty(operations, operations, async (first, second) => {
      const reference = new MerklePatriciaTrie()
      const { nodes, reopen } = createStored()
      const save = (hash: Uint8Array, rlp: Uint8Array) => void nodes.set(bytesToHex(hash), rlp)
      let trie = createTrie(() => assert.fail('nothing is stored yet'))
      for (const part of [first, second]) {
        for (const operation of part) {
          apply(trie, operation)
          if (operation.value.length === 0) await reference.del(keyOf(operation.key))
          else await reference.put(keyOf(operation.key), operation.value)
        }
        const root = rootOf(trie, save)
        assert.equal(bytesToHex(root), bytesToHex(reference.root()))
        trie = reopen(root)
      }
      for (let key = 0; key <= 40; key++) {
        assert.deepEqual(trie.get(keyOf(key)) ?? null, await reference.get(keyOf(key)))
      }
    }),
    { numRuns: 60 },
  )
})

test('writes leave the tries that share nodes as they were', () => {
  fc.assert(
    fc.property(operations, operations, operations, (first, second, third) => {
      const shared = new Map<string, TrieNode>()
      const share: NodeSink = (hash, _rlp, node) => void shared.set(bytesToHex(hash), node)
      const source: NodeSource = (hash) => shared.get(bytesToHex(hash)) ?? assert.fail('no node')
      const trie = createTrie(source)
      const versions = [first, second, third].map((writes) => {
        for (const operation of writes) apply(trie, operation)
        return { root: rootOf(trie, share), held: contentOf(trie) }
      })
      for (const { root, held } of versions) {
        assert.deepEqual(contentOf(createTrie(source, root)), held)
      }
    }),
    { numRuns: 60 },
  )
})

test('the order of writes does not matter, and deleting everything leaves the empty root', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200), { maxLength: 30 }), (keys) => {
      const [forward, backward] = [keys, keys.toReversed()].map((order) => {
        const trie = createTrie(() => assert.fail('nothing is stored'))
        for (const key of order) trie.put(keyOf(key), Uint8Array.of(key, 1))
        return trie
      }) as [Trie, Trie]
      const ignore = () => {}
      assert.deepEqual(rootOf(forward, ignore), rootOf(backward, ignore))
      for (const key of keys) forward.delete(keyOf(key))
      assert.equal(bytesToHex(rootOf(forward, ignore)), EMPTY_TRIE_ROOT)
    }),
    { numRuns: 50 },
  )
})

test('a write that changes nothing makes no new node', () => {
  const { nodes, reopen } = createStored()
  const trie = createTrie(() => assert.fail('nothing is stored yet'))
  for (let key = 0; key < 30; key++) trie.put(keyOf(key), new Uint8Array(33).fill(key))
  const root = rootOf(trie, (hash, rlp) => void nodes.set(bytesToHex(hash), rlp))
  const again = reopen(root)
  again.put(keyOf(3), new Uint8Array(33).fill(3))
  again.delete(keyOf(99))
  assert.deepEqual(
    rootOf(again, () => assert.fail('a node was made')),
    root,
  )
})

test('proofs of presence and absence satisfy the reference verifier', async () => {
  await fc.assert(
    fc.asyncProperty(operations, fc.nat(40), async (writes, asked) => {
      const { nodes } = createStored()
      const trie = createTrie(() => assert.fail('nothing is stored yet'))
      for (const operation of writes) apply(trie, operation)
      const root = rootOf(trie, (hash, rlp) => void nodes.set(bytesToHex(hash), rlp))
      if (bytesToHex(root) === EMPTY_TRIE_ROOT) return
      const source = sourceOf(nodes)
      const key = Uint8Array.of(asked)
      const proof = await merkleProof(storedIn(nodes), root, key)
      assert.ok(proof.length > 0)
      const proven = await verifyMerkleProof(keyOf(asked), proof.map(hexToBytes), { root })
      assert.deepEqual(proven, createTrie(source, root).get(keyOf(asked)) ?? null)
    }),
    { numRuns: 60 },
  )
})

test('the ordered root of a list equals that of a trie by RLP index', async () => {
  for (const count of [0, 1, 2, 127, 128, 129, 300]) {
    const values = Array.from({ length: count }, (_, i) => encodeRlp([Uint8Array.of(i >> 8, i)]))
    const reference = new MerklePatriciaTrie()
    for (const [index, value] of values.entries()) {
      const bytes = index === 0 ? [] : index < 256 ? [index] : [index >> 8, index & 255]
      await reference.put(encodeRlp(Uint8Array.from(bytes)), value)
    }
    assert.deepEqual(orderedTrieRoot(values), reference.root(), `${count} values`)
  }
})

test('a walk meets every key from where it begins, in order, whether its nodes are stored or not', async () => {
  await fc.assert(
    fc.property(operations, operations, fc.nat(60), (first, second, begin) => {
      const { nodes, reopen } = createStored()
      const trie = createTrie(sourceOf(nodes))
      for (const operation of first) apply(trie, operation)
      const reopened = reopen(rootOf(trie, (hash, rlp) => nodes.set(bytesToHex(hash), rlp)))
      for (const operation of second) apply(reopened, operation)
      const held = new Map<string, string>()
      for (const { key, value } of [...first, ...second]) {
        if (value.length === 0) held.delete(bytesToHex(keyOf(key)))
        else held.set(bytesToHex(keyOf(key)), bytesToHex(value))
      }
      // A key that may be there, and the place right behind it.
      for (const from of [keyOf(begin), keyOf(begin).fill(0xff, 31), new Uint8Array(32)]) {
        const met = Array.from(reopened.entries(from), ({ key, value }) => [
          bytesToHex(key),
          bytesToHex(value),
        ])
        const wanted = [...held].filter(([key]) => key >= bytesToHex(from)).sort()
        assert.deepEqual(met, wanted)
      }
    }),
  )
})
