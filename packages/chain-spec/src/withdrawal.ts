import {
  type Address,
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToAddress,
  hexToBytes,
  type RlpItem,
} from '@busan/primitives'

/** A payment from the beacon chain to an account (EIP-4895); QBFT blocks have none. */
export interface Withdrawal {
  readonly index: bigint
  readonly validatorIndex: bigint
  readonly address: Address
  readonly amountGwei: bigint
}

/** [index, validatorIndex, address, amount]. */
export function withdrawalToItems(withdrawal: Withdrawal): Uint8Array[] {
  return [
    bigintToBytes(withdrawal.index),
    bigintToBytes(withdrawal.validatorIndex),
    hexToBytes(withdrawal.address),
    bigintToBytes(withdrawal.amountGwei),
  ]
}

/** @throws TypeError when the item is not a withdrawal */
export function withdrawalFromItem(item: RlpItem): Withdrawal {
  const items = asList(item, 'withdrawal')
  if (items.length !== 4) throw new TypeError(`withdrawal: expected 4 items, got ${items.length}`)
  return {
    index: asScalar(items[0], 'withdrawal index'),
    validatorIndex: asScalar(items[1], 'withdrawal validator index'),
    address: bytesToAddress(asBytes(items[2], 'withdrawal address', 20)),
    amountGwei: asScalar(items[3], 'withdrawal amount'),
  }
}
