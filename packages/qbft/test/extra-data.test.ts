import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import {
  type Address,
  bytesToHex,
  concatBytes,
  encodeRlp,
  type Hex,
  hexToBytes,
  type RlpItem,
  toAddress,
} from '@busan/primitives'
import fc from 'fast-check'
import { decodeExtraData, encodeExtraData, ROUND_MAX } from '../src/codec/extra-data.ts'
import vectors from './vectors/extra-data.json' with { type: 'json' }

function refusal(extraData: Hex): string {
  const decoded = decodeExtraData(extraData)
  assert.equal(decoded.ok, false, `accepted ${extraData}`)
  return decoded.ok ? '' : decoded.message
}

suite('extraData of other clients', () => {
  for (const { id, hex, decoded, derived } of vectors.extra_data) {
    test(`${id} decodes and encodes`, () => {
      const verdict = decodeExtraData(hex as Hex)
      assert.ok(verdict.ok)
      const { value } = verdict
      assert.deepEqual(
        {
          vanity: bytesToHex(value.vanity),
          validators: value.validators,
          vote: value.vote
            ? { recipient: value.vote.recipient, type: value.vote.add ? 'add' : 'drop' }
            : null,
          round: value.round,
          seals: value.seals.map(bytesToHex),
        },
        decoded,
      )
      assert.equal(encodeExtraData(value), hex)
      const unsealed = { ...value, seals: [] }
      assert.equal(encodeExtraData(unsealed), derived.without_seals)
      assert.equal(encodeExtraData({ ...unsealed, round: 0 }), derived.without_seals_and_round)
    })
  }

  const others = [
    ...vectors.extra_data_obsolete_must_not_match,
    ...vectors.extra_data_ibft2_contrast,
  ]
  for (const { id, hex } of others) {
    test(`${id}, another format, is refused`, () => {
      refusal(hex as Hex)
    })
  }
})

suite('extraData is refused', () => {
  const vanity = new Uint8Array(32)
  const one = new Uint8Array(20).fill(1)
  const encode = (...items: readonly RlpItem[]): Hex => bytesToHex(encodeRlp(items))
  const seal = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = new Uint8Array(65)
    bytes[31] = 1
    bytes[63] = 1
    change(bytes)
    return bytes
  }
  const withSeal = (bytes: Uint8Array) => encode(vanity, [one], [], new Uint8Array(0), [bytes])

  test('with items after the seals', () => {
    refusal(encode(vanity, [one], [], new Uint8Array(0), [], []))
  })
  test('with bytes after the list', () => {
    const whole = encode(vanity, [one], [], new Uint8Array(0), [])
    refusal(bytesToHex(concatBytes(hexToBytes(whole), Uint8Array.of(0x80))))
  })
  test('with a drop vote written as a zero byte', () => {
    refusal(encode(vanity, [one], [one, Uint8Array.of(0)], new Uint8Array(0), []))
  })
  test('with an unknown vote', () => {
    refusal(encode(vanity, [one], [one, Uint8Array.of(1)], new Uint8Array(0), []))
    refusal(encode(vanity, [one], [one], new Uint8Array(0), []))
  })
  test('with a vanity of 33 bytes', () => {
    assert.match(refusal(encode(new Uint8Array(33), [one], [], new Uint8Array(0), [])), /33/)
  })
  test('with a round that has leading zeros or more than 31 bits', () => {
    refusal(encode(vanity, [one], [], Uint8Array.of(0, 5), []))
    refusal(encode(vanity, [one], [], Uint8Array.of(0x80, 0, 0, 0), []))
  })
  test('with a validator that is not 20 bytes', () => {
    refusal(encode(vanity, [new Uint8Array(19)], [], new Uint8Array(0), []))
  })
  test('with a seal of the wrong length, v, r or s', () => {
    assert.ok(decodeExtraData(withSeal(seal(() => {}))).ok)
    refusal(withSeal(new Uint8Array(64)))
    refusal(withSeal(seal((bytes) => bytes.set([27], 64))))
    refusal(withSeal(seal((bytes) => bytes.set([0], 31))))
    refusal(withSeal(seal((bytes) => bytes.set([0], 63))))
    refusal(withSeal(seal((bytes) => bytes.fill(0xff, 0, 32))))
    assert.match(refusal(withSeal(seal((bytes) => bytes.set([0x80], 32)))), /high s/)
  })
  test('with more validators than any chain has', () => {
    const crowd = Array.from({ length: 257 }, () => one)
    assert.match(refusal(encode(vanity, crowd, [], new Uint8Array(0), [])), /257/)
  })
  test('when it is no RLP, too long, or not hex at all', () => {
    for (const extraData of ['0x', '0xc0', '0xff', `0x${'00'.repeat(70_000)}`, '0xzz', '0x0']) {
      refusal(extraData as Hex)
    }
  })
})

const address = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes): Address => toAddress(bytesToHex(bytes)))

test('what is encoded decodes to itself', () => {
  const extraData = fc.record(
    {
      vanity: fc.uint8Array({ maxLength: 32 }),
      validators: fc.array(address, { maxLength: 20 }),
      round: fc.nat(ROUND_MAX),
      seals: fc.constant([]),
    },
    { noNullPrototype: true },
  )
  const vote = fc.option(
    fc.record({ recipient: address, add: fc.boolean() }, { noNullPrototype: true }),
  )
  fc.assert(
    fc.property(extraData, vote, (plain, cast) => {
      const value = cast === null ? plain : { ...plain, vote: cast }
      assert.deepEqual(decodeExtraData(encodeExtraData(value)), { ok: true, value })
    }),
  )
})

test('whatever bytes are accepted encode to the same bytes', () => {
  const genuine = vectors.extra_data.map(({ hex }) => hexToBytes(hex))
  const mutated = fc
    .tuple(fc.constantFrom(...genuine), fc.nat(400), fc.nat(255))
    .map(([bytes, position, value]) => bytes.with(position % bytes.length, value))
  fc.assert(
    fc.property(mutated, (bytes) => {
      const decoded = decodeExtraData(bytesToHex(bytes))
      if (decoded.ok) assert.equal(encodeExtraData(decoded.value), bytesToHex(bytes))
    }),
    { numRuns: 2000 },
  )
})
