/** Bounds on what clients may ask for. */
export interface RpcLimits {
  /** HTTP body and WebSocket message. */
  readonly requestSizeBytes: number
  readonly batchItems: number
  readonly responseSizeBytes: number
  /** A request that is not answered by then gets -32002. */
  readonly requestTimeoutMs: number
  /** Gas of eth_call and eth_estimateGas. */
  readonly callGas: bigint
  readonly callTimeoutMs: number
  /** Time for one traced transaction when the request names none; geth's. */
  readonly traceTimeoutMs: number
  /** Most that a request may name. */
  readonly traceTimeoutMaxMs: number
  /** Blocks that one trace_filter may span: each is run again. */
  readonly traceRangeBlocks: number
  /** Messages of one trace_callMany. */
  readonly traceCalls: number
  /** Transactions on one page of an explorer. */
  readonly pageTransactions: number
  /** Blocks that one eth_getLogs may span. */
  readonly logRangeBlocks: number
  readonly logResults: number
  readonly logAddresses: number
  /** Alternatives in one topic position. */
  readonly logTopics: number
  readonly filters: number
  /** A filter that nobody polls for this long is removed. */
  readonly filterTtlMs: number
  /** Hashes kept for one pending-transaction filter between two polls. */
  readonly filterPendingHashes: number
  readonly webSocketConnections: number
  readonly subscriptionsPerConnection: number
  /** Requests of one WebSocket connection that run at once; more wait in the socket. */
  readonly requestsPerConnection: number
  /** Unsent bytes after which a slow WebSocket client is dropped. */
  readonly webSocketBufferBytes: number
  readonly webSocketPingMs: number
  /** Characters of answers that are kept ready: blocks, receipts and logs are final, so they stay right. */
  readonly keptAnswersSize: number
  readonly proofSlots: number
  /** Slots of one `eth_getStorageValues`, over all its accounts. */
  readonly storageSlots: number
  /** Slots of all accounts of one debug_accountRange. */
  readonly storageRangeSlots: number
  readonly feeHistoryBlocks: number
  readonly rewardPercentiles: number
  readonly inclusionWaitMs: number
  readonly inclusionWaitMaxMs: number
  /** How long closing waits for requests in flight. */
  readonly closeTimeoutMs: number
}

/** Limits of a public node; geth's where it has one. */
export const DEFAULT_LIMITS: RpcLimits = {
  requestSizeBytes: 5 * 1024 * 1024,
  batchItems: 1000,
  responseSizeBytes: 25 * 1000 * 1000,
  requestTimeoutMs: 30_000,
  callGas: 50_000_000n,
  callTimeoutMs: 5_000,
  traceTimeoutMs: 5_000,
  traceTimeoutMaxMs: 25_000,
  traceRangeBlocks: 200,
  traceCalls: 100,
  pageTransactions: 1_000,
  logRangeBlocks: 5_000,
  logResults: 10_000,
  logAddresses: 1_000,
  logTopics: 1_000,
  filters: 10_000,
  filterTtlMs: 5 * 60 * 1000,
  filterPendingHashes: 10_000,
  webSocketConnections: 1_000,
  subscriptionsPerConnection: 128,
  requestsPerConnection: 64,
  webSocketBufferBytes: 16 * 1024 * 1024,
  webSocketPingMs: 30_000,
  keptAnswersSize: 64 * 1024 * 1024,
  proofSlots: 1_024,
  storageSlots: 1_024,
  storageRangeSlots: 16_384,
  feeHistoryBlocks: 1_024,
  rewardPercentiles: 100,
  inclusionWaitMs: 20_000,
  inclusionWaitMaxMs: 25_000,
  closeTimeoutMs: 10_000,
}
