import {
  type ChainSpec,
  EMPTY_LOGS_BLOOM,
  EMPTY_REQUESTS_HASH,
  type Header,
  nextExcessBlobGas,
  QBFT_MIX_HASH,
} from '@busan/chain-spec'
import { EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, ZERO_HASH } from '@busan/primitives'
import { requestsHash } from './ethereum/requests.ts'
import { withdrawalsRoot } from './ethereum/withdrawals-root.ts'
import type { BlockTemplate, ExecutionResult } from './types.ts'

/** Everything of a header that is known before the transactions run. */
export function draftHeader(template: BlockTemplate, spec: ChainSpec): Header {
  const { parent, timestamp } = template
  const number = parent.number + 1n
  const fork = spec.forkAt(number, timestamp)
  const baseFeePerGas = spec.nextBaseFee(parent, timestamp)
  return {
    parentHash: template.parentHash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: template.coinbase,
    stateRoot: ZERO_HASH,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_LOGS_BLOOM,
    difficulty: spec.consensus === 'bft' ? 1n : 0n,
    number,
    gasLimit: template.gasLimit,
    gasUsed: 0n,
    timestamp,
    extraData: template.extraData,
    mixHash: template.prevRandao ?? QBFT_MIX_HASH,
    nonce: `0x${'00'.repeat(8)}`,
    ...(baseFeePerGas === undefined ? {} : { baseFeePerGas }),
    ...(fork.hasWithdrawals
      ? { withdrawalsRoot: withdrawalsRoot(template.withdrawals ?? []) }
      : {}),
    ...(fork.blobs === undefined
      ? {}
      : { blobGasUsed: 0n, excessBlobGas: nextExcessBlobGas(parent, fork.blobs) }),
    ...(fork.hasBeaconRoot
      ? { parentBeaconBlockRoot: template.parentBeaconBlockRoot ?? ZERO_HASH }
      : {}),
    ...(fork.hasRequests ? { requestsHash: EMPTY_REQUESTS_HASH } : {}),
  }
}

/** The header with what running its block gave. */
export function completeHeader(draft: Header, result: ExecutionResult): Header {
  const { stateRoot, transactionsRoot, receiptsRoot, logsBloom, gasUsed, requests } = result
  return {
    ...draft,
    stateRoot,
    transactionsRoot,
    receiptsRoot,
    logsBloom,
    gasUsed,
    ...(draft.blobGasUsed === undefined ? {} : { blobGasUsed: result.blobGasUsed }),
    ...(requests === undefined ? {} : { requestsHash: requestsHash(requests) }),
  }
}
