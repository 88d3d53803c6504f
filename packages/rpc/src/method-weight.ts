import { methodFilter } from './method-policy.ts'

/** What methods weigh against a rate limit; the first that fits counts. One unit is a read of something kept ready. */
const WEIGHTS: readonly (readonly [weight: number, names: readonly string[]])[] = [
  [
    100,
    ['debug_traceBlock*', 'trace_block', 'trace_filter', 'trace_replayBlock*', 'eth_simulateV1'],
  ],
  [
    50,
    [
      'debug_trace*',
      'debug_storageRangeAt',
      'debug_accountRange',
      'trace_*',
      'ots_trace*',
      'ots_search*',
    ],
  ],
  [
    20,
    [
      'eth_getLogs',
      'eth_getFilterLogs',
      'eth_getFilterChanges',
      'eth_createAccessList',
      'busan_explainTransaction',
      'rpc_discover',
    ],
  ],
  [
    10,
    [
      'eth_estimateGas',
      'eth_fillTransaction',
      'eth_sendRawTransaction*',
      'eth_getBlockReceipts',
      'eth_getProof',
    ],
  ],
  [5, ['eth_call', 'eth_feeHistory', 'eth_getBlockBy*', 'ots_*']],
]

const FILTERS = WEIGHTS.map(([weight, allow]) => [weight, methodFilter({ allow })] as const)

/** Units of a request for this method. */
export function methodWeight(name: string): number {
  return FILTERS.find(([, fits]) => fits(name))?.[0] ?? 1
}
