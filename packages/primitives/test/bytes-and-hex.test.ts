import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bigintToBytes,
  bigintToBytes8,
  bytesToBigint,
  bytesToHex,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
  isHex,
  padLeft,
  toQuantity,
} from '@busan/primitives'
import fc from 'fast-check'

const someBytes = fc.uint8Array({ maxLength: 80 })

describe('bytes and hex', () => {
  it('hex decodes to what it was encoded from', () => {
    fc.assert(fc.property(someBytes, (bytes) => equalBytes(hexToBytes(bytesToHex(bytes)), bytes)))
  })
  it('scalars are minimal and come back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
        const bytes = bigintToBytes(value)
        return bytesToBigint(bytes) === value && bytes[0] !== 0
      }),
    )
    assert.equal(bigintToBytes(0n).length, 0)
    assert.throws(() => bigintToBytes(-1n), RangeError)
  })
  it('eight-byte keys sort as their numbers do', () => {
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    fc.assert(
      fc.property(
        u64,
        u64,
        (a, b) =>
          Math.sign(compareBytes(bigintToBytes8(a), bigintToBytes8(b))) ===
          (a < b ? -1 : a > b ? 1 : 0),
      ),
    )
  })
  it('joins parts in order', () => {
    assert.deepEqual(
      concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)),
      Uint8Array.of(1, 2, 3),
    )
  })
  it('refuses padding to less than the length', () => {
    assert.deepEqual(padLeft(Uint8Array.of(7), 3), Uint8Array.of(0, 0, 7))
    assert.throws(() => padLeft(new Uint8Array(4), 3), RangeError)
  })
  it('knows hex from other text', () => {
    for (const good of ['0x', '0x00', '0xAbCd']) assert.ok(isHex(good), good)
    for (const bad of ['', '00', '0x0', '0xzz', 7, null, '0X00'])
      assert.ok(!isHex(bad), String(bad))
    assert.throws(() => hexToBytes('0x1'), TypeError)
  })
  it('writes quantities without leading zeros', () => {
    assert.equal(toQuantity(0), '0x0')
    assert.equal(toQuantity(1024n), '0x400')
  })
})
