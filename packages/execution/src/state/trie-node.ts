import {
  asBytes,
  asList,
  assert,
  decodeRlp,
  encodeRlp,
  keccak256,
  type RlpItem,
} from '@busan/primitives'

/** A node of a Merkle-Patricia trie (yellow paper, appendix D), never changed once it is sealed. */
export type TrieNode = LeafNode | ExtensionNode | BranchNode

/** What a parent holds: nothing, a node in memory, or the hash of a stored one. */
export type TrieChild = TrieNode | Uint8Array | null

export interface LeafNode {
  readonly kind: 'leaf'
  /** Nibbles, one a byte. */
  readonly path: Uint8Array
  value: Uint8Array
  sealed?: RlpItem
}

export interface ExtensionNode {
  readonly kind: 'extension'
  /** Nibbles, at least one. */
  readonly path: Uint8Array
  child: TrieNode | Uint8Array
  sealed?: RlpItem
}

/** Keys of our tries are never a prefix of one another, so a branch carries no value. */
export interface BranchNode {
  readonly kind: 'branch'
  /** 16 children. */
  readonly children: TrieChild[]
  sealed?: RlpItem
}

/** Called with each node that gets a hash: what has to be stored. */
export type NodeSink = (hash: Uint8Array, rlp: Uint8Array, node: TrieNode) => void

const NO_BYTES = new Uint8Array(0)

/** A key as nibbles, high half first. */
export function toNibbles(key: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(key.length * 2)
  for (let i = 0; i < key.length; i++) {
    const byte = key[i] as number
    nibbles[2 * i] = byte >> 4
    nibbles[2 * i + 1] = byte & 15
  }
  return nibbles
}

/** Reads a stored node. @param hash what it was stored under */
export function decodeNode(rlp: Uint8Array, hash: Uint8Array): TrieNode {
  const node = nodeFromItem(asList(decodeRlp(rlp), 'trie node'))
  node.sealed = hash
  return node
}

/**
 * What the parent embeds: the node itself when its RLP is shorter than 32 bytes, else its hash. Hashes the
 * whole unsealed part of the tree below, each node once.
 */
export function sealNode(node: TrieNode, sink: NodeSink): RlpItem {
  if (node.sealed !== undefined) return node.sealed
  const item = nodeToItem(node, sink)
  const rlp = encodeRlp(item)
  node.sealed = rlp.length < 32 ? item : hashNode(rlp, node, sink)
  return node.sealed
}

/** Branches from the root down whose children are sealed one at a time: 256 steps for a trie of many changes. */
const STEPPED_LEVELS = 2

/** As {@link sealNode}, but always a hash, as the root is never embedded; in steps that each take little time. */
export function* sealRoot(node: TrieNode, sink: NodeSink): Generator<void, Uint8Array> {
  yield* sealBelow(node, sink, STEPPED_LEVELS)
  const sealed = sealNode(node, sink)
  return sealed instanceof Uint8Array ? sealed : hashNode(encodeRlp(sealed), node, sink)
}

function* sealBelow(node: TrieNode, sink: NodeSink, levels: number): Generator<void, void> {
  if (node.kind !== 'branch' || node.sealed !== undefined) return
  for (const child of node.children) {
    if (child === null || child instanceof Uint8Array || child.sealed !== undefined) continue
    if (levels > 1) yield* sealBelow(child, sink, levels - 1)
    sealNode(child, sink)
    yield
  }
}

function hashNode(rlp: Uint8Array, node: TrieNode, sink: NodeSink): Uint8Array {
  const hash = keccak256(rlp)
  sink(hash, rlp, node)
  return hash
}

/** A sealed node that holds its children by hash, so that keeping it keeps nothing below it. */
export function withoutDescendants(node: TrieNode, hash: Uint8Array): TrieNode {
  if (node.kind === 'leaf') {
    node.sealed = hash
    return node
  }
  if (node.kind === 'extension') {
    return { ...node, child: referenceTo(node.child) as TrieNode | Uint8Array, sealed: hash }
  }
  return { kind: 'branch', children: node.children.map(referenceTo), sealed: hash }
}

function referenceTo(child: TrieChild): TrieChild {
  if (child === null || child instanceof Uint8Array) return child
  return child.sealed instanceof Uint8Array ? child.sealed : child
}

function nodeToItem(node: TrieNode, sink: NodeSink): RlpItem {
  if (node.kind === 'leaf') return [packPath(node.path, true), node.value]
  if (node.kind === 'extension') return [packPath(node.path, false), sealChild(node.child, sink)]
  const items: RlpItem[] = new Array<RlpItem>(17).fill(NO_BYTES)
  for (let i = 0; i < 16; i++) items[i] = sealChild(node.children[i] as TrieChild, sink)
  return items
}

function sealChild(child: TrieChild, sink: NodeSink): RlpItem {
  if (child === null) return NO_BYTES
  return child instanceof Uint8Array ? child : sealNode(child, sink)
}

function nodeFromItem(item: readonly RlpItem[]): TrieNode {
  if (item.length === 17) {
    return { kind: 'branch', children: item.slice(0, 16).map(childFromItem) }
  }
  assert(item.length === 2, `a stored trie node has 2 or 17 items, not ${item.length}`)
  const packed = asBytes(item[0], 'trie path')
  const isLeaf = ((packed[0] as number) & 0x20) !== 0
  const path = unpackPath(packed)
  if (isLeaf) return { kind: 'leaf', path, value: asBytes(item[1], 'trie value') }
  const child = childFromItem(item[1] as RlpItem)
  assert(child !== null, 'a stored extension node has a child')
  return { kind: 'extension', path, child }
}

function childFromItem(item: RlpItem): TrieChild {
  if (item instanceof Uint8Array) return item.length === 0 ? null : item
  const node = nodeFromItem(item)
  node.sealed = item
  return node
}

/** Hex-prefix encoding (yellow paper, appendix C): a flag nibble for leaf and odd length, then the nibbles. */
function packPath(nibbles: Uint8Array, isLeaf: boolean): Uint8Array {
  const odd = nibbles.length % 2
  const packed = new Uint8Array((nibbles.length >> 1) + 1)
  packed[0] = (isLeaf ? 0x20 : 0) | (odd === 1 ? 0x10 | (nibbles[0] as number) : 0)
  for (let i = odd, at = 1; i < nibbles.length; i += 2, at++) {
    packed[at] = ((nibbles[i] as number) << 4) | (nibbles[i + 1] as number)
  }
  return packed
}

function unpackPath(packed: Uint8Array): Uint8Array {
  const nibbles = toNibbles(packed)
  const isOdd = ((nibbles[0] as number) & 1) === 1
  return nibbles.slice(isOdd ? 1 : 2)
}
