import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeRlp, encodeRlp, encodeRlpItems, joinRlpList, type RlpItem } from '@busan/primitives'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.uint8Array({ minLength: 30, maxLength: 60 }),
  fc.constantFrom(255, 256, 65_535, 65_536).map((length) => new Uint8Array(length).fill(7)),
)
const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof({ maxDepth: 5 }, bytes, fc.array(tie('item'), { maxLength: 6 })),
}))

/** Prefixes of all forms, so that random bytes are often almost canonical. */
const almostRlp = fc.array(
  fc.oneof(
    fc.constantFrom(0, 1, 2, 3, 0x37, 0x38, 0x7f, 0x80, 0x81, 0x82, 0xb7, 0xb8, 0xb9, 0xbf, 0xc0),
    fc.constantFrom(0xc1, 0xc2, 0xc3, 0xc4, 0xf7, 0xf8, 0xf9, 0xff),
    fc.integer({ min: 0, max: 255 }),
  ),
  { minLength: 1, maxLength: 70 },
)

function outcomeOf(decode: (bytes: Uint8Array) => unknown, encoded: Uint8Array): unknown {
  try {
    return decode(encoded)
  } catch {
    return 'refused'
  }
}

test('RLP: the bytes of @ethereumjs/rlp, and what they were made of comes back', () => {
  fc.assert(
    fc.property(item, (value) => {
      const encoded = encodeRlp(value)
      assert.deepEqual(encoded, RLP.encode(value as Parameters<typeof RLP.encode>[0]))
      assert.deepEqual(decodeRlp(encoded), value)
    }),
    { numRuns: 500 },
  )
})

test('RLP: a list that is encoded part by part has the same bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.array(item, { maxLength: 3 }), { maxLength: 4 }), (parts) => {
      assert.deepEqual(joinRlpList(parts.map(encodeRlpItems)), encodeRlp(parts.flat()))
    }),
    { numRuns: 500 },
  )
})

test('RLP: whatever the length of such a list is', () => {
  for (const length of [0, 1, 54, 55, 56, 57, 255, 256, 65_535, 65_536]) {
    const items = Array.from({ length }, () => Uint8Array.of(1))
    assert.deepEqual(joinRlpList([encodeRlpItems(items)]), encodeRlp(items))
  }
})

test('RLP: what is almost canonical is read as @ethereumjs/rlp reads it, or refused as there', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        almostRlp.map((values) => Uint8Array.from(values)),
        fc.tuple(item, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([value, at, byte]) => {
          const encoded = encodeRlp(value)
          encoded[at % encoded.length] = byte
          return encoded
        }),
      ),
      (encoded) => {
        const read = outcomeOf(decodeRlp, encoded)
        assert.deepEqual(read, outcomeOf(RLP.decode, encoded))
        if (read !== 'refused') assert.deepEqual(encodeRlp(read as RlpItem), encoded)
      },
    ),
    { numRuns: 20_000 },
  )
})

test('RLP: an item that runs over the end of its list is refused, though the outer length fits', () => {
  // [[a..], ...]: the inner list says one byte, its item takes two.
  assert.throws(
    () => decodeRlp(Uint8Array.of(0xc3, 0xc1, 0x81, 0x80)),
    /longer than what it lies in/,
  )
  assert.throws(() => decodeRlp(Uint8Array.of(0x80, 0x80)), /bytes follow/)
  assert.throws(() => decodeRlp(new Uint8Array(0)), /no bytes/)
})
