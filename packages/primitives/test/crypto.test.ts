import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  EMPTY_CODE_HASH,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  hexToBytes,
  isPrivateKey,
  keccakHash,
  padLeft,
  privateKeyToAddress,
  recoverAddress,
  signDigest,
  toChecksumAddress,
} from '@busan/primitives'
import fc from 'fast-check'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const privateKeys = fc
  .bigInt({ min: 1n, max: ORDER - 1n })
  .map((value) => padLeft(bigintToBytes(value), 32))
const digests = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('keccak256', () => {
  it('gives the constants of the yellow paper', () => {
    assert.equal(keccakHash(new Uint8Array(0)), EMPTY_CODE_HASH)
    assert.equal(keccakHash(encodeRlp([])), EMPTY_OMMERS_HASH)
    assert.equal(keccakHash(encodeRlp(new Uint8Array(0))), EMPTY_TRIE_ROOT)
  })
})

describe('secp256k1', () => {
  it('recovers whoever signed, with a low s', () => {
    fc.assert(
      fc.property(privateKeys, digests, (key, digest) => {
        const signature = signDigest(digest, key)
        return (
          recoverAddress(digest, signature) === privateKeyToAddress(key) &&
          bytesToBigint(signature.subarray(32, 64)) <= ORDER / 2n
        )
      }),
      { numRuns: 50 },
    )
  })
  it('refuses the high-s twin of a signature (EIP-2)', () => {
    const digest = new Uint8Array(32).fill(9)
    const signature = signDigest(digest, padLeft(Uint8Array.of(1), 32))
    const twin = Uint8Array.from(signature)
    twin.set(padLeft(bigintToBytes(ORDER - bytesToBigint(signature.subarray(32, 64))), 32), 32)
    twin[64] = 1 - (signature[64] as number)
    assert.equal(recoverAddress(digest, twin), undefined)
  })
  it('refuses malformed signatures without throwing', () => {
    const digest = new Uint8Array(32)
    assert.equal(recoverAddress(digest, new Uint8Array(65)), undefined)
    assert.equal(recoverAddress(digest, new Uint8Array(64)), undefined)
    assert.equal(recoverAddress(digest, new Uint8Array(65).fill(1).fill(27, 64)), undefined)
  })
  it('derives the published test account', () => {
    const key = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
    assert.equal(
      toChecksumAddress(privateKeyToAddress(key)),
      '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    )
  })
  it('knows the numbers that are no key', () => {
    assert.ok(!isPrivateKey(new Uint8Array(32)))
    assert.ok(!isPrivateKey(hexToBytes(bytesToHex(bigintToBytes(ORDER)))))
    assert.ok(!isPrivateKey(new Uint8Array(31).fill(1)))
  })
})
