import { EMPTY_TRIE_ROOT, encodeRlp, equalBytes, hexToBytes } from '@busan/primitives'
import { resultOf } from './steps.ts'
import {
  type BranchNode,
  type ExtensionNode,
  type LeafNode,
  type NodeSink,
  sealRoot,
  type TrieChild,
  type TrieNode,
  toNibbles,
} from './trie-node.ts'
import { type TrieEntry, walkTrie } from './trie-walk.ts'

/**
 * A Merkle-Patricia trie that hashes nothing until it is asked for its root: however often a key is written,
 * each changed node is hashed and stored once. Reads load nodes as they are needed, synchronously.
 */
export interface Trie {
  get(key: Uint8Array): Uint8Array | undefined
  /** @param value not empty */
  put(key: Uint8Array, value: Uint8Array): void
  delete(key: Uint8Array): void
  /** Keys from `from` on, ascending, with their values. */
  entries(from: Uint8Array): Iterable<TrieEntry>
  /** Computes the root hash, in steps; `sink` receives every node made since the last time, with its hash. */
  root(sink: NodeSink): Generator<void, Uint8Array>
}

/** Loads a stored node, which may be shared. @throws CodedError when it is not there */
export type NodeSource = (hash: Uint8Array) => TrieNode

/** Writes between two looks of whoever paces them. */
export const PUTS_PER_STEP = 32

const EMPTY_ROOT = hexToBytes(EMPTY_TRIE_ROOT)

/** Opens the trie with this root; nothing is read yet. */
export function createTrie(source: NodeSource, rootHash: Uint8Array = EMPTY_ROOT): Trie {
  let root: TrieChild = equalBytes(rootHash, EMPTY_ROOT) ? null : rootHash
  const load = createLoader(source)
  const openRoot = (): TrieNode | null => {
    root = load(root)
    return root
  }
  return {
    get: (key) => find(load, openRoot(), toNibbles(key)),
    put: (key, value) => {
      root = insert(load, openRoot(), { key: toNibbles(key), value }, 0)
    },
    delete: (key) => {
      root = remove(load, openRoot(), toNibbles(key), 0)
    },
    entries: (from) => walkTrie(load, openRoot(), toNibbles(from)),
    *root(sink) {
      if (root === null) return EMPTY_ROOT
      return root instanceof Uint8Array ? root : yield* sealRoot(root, sink)
    },
  }
}

/** Root of the trie that maps RLP of each index to the value there: transactions and receipts of a block. */
export function orderedTrieRoot(values: readonly Uint8Array[]): Uint8Array {
  return resultOf(orderedTrieRootInSteps(values))
}

/** As {@link orderedTrieRoot}. */
export function* orderedTrieRootInSteps(
  values: readonly Uint8Array[],
): Generator<void, Uint8Array> {
  const trie = createTrie(() => unreachable())
  for (const [index, value] of values.entries()) {
    trie.put(encodeRlp(indexBytes(index)), value)
    if (index % PUTS_PER_STEP === 0) yield
  }
  return yield* trie.root(() => {})
}

function unreachable(): never {
  throw new TypeError('a trie that was never stored has nothing to load')
}

function indexBytes(index: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = index; rest > 0; rest >>>= 8) bytes.unshift(rest & 255)
  return Uint8Array.from(bytes)
}

type Load = (child: TrieChild) => TrieNode | null

function createLoader(source: NodeSource): Load {
  return (child) => (child instanceof Uint8Array ? source(child) : child)
}

function childOf(load: Load, branch: BranchNode, nibble: number): TrieNode | null {
  return load(branch.children[nibble] as TrieChild)
}

function find(load: Load, root: TrieNode | null, key: Uint8Array): Uint8Array | undefined {
  let node = root
  let at = 0
  while (node !== null) {
    if (node.kind === 'branch') {
      node = childOf(load, node, key[at++] as number)
      continue
    }
    if (sharedLength(node.path, key, at) < node.path.length) return undefined
    if (node.kind === 'leaf') return node.value
    at += node.path.length
    node = load(node.child)
  }
  return undefined
}

