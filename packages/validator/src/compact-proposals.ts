import type { Block } from '@busan/chain-spec'
import { type Hash, keccakHash, Lru } from '@busan/primitives'
import {
  COMPACT_PROPOSAL_CODE,
  type CompactProposal,
  encodeCompactProposal,
  MESSAGE_SIZE_BYTES_MAX,
  type Message,
  openCompactProposal,
} from '@busan/qbft'
import type { GossipVerdict } from './intake.ts'
import type { MessageDrop, ValidatorMetrics } from './metrics.ts'
import type { CompactTransport, ValidatorChain, ValidatorPool } from './ports.ts'

/**
 * Proposals travel with the hashes of their transactions, which most nodes have in their pools; what a node does not
 * have it asks the sender for. The machine and the journal know whole proposals only.
 */
export interface CompactProposals {
  /** The small form of our proposal; undefined: it has to travel whole. */
  shrink(message: Message<Block>): Uint8Array | undefined
  /** Makes a compact proposal whole and hands it on; other messages are handed on as they are. */
  receive(bytes: Uint8Array, from: string | undefined): Promise<GossipVerdict>
  /** What we can give to those who ask: pooled, or of a recent proposal. */
  transactions(hashes: readonly Hash[]): readonly (Uint8Array | undefined)[]
}

interface CompactPorts {
  readonly chain: Pick<ValidatorChain, 'head'>
  readonly pool: Pick<ValidatorPool, 'get'>
  readonly metrics: ValidatorMetrics
  readonly transport: CompactTransport | undefined
  /** Judges a whole message. */
  readonly deliver: (bytes: Uint8Array) => GossipVerdict
}

/** Proposals whose transactions are kept for those who ask: a few rounds of two heights. */
const RECENT_MAX = 4
/** Compact proposals of one peer that wait for transactions; a proposer sends one a round. */
const WAITING_PER_PEER_MAX = 2
/** Peers asked beside the one that brought the proposal, which may be a liar that passed it on. */
const OTHERS_ASKED_MAX = 3
/** With more missing than this only the sender is asked: a liar's list shall not make us bother others. */
const ASKED_OF_OTHERS_MAX = 4096

/** @see CompactProposals */
export function createCompactProposals(ports: CompactPorts): CompactProposals {
  const { chain, metrics, transport, deliver } = ports
  const recent: Recent = new Lru(RECENT_MAX)
  const place = createPlaces()

  async function complete(proposal: CompactProposal, from: string): Promise<GossipVerdict> {
    const found = await collect(ports, recent, { hashes: proposal.hashes, from })
    const raws = proposal.hashes.flatMap((hash) => found.get(hash) ?? [])
    if (raws.length < proposal.hashes.length) return drop(metrics, 'transactions-missing')
    // A list that names one large transaction many times would grow without bound.
    if (raws.reduce((sum, raw) => sum + raw.length, 0) > MESSAGE_SIZE_BYTES_MAX) return 'reject'
    const bytes = proposal.expand(raws)
    const verdict = deliver(bytes)
    if (verdict === 'accept') recent.set(keccakHash(bytes), found)
    return verdict
  }

  return {
    shrink(message) {
      if (message.type !== 'proposal' || transport?.isUnderstood() !== true) return undefined
      const bytes = encodeCompactProposal(message)
      if (bytes === undefined) return undefined
      const { transactions } = message.proposal.payload.block
      recent.set(keccakHash(bytes), new Map(transactions.map((raw) => [keccakHash(raw), raw])))
      return bytes
    },
    async receive(bytes, from = '') {
      if (bytes[0] !== COMPACT_PROPOSAL_CODE) return deliver(bytes)
      if (bytes.length > MESSAGE_SIZE_BYTES_MAX) return 'reject'
      const opened = openCompactProposal(bytes)
      if (!opened.ok) return 'reject'
      if (opened.value.height <= chain.head().header.number) return drop(metrics, 'old-height')
      const verdict = await place(from, () => complete(opened.value, from))
      return verdict ?? drop(metrics, 'author-limit')
    },
    transactions: (hashes) => hashes.map((hash) => find(ports, recent, hash)),
  }
}

type Recent = Lru<Hash, ReadonlyMap<Hash, Uint8Array>>

function find({ pool }: CompactPorts, recent: Recent, hash: Hash): Uint8Array | undefined {
  const pooled = pool.get(hash)
  if (pooled !== undefined) return pooled.raw
  for (const transactions of recent.values()) {
    const raw = transactions.get(hash)
    if (raw !== undefined) return raw
  }
  return undefined
}

/** What there is of the transactions: here first, then at the sender, then at some others. */
async function collect(
  ports: CompactPorts,
  recent: Recent,
  { hashes, from }: { readonly hashes: readonly Hash[]; readonly from: string },
): Promise<ReadonlyMap<Hash, Uint8Array>> {
  const { transport, metrics } = ports
  const found = new Map<Hash, Uint8Array>()
  for (const hash of hashes) {
    const raw = find(ports, recent, hash)
    if (raw !== undefined) found.set(hash, raw)
  }
  let missing = hashes.filter((hash) => !found.has(hash))
  if (missing.length > 0) metrics.proposalsIncomplete.add(1)
  for (const peer of peersToAsk(transport, from, missing.length)) {
    if (missing.length === 0) break
    const answers = (await transport?.requestTransactions(peer, missing)) ?? []
    for (const [index, raw] of answers.entries()) {
      if (raw !== undefined) found.set(missing[index] as Hash, raw)
    }
    missing = missing.filter((hash) => !found.has(hash))
  }
  return found
}

/** Bounds how many tasks of one peer run at once. The result is undefined when there are too many. */
function createPlaces() {
  const taken = new Map<string, number>()
  return async <Value>(peer: string, task: () => Promise<Value>): Promise<Value | undefined> => {
    const count = taken.get(peer) ?? 0
    if (count >= WAITING_PER_PEER_MAX) return undefined
    taken.set(peer, count + 1)
    try {
      return await task()
    } finally {
      const left = (taken.get(peer) ?? 1) - 1
      if (left === 0) taken.delete(peer)
      else taken.set(peer, left)
    }
  }
}

function drop({ messagesDropped }: ValidatorMetrics, reason: MessageDrop): 'ignore' {
  messagesDropped.add(1, { reason })
  return 'ignore'
}

function peersToAsk(
  transport: CompactTransport | undefined,
  from: string,
  missing: number,
): readonly string[] {
  if (missing > ASKED_OF_OTHERS_MAX) return [from]
  const others = transport?.peers().filter((peer) => peer !== from) ?? []
  return [from, ...others.slice(0, OTHERS_ASKED_MAX)]
}
