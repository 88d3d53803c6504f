import type { Address } from 'viem'

/** A credential's place in a status list of the chain. */
export interface StatusPlace {
  readonly chainId: number
  /** Address of `StatusList`. */
  readonly statusList: Address
  readonly listId: bigint
  readonly index: number
}

/** The part of a W3C credential that names its status. */
export interface StatusEntry {
  readonly type: 'BitstringStatusListEntry'
  readonly statusPurpose: 'revocation' | 'suspension'
  /** Decimal. */
  readonly statusListIndex: string
  /** CAIP-10 account of the contract, a slash and the list's number. */
  readonly statusListCredential: string
}

/** Bits of a word that change; `IStatusList.Change`. */
export interface StatusChange {
  readonly wordIndex: bigint
  readonly mask: bigint
  readonly value: bigint
}

const PLACE = /^eip155:(\d{1,15}):(0x[0-9a-fA-F]{40})\/(\d{1,30})$/

/** The entry of a place. */
export function statusEntry(
  { chainId, statusList, listId, index }: StatusPlace,
  statusPurpose: StatusEntry['statusPurpose'] = 'revocation',
): StatusEntry {
  return {
    type: 'BitstringStatusListEntry',
    statusPurpose,
    statusListIndex: String(index),
    statusListCredential: `eip155:${chainId}:${statusList}/${listId}`,
  }
}

/**
 * The place that an entry names.
 * @throws when it is not on a chain
 */
export function statusPlaceOf(entry: StatusEntry): StatusPlace {
  const match = PLACE.exec(entry.statusListCredential)
  const index = Number(entry.statusListIndex)
  if (match === null || !Number.isInteger(index) || index < 0 || index >= 2 ** 32) {
    throw new Error(`"${entry.statusListCredential}" is not eip155:<chain>:<contract>/<list>`)
  }
  const [, chainId, statusList, listId] = match as unknown as [string, string, Address, string]
  return { chainId: Number(chainId), statusList, listId: BigInt(listId), index }
}

/**
 * A free index that tells nothing about when it was given out.
 * @param sizeBits of the list
 * @param isUsed what the issuer remembers
 */
export function randomStatusIndex(sizeBits: number, isUsed: (index: number) => boolean): number {
  const random = new Uint32Array(1)
  // Below this, remainders are equally likely.
  const limit = 2 ** 32 - (2 ** 32 % sizeBits)
  for (let tries = 0; tries < 10_000; tries++) {
    const [value] = crypto.getRandomValues(random) as unknown as [number]
    const index = value % sizeBits
    if (value < limit && !isUsed(index)) return index
  }
  throw new Error(`no free index found among ${sizeBits}: open another list`)
}

/** The change that sets one credential's bit, or clears it on a suspension list. */
export function statusChange(index: number, isSet: boolean): StatusChange {
  const mask = 1n << BigInt(255 - (index % 256))
  return { wordIndex: BigInt(Math.floor(index / 256)), mask, value: isSet ? mask : 0n }
}