/** What is written. */
interface Write {
  /** Nibbles. */
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/**
 * The tree with the value at the key's rest from `at` on; the same object when nothing changes above. What is not
 * sealed is in no other tree and is changed where it stands: a block's many writes share their branches.
 */
function insert(load: Load, node: TrieNode | null, write: Write, at: number): TrieNode {
  const { key, value } = write
  if (node === null) return { kind: 'leaf', path: key.slice(at), value }
  if (node.kind === 'branch') {
    const nibble = key[at] as number
    const child = childOf(load, node, nibble)
    const after = insert(load, child, write, at + 1)
    return after === child ? node : withChild(node, nibble, after)
  }
  const shared = sharedLength(node.path, key, at)
  if (shared < node.path.length) return split(node, write, at, shared)
  if (node.kind === 'leaf') return withValue(node, value)
  const child = load(node.child) as TrieNode
  const after = insert(load, child, write, at + shared)
  return after === child ? node : withOnlyChild(node, after)
}

/** Puts a branch where the paths part. */
function split(
  node: Exclude<TrieNode, BranchNode>,
  { key, value }: Write,
  at: number,
  shared: number,
): TrieNode {
  const children: TrieChild[] = new Array<TrieChild>(16).fill(null)
  children[node.path[shared] as number] = withoutPrefix(node, shared + 1)
  const path = key.slice(at + shared + 1)
  children[key[at + shared] as number] = { kind: 'leaf', path, value }
  const branch: TrieNode = { kind: 'branch', children }
  return shared === 0
    ? branch
    : { kind: 'extension', path: key.slice(at, at + shared), child: branch }
}

function withoutPrefix(node: Exclude<TrieNode, BranchNode>, length: number): TrieChild {
  const path = node.path.slice(length)
  if (node.kind === 'leaf') return { kind: 'leaf', path, value: node.value }
  return path.length === 0 ? node.child : { kind: 'extension', path, child: node.child }
}

/** The tree without the key's rest from `at` on; the same object when it was not there. */
function remove(load: Load, node: TrieNode | null, key: Uint8Array, at: number): TrieNode | null {
  if (node === null) return null
  if (node.kind === 'branch') {
    const nibble = key[at] as number
    const child = childOf(load, node, nibble)
    const after = remove(load, child, key, at + 1)
    if (after === child) return node
    const branch = withChild(node, nibble, after)
    return after === null ? collapse(load, branch) : branch
  }
  if (sharedLength(node.path, key, at) < node.path.length) return node
  if (node.kind === 'leaf') return null
  const child = load(node.child) as TrieNode
  const after = remove(load, child, key, at + node.path.length)
  return after === child ? node : withPrefix(node.path, after as TrieNode)
}

/** A branch of one child is no branch: the child takes its place with a longer path. */
function collapse(load: Load, branch: BranchNode): TrieNode {
  const [only, another] = [...branch.children.keys()].filter((i) => branch.children[i] !== null)
  if (only === undefined || another !== undefined) return branch
  return withPrefix(Uint8Array.of(only), childOf(load, branch, only) as TrieNode)
}

function withPrefix(prefix: Uint8Array, node: TrieNode): TrieNode {
  if (node.kind === 'branch') return { kind: 'extension', path: prefix, child: node }
  const path = new Uint8Array(prefix.length + node.path.length)
  path.set(prefix)
  path.set(node.path, prefix.length)
  return node.kind === 'leaf'
    ? { kind: 'leaf', path, value: node.value }
    : { kind: 'extension', path, child: node.child }
}

function withValue(leaf: LeafNode, value: Uint8Array): LeafNode {
  if (leaf.sealed !== undefined) {
    return equalBytes(leaf.value, value) ? leaf : { kind: 'leaf', path: leaf.path, value }
  }
  leaf.value = value
  return leaf
}

function withOnlyChild(extension: ExtensionNode, child: TrieNode): ExtensionNode {
  if (extension.sealed !== undefined) return { kind: 'extension', path: extension.path, child }
  extension.child = child
  return extension
}

function withChild(branch: BranchNode, nibble: number, child: TrieChild): BranchNode {
  if (branch.sealed === undefined) {
    branch.children[nibble] = child
    return branch
  }
  const children = branch.children.slice()
  children[nibble] = child
  return { kind: 'branch', children }
}

/** How many nibbles `path` and the key's rest from `at` on begin with alike. */
function sharedLength(path: Uint8Array, key: Uint8Array, at: number): number {
  const limit = Math.min(path.length, key.length - at)
  let length = 0
  while (length < limit && path[length] === key[at + length]) length++
  return length
}
