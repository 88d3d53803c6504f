// A proposal whose block names its transactions by hash: how it travels among nodes that have most of them already.
import type { Block } from '@busan/chain-spec'
import {
  accept,
  asBytes,
  asList,
  asScalar,
  bytesToHash,
  concatBytes,
  decodeRlp,
  encodeRlp,
  errorMessage,
  type Hash,
  hexToBytes,
  keccakHash,
  type RlpItem,
  refuse,
  type Verdict,
} from '@busan/primitives'
import type { ProposalMessage } from '../types.ts'
import { encodeMessage } from './messages.ts'
import { MESSAGE_CODES } from './payloads.ts'

/** First byte of a compact proposal; no message code of the protocol. */
export const COMPACT_PROPOSAL_CODE = 0x22

/** Transactions that a compact proposal may name: more than a message of the largest size has room for. */
const TRANSACTIONS_MAX = 2 ** 18

/** A compact proposal, read but not believed: its signature covers the whole block, so it is checked after. */
export interface CompactProposal {
  readonly height: bigint
  /** In the block's order. */
  readonly hashes: readonly Hash[]
  /**
   * The proposal as its author encoded it.
   * @param transactions raw envelopes of `hashes`, in their order
   */
  expand(transactions: readonly Uint8Array[]): Uint8Array
}

/** @returns undefined for a block without transactions: there is nothing to name */
export function encodeCompactProposal(message: ProposalMessage<Block>): Uint8Array | undefined {
  const { transactions } = message.proposal.payload.block
  if (transactions.length === 0) return undefined
  const hashes = transactions.map((raw) => hexToBytes(keccakHash(raw)))
  const items = asList(decodeRlp(encodeMessage(message).subarray(1)), 'message')
  return withTransactions(COMPACT_PROPOSAL_CODE, items, hashes)
}

/** Reads foreign bytes; never throws on bad ones. */
export function openCompactProposal(
  bytes: Uint8Array,
): Verdict<CompactProposal, 'malformed-message'> {
  try {
    const items = asList(decodeRlp(bytes.subarray(1)), 'message')
    const named = asList(asList(payloadOf(items)[2], 'block')[1], 'transactions')
    if (named.length === 0 || named.length > TRANSACTIONS_MAX) {
      throw new TypeError(`compact proposal: ${named.length} transactions`)
    }
    return accept({
      height: asScalar(payloadOf(items)[0], 'height'),
      hashes: named.map((hash) => bytesToHash(asBytes(hash, 'transaction hash', 32))),
      expand: (transactions) =>
        withTransactions(MESSAGE_CODES.proposal, items, transactions.map(itemOf)),
    })
  } catch (error) {
    return refuse('malformed-message', errorMessage(error))
  }
}

function payloadOf(message: readonly RlpItem[]): readonly RlpItem[] {
  return asList(asList(message[0], 'signed proposal')[0], 'proposal')
}

/** The same message with another list in place of its block's transactions. */
function withTransactions(
  code: number,
  [signed, ...justification]: readonly RlpItem[],
  transactions: readonly RlpItem[],
): Uint8Array {
  const [payload, ...signature] = asList(signed, 'signed proposal')
  const [height, round, block, ...rest] = asList(payload, 'proposal') as RlpItem[]
  const [header, , ...others] = asList(block, 'block') as RlpItem[]
  const changed = [header as RlpItem, transactions, ...others]
  const place = [height as RlpItem, round as RlpItem]
  const proposal = [[...place, changed, ...rest], ...signature]
  return concatBytes(Uint8Array.of(code), encodeRlp([proposal, ...justification]))
}

/** Inside a block a legacy transaction is a nested list, a typed one a byte string (EIP-2718). */
function itemOf(raw: Uint8Array): RlpItem {
  return (raw[0] as number) >= 0xc0 ? decodeRlp(raw) : raw
}
