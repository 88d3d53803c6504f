import type { Hex } from '@busan/primitives'
import type { Order, SignedOrder } from './signed-order.ts'

/** An order as JSON carries it: quantities are decimal text. */
export type OrderText = {
  readonly [Key in keyof Order]: Order[Key] extends bigint ? string : Order[Key]
}

/** A signed order as JSON carries it. */
export interface SignedOrderText {
  readonly order: OrderText
  readonly signature: Hex
}

const unsigned = (digits: number) => ({
  type: 'string',
  pattern: `^(0|[1-9][0-9]{0,${digits - 1}})$`,
})
const hex = (bytes: number) => ({ type: 'string', pattern: `^0x[0-9a-f]{${bytes * 2}}$` })

/** Texts beyond these digits could not be values of the field; what is left is checked by the matcher. */
const ORDER_FIELDS = {
  maker: hex(20),
  validAfter: unsigned(19),
  maxFeeBps: { type: 'integer', minimum: 0, maximum: 65_535 },
  isBuy: { type: 'boolean' },
  usesVault: { type: 'boolean' },
  market: hex(32),
  ownerGroup: hex(32),
  lots: unsigned(38),
  limitPrice: unsigned(38),
  nonceKey: unsigned(57),
  nonceSeq: unsigned(19),
  receiver: hex(20),
  expiry: unsigned(19),
  minFill: unsigned(38),
}

/** JSON schema of a signed order; lower-case hex, as many digits as always fit the Solidity type. */
export const SIGNED_ORDER_SCHEMA = objectOf({ order: objectOf(ORDER_FIELDS), signature: hex(65) })

/** JSON schema of a cancellation. */
export const CANCELLATION_SCHEMA = objectOf({ orderId: hex(32), signature: hex(65) })

/** Reads an order that fits the schema. */
export function parseSignedOrder({ order, signature }: SignedOrderText): SignedOrder {
  return {
    signature,
    order: {
      ...order,
      validAfter: BigInt(order.validAfter),
      lots: BigInt(order.lots),
      limitPrice: BigInt(order.limitPrice),
      nonceKey: BigInt(order.nonceKey),
      nonceSeq: BigInt(order.nonceSeq),
      expiry: BigInt(order.expiry),
      minFill: BigInt(order.minFill),
    },
  }
}

/** Any value as JSON, bigint as decimal text. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? String(one) : one))
}

function objectOf(properties: Record<string, object>) {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }
}
