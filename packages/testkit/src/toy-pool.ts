import type { CandidateTransactions } from '@busan/chain'
import type { Transaction } from '@busan/execution'
import { type Hash, keccakHash } from '@busan/primitives'

/** A pool of bytes that pass for transactions on a toy chain. */
export interface ToyPool {
  /** @param payload makes the transaction different from others */
  add(payload: number): void
  clear(): void
  executable(): CandidateTransactions
  get(hash: Hash): { readonly raw: Uint8Array } | undefined
  onChanged(listener: () => void): () => void
}

const TYPED_ENVELOPE = 0x02

/** An empty pool. */
export function createToyPool(): ToyPool {
  const listeners = new Set<() => void>()
  let raws: Uint8Array[] = []
  const changed = () => {
    for (const listener of [...listeners]) listener()
  }
  return {
    add(payload) {
      raws.push(Uint8Array.of(TYPED_ENVELOPE, payload))
      changed()
    },
    clear() {
      raws = []
      changed()
    },
    get: (hash) => {
      const raw = raws.find((one) => keccakHash(one) === hash)
      return raw === undefined ? undefined : { raw }
    },
    executable: () => ({
      // A toy chain reads nothing but the raw bytes, and their hash.
      *[Symbol.iterator]() {
        for (const raw of raws) yield { raw, hash: keccakHash(raw) } as Transaction
      },
      skipSender() {},
    }),
    onChanged(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
