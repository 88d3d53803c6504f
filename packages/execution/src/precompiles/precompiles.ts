import type { Address } from '@busan/primitives'
import type { EVM } from '@ethereumjs/evm'

/** Precompiled contracts by address without prefix. */
export type PrecompileTable = EVM['precompiles']

/** The code that a precompiled contract runs. */
export type Precompile =
  PrecompileTable extends ReadonlyMap<string, infer Function> ? Function : never

/** The precompiled contracts of one machine; a call may put some elsewhere. */
export interface Precompiles {
  /** Where the fork has them, which is what costs no cold access (EIP-2929), wherever they were put. */
  readonly addresses: readonly string[]
  /** Removes the one at `address`. @returns undefined: there is none */
  take(address: Address): Precompile | undefined
  place(address: Address, precompile: Precompile): void
  restore(): void
  /** One is there now. */
  has(address: string): boolean
}

/** @param table the machine's own, by address without prefix */
export function createPrecompiles(table: PrecompileTable): Precompiles {
  const originals = [...table]
  let isChanged = false
  return {
    addresses: originals.map(([address]) => address),
    take: (address) => {
      const key = address.slice(2)
      const precompile = table.get(key)
      isChanged ||= table.delete(key)
      return precompile
    },
    place: (address, precompile) => {
      table.set(address.slice(2), precompile)
      isChanged = true
    },
    has: (address) => table.has(address.slice(2)),
    restore: () => {
      if (!isChanged) return
      table.clear()
      for (const [address, precompile] of originals) table.set(address, precompile)
      isChanged = false
    },
  }
}
