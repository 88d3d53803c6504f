import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToBigint } from '@busan/primitives'
import fc from 'fast-check'
import { MAX_WORD, wordToBytes, wordToHex } from '../src/interpreter/words.ts'

test('a word’s bytes and digits are its own, whatever words come after it', () => {
  const word = fc.oneof(fc.bigInt({ min: 0n, max: MAX_WORD }), fc.bigInt({ min: 0n, max: 300n }))
  fc.assert(
    fc.property(word, word, (first, second) => {
      const [bytes, digits] = [wordToBytes(first), wordToHex(first)]
      assert.equal(bytesToBigint(wordToBytes(second)), second)
      assert.equal(wordToHex(second), `0x${second.toString(16).padStart(64, '0')}`)
      assert.equal(bytes.length, 32)
      assert.equal(bytesToBigint(bytes), first)
      assert.equal(digits, `0x${first.toString(16).padStart(64, '0')}`)
    }),
  )
})
