export type {
  ChainPort,
  GossipVerdict,
  NetworkPort,
  PeerHead,
  PeerId,
  StoredBlocksPort,
} from './ports.ts'
export { RANGE_LIMITS, type RangeLimits, serveRange } from './serve-range.ts'
export { createSync, type Sync, type SyncOptions, type SyncStatus } from './sync.ts'
