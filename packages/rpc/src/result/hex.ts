// What answers are made of. Each shape has a name, under which the OpenRPC document lists it.
import { z } from 'zod'

const text = (pattern: RegExp, id: string, description: string) =>
  z.string().regex(pattern).meta({ id, description })

/** A number. */
export const quantity = text(
  /^0x(0|[1-9a-f][0-9a-f]{0,63})$/,
  'Quantity',
  'A number of at most 256 bits in hex without leading zeros',
)

/** Bytes. */
export const data = text(/^0x([0-9a-f]{2})*$/, 'Data', 'Bytes in hex')

/** A hash, a topic or a storage word. */
export const hash = text(/^0x[0-9a-f]{64}$/, 'Hash', '32 bytes in hex')

/** An account. */
export const address = text(/^0x[0-9a-f]{40}$/, 'Address', '20 bytes in lower-case hex')

/** A bloom filter over logs. */
export const bloom = text(/^0x[0-9a-f]{512}$/, 'Bloom', '256 bytes in hex')

/** The id of a filter or a subscription. */
export const id = text(/^0x[0-9a-f]+$/, 'Id', 'The name of a filter or subscription, in hex')

/** For people, or of a form that the summary tells. */
export const words = z.string()
