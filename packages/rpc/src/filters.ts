import type { Clock, Hash } from '@busan/primitives'
import { RpcError } from './errors.ts'
import type { RpcLimits } from './limits.ts'
import type { TransactionPool } from './ports.ts'
import type { Replicas } from './replicas.ts'
import type { LogQuery } from './schema/filter.ts'

/** What a client polls for. Polling advances `nextBlock` and empties `hashes`. */
export type Filter =
  | { readonly kind: 'logs'; readonly query: LogQuery; nextBlock: bigint }
  | { readonly kind: 'blocks'; nextBlock: bigint }
  | { readonly kind: 'pending'; hashes: Hash[] }

/** Filters of eth_newFilter and its kin. One that is not polled for a while is forgotten. */
export interface Filters {
  /** @returns the filter's id. @throws RpcError `limit-exceeded` */
  add(filter: Filter): string
  /** Reads and keeps alive. @throws RpcError `filter-not-found` */
  get(id: string): Filter
  remove(id: string): boolean
  close(): void
}

/** What filters are made with. */
export interface FilterPorts {
  readonly pool: TransactionPool
  readonly clock: Clock
  readonly replicas: Pick<Replicas, 'newId'>
}

/** Filters live in memory; the map is in order of last use, so the expired ones come first. */
export function createFilters(ports: FilterPorts, limits: RpcLimits): Filters {
  const entries = new Map<string, { readonly filter: Filter; readonly expiresAtMs: number }>()

  function removeExpired(): void {
    for (const [id, entry] of entries) {
      if (entry.expiresAtMs > ports.clock.nowMs()) return
      entries.delete(id)
    }
  }

  function keep(id: string, filter: Filter): void {
    entries.delete(id)
    entries.set(id, { filter, expiresAtMs: ports.clock.nowMs() + limits.filterTtlMs })
  }

  const stopListening = ports.pool.onChanged((changes) => {
    removeExpired()
    const hashes = changes.flatMap((change) =>
      change.type === 'promoted' || (change.type === 'added' && change.status === 'pending')
        ? [change.transaction.hash]
        : [],
    )
    if (hashes.length === 0) return
    for (const { filter } of entries.values()) {
      if (filter.kind !== 'pending') continue
      filter.hashes = [...filter.hashes, ...hashes].slice(-limits.filterPendingHashes)
    }
  })

  return {
    add(filter) {
      removeExpired()
      if (entries.size >= limits.filters) {
        const advice = 'uninstall filters that are not polled, or subscribe over WebSocket'
        throw new RpcError('limit-exceeded', `too many filters: limit ${limits.filters}; ${advice}`)
      }
      const id = ports.replicas.newId()
      keep(id, filter)
      return id
    },
    get(id) {
      removeExpired()
      const entry = entries.get(id)
      if (entry === undefined) throw new RpcError('filter-not-found', 'filter not found')
      keep(id, entry.filter)
      return entry.filter
    },
    remove: (id) => entries.delete(id),
    close() {
      stopListening()
      entries.clear()
    },
  }
}
