import { EMPTY_TRIE_ROOT, encodeRlp, equalBytes, hexToBytes } from '@busan/primitives'
import {
  type BranchNode,
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
  /** The root hash; `sink` receives every node made since the last call, with its hash. */
  root(sink: NodeSink): Uint8Array
}

/** Loads a stored node, which may be shared. @throws CodedError when it is not there */
export type NodeSource = (hash: Uint8Array) => TrieNode

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
      root = insert(load, openRoot(), toNibbles(key), value)
    },
    delete: (key) => {
      root = remove(load, openRoot(), toNibbles(key))
    },
    entries: (from) => walkTrie(load, openRoot(), toNibbles(from)),
    root: (sink) => {
      if (root === null) return EMPTY_ROOT
      return root instanceof Uint8Array ? root : sealRoot(root, sink)
    },
  }
}

/** Root of the trie that maps RLP of each index to the value there: transactions and receipts of a block. */
export function orderedTrieRoot(values: readonly Uint8Array[]): Uint8Array {
  const trie = createTrie(() => unreachable())
  for (const [index, value] of values.entries()) trie.put(encodeRlp(indexBytes(index)), value)
  return trie.root(() => {})
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

/** One step from `node` towards `path`: where it leads, and how many nibbles it used; undefined: nowhere. */
function step(
  load: Load,
  node: TrieNode,
  path: Uint8Array,
): { readonly next: TrieNode | null; readonly used: number } | undefined {
  if (node.kind === 'branch') return { next: childOf(load, node, path[0] as number), used: 1 }
  if (node.kind === 'leaf' || !startsWith(path, node.path)) return undefined
  return { next: load(node.child), used: node.path.length }
}

function find(load: Load, root: TrieNode | null, key: Uint8Array): Uint8Array | undefined {
  let node = root
  let path = key
  while (node !== null) {
    if (node.kind === 'leaf') return equalBytes(node.path, path) ? node.value : undefined
    const taken = step(load, node, path)
    if (taken === undefined) return undefined
    path = path.subarray(taken.used)
    node = taken.next
  }
  return undefined
}

/** The tree with `value` at `path`; the same object when nothing changes. */
function insert(load: Load, node: TrieNode | null, path: Uint8Array, value: Uint8Array): TrieNode {
  if (node === null) return { kind: 'leaf', path, value }
  if (node.kind === 'branch') {
    const nibble = path[0] as number
    const child = childOf(load, node, nibble)
    const after = insert(load, child, path.subarray(1), value)
    return after === child ? node : withChild(node, nibble, after)
  }
  const shared = sharedLength(node.path, path)
  if (shared < node.path.length) return split(node, path, value, shared)
  if (node.kind === 'leaf')
    return equalBytes(node.value, value) ? node : { kind: 'leaf', path, value }
  const child = load(node.child) as TrieNode
  const after = insert(load, child, path.subarray(shared), value)
  return after === child ? node : { kind: 'extension', path: node.path, child: after }
}

/** Puts a branch where the paths part. */
function split(
  node: Exclude<TrieNode, BranchNode>,
  path: Uint8Array,
  value: Uint8Array,
  shared: number,
): TrieNode {
  const children: TrieChild[] = new Array<TrieChild>(16).fill(null)
  children[node.path[shared] as number] = withoutPrefix(node, shared + 1)
  children[path[shared] as number] = { kind: 'leaf', path: path.subarray(shared + 1), value }
  const branch: TrieNode = { kind: 'branch', children }
  return shared === 0
    ? branch
    : { kind: 'extension', path: path.subarray(0, shared), child: branch }
}

function withoutPrefix(node: Exclude<TrieNode, BranchNode>, length: number): TrieChild {
  const path = node.path.subarray(length)
  if (node.kind === 'leaf') return { kind: 'leaf', path, value: node.value }
  return path.length === 0 ? node.child : { kind: 'extension', path, child: node.child }
}

/** The tree without `path`; the same object when it was not there. */
function remove(load: Load, node: TrieNode | null, path: Uint8Array): TrieNode | null {
  if (node === null) return null
  if (node.kind === 'leaf') return equalBytes(node.path, path) ? null : node
  if (node.kind === 'extension') {
    if (!startsWith(path, node.path)) return node
    const child = load(node.child) as TrieNode
    const after = remove(load, child, path.subarray(node.path.length))
    return after === child ? node : withPrefix(node.path, after as TrieNode)
  }
  const nibble = path[0] as number
  const child = childOf(load, node, nibble)
  const after = remove(load, child, path.subarray(1))
  if (after === child) return node
  const branch = withChild(node, nibble, after)
  return after === null ? collapse(load, branch) : branch
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

function withChild(branch: BranchNode, nibble: number, child: TrieChild): BranchNode {
  const children = branch.children.slice()
  children[nibble] = child
  return { kind: 'branch', children }
}

function startsWith(path: Uint8Array, prefix: Uint8Array): boolean {
  return sharedLength(path, prefix) === prefix.length
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  const limit = Math.min(a.length, b.length)
  let length = 0
  while (length < limit && a[length] === b[length]) length++
  return length
}
