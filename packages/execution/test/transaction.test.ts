import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bigintToBytes,
  bytesToBigint,
  concatBytes,
  encodeRlp,
  hexToBytes,
  keccak256,
  keccakHash,
  padLeft,
  type RlpItem,
  signDigest,
} from '@busan/primitives'
import { createTxFromRLP } from '@ethereumjs/tx'
import fc from 'fast-check'
import { createTransactionDecoder, decodeTransaction } from '../src/index.ts'
import { accountOf, address, createWorld, KEYS } from './world.ts'

const world = await createWorld()
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const slot = `0x${'07'.repeat(32)}` as const

function reasonOf(raw: Uint8Array): string {
  const verdict = decodeTransaction(raw)
  return verdict.ok ? 'accepted' : verdict.reason
}

function signLegacy(chainId: bigint | undefined, nonce = 3n): Uint8Array {
  const fields = [nonce, 10n, 21_000n].map(bigintToBytes)
  const body: RlpItem[] = [...fields, hexToBytes(address(1)), bigintToBytes(5n), new Uint8Array(0)]
  const tail = chainId === undefined ? [] : [chainId, 0n, 0n].map(bigintToBytes)
  const signature = signDigest(keccak256(encodeRlp([...body, ...tail])), KEYS[0] as Uint8Array)
  const parity = BigInt(signature[64] as number)
  const v = chainId === undefined ? 27n + parity : 35n + 2n * chainId + parity
  const scalars = [signature.subarray(0, 32), signature.subarray(32, 64)].map(bytesToBigint)
  return encodeRlp([...body, ...[v, ...scalars].map(bigintToBytes)])
}

test('every type decodes to the fields and sender that the library sees', () => {
  const fields = { to: address(2), nonce: 4n, value: 9n, data: '0x0102' } as const
  const accessList = [{ address: address(3), storageKeys: [slot] }] as const
  const authorizationList = [
    { chainId: '0x1', address: address(4), nonce: '0x2', yParity: '0x1', r: '0x5', s: '0x6' },
  ] as const
  for (const [type, extra] of [
    [0, {}],
    [1, { accessList }],
    [2, { accessList, maxPriorityFeePerGas: 2n }],
    [4, { accessList, authorizationList }],
  ] as const) {
    const { raw } = world.sign(1, { type, ...fields, ...extra } as never)
    const verdict = createTransactionDecoder()(raw)
    assert.ok(verdict.ok, `type ${type}`)
    const ours = verdict.value
    const theirs = createTxFromRLP(raw, { common: world.spec.commonAt(0n, 1n) })
    assert.equal(ours.type, type)
    assert.equal(ours.sender, accountOf(1))
    assert.equal(ours.hash, keccakHash(raw))
    assert.deepEqual(ours.raw, raw)
    assert.deepEqual([ours.nonce, ours.valueWei, ours.gasLimit], [4n, 9n, theirs.gasLimit])
    assert.deepEqual([ours.to, ours.data], [address(2), Uint8Array.of(1, 2)])
    assert.deepEqual(ours.signature, { v: theirs.v, r: theirs.r, s: theirs.s })
    assert.equal(ours.chainId, world.spec.chainId)
    assert.deepEqual(ours.accessList, type === 0 ? [] : accessList)
    assert.equal(ours.maxFeePerGasWei, 10n ** 10n)
    assert.equal(ours.maxPriorityFeePerGasWei, type === 2 ? 2n : type === 4 ? 0n : 10n ** 10n)
    assert.deepEqual(
      ours.authorizationList,
      type === 4
        ? [{ chainId: 1n, address: address(4), nonce: 2n, yParity: 1n, r: 5n, s: 6n }]
        : [],
    )
  }
})

test('a foreign chain id decodes, and a transaction without replay protection has none', () => {
  for (const chainId of [1n, 2n ** 40n, undefined]) {
    const verdict = decodeTransaction(signLegacy(chainId))
    assert.ok(verdict.ok)
    assert.equal(verdict.value.chainId, chainId)
    assert.equal(verdict.value.sender, accountOf(0))
    assert.equal(verdict.value.maxPriorityFeePerGasWei, 10n)
  }
})

test('the decoder hands out one object for one transaction', () => {
  const decode = createTransactionDecoder()
  const raw = signLegacy(1n)
  const [first, second] = [decode(raw), decode(raw.slice())]
  assert.ok(first.ok && second.ok)
  assert.equal(first.value, second.value)
  raw.fill(0)
  assert.notEqual(first.value.raw[0], 0, 'the caller may reuse its buffer')
})

test('a high s is refused (EIP-2), as is a signature out of range', () => {
  const { signature, raw } = world.sign(0, { to: address(1) })
  const items = (s: bigint, r = signature.r, v = 1n - signature.v): Uint8Array => {
    const payload = encodeRlp(
      replaceTail(raw, [bigintToBytes(v), bigintToBytes(r), bigintToBytes(s)]),
    )
    return concatBytes(Uint8Array.of(2), payload)
  }
  assert.equal(reasonOf(items(ORDER - signature.s)), 'invalid-signature')
  assert.equal(reasonOf(items(0n)), 'invalid-signature')
  assert.equal(reasonOf(items(signature.s, ORDER)), 'invalid-signature')
  assert.equal(reasonOf(items(signature.s, signature.r, 2n)), 'invalid-signature')
})

function replaceTail(raw: Uint8Array, tail: readonly Uint8Array[]): RlpItem[] {
  const tx = createTxFromRLP(raw, { common: world.spec.commonAt(0n, 1n) })
  return [...(tx.raw() as RlpItem[]).slice(0, -3), ...tail]
}

test('bytes that are no transaction of this chain are refused with a reason', () => {
  const legacy = signLegacy(1n)
  assert.equal(reasonOf(new Uint8Array(0)), 'malformed-transaction')
  assert.equal(reasonOf(Uint8Array.of(2)), 'malformed-transaction')
  assert.equal(reasonOf(Uint8Array.of(3, 0xc0)), 'unsupported-type')
  assert.equal(reasonOf(Uint8Array.of(0x7f, 0xc0)), 'unsupported-type')
  assert.equal(reasonOf(concatBytes(legacy, Uint8Array.of(0))), 'malformed-transaction')
  assert.equal(reasonOf(legacy.subarray(0, -1)), 'malformed-transaction')
  assert.equal(reasonOf(encodeRlp([Uint8Array.of(1)])), 'malformed-transaction')
  assert.equal(reasonOf(Uint8Array.of(0x80)), 'malformed-transaction')
  assert.equal(reasonOf(signLegacy(1n, 2n ** 64n - 1n)), 'accepted')
  assert.equal(reasonOf(signLegacy(1n, 2n ** 64n)), 'malformed-transaction')
})

test('scalars with leading zeros and addresses of another length are refused', () => {
  const { raw } = world.sign(0, { to: address(1), nonce: 1n })
  const items = createTxFromRLP(raw, { common: world.spec.commonAt(0n, 1n) }).raw() as RlpItem[]
  const withItem = (index: number, item: RlpItem) =>
    reasonOf(concatBytes(Uint8Array.of(2), encodeRlp(items.with(index, item))))
  assert.equal(withItem(1, Uint8Array.of(1)), 'accepted')
  assert.equal(withItem(1, Uint8Array.of(0, 1)), 'malformed-transaction')
  assert.equal(withItem(1, Uint8Array.of(0)), 'malformed-transaction')
  assert.equal(withItem(5, new Uint8Array(19)), 'malformed-transaction')
  assert.equal(withItem(6, padLeft(Uint8Array.of(1), 33)), 'malformed-transaction')
  assert.equal(withItem(8, [[hexToBytes(address(1))]]), 'malformed-transaction')
})

test('a set-code transaction must name a receiver and an authorization', () => {
  const authorizationList = [
    { chainId: '0x1', address: address(4), nonce: '0x2', yParity: '0x1', r: '0x5', s: '0x6' },
  ] as const
  const { raw } = world.sign(0, { type: 4, to: address(1), authorizationList } as never)
  const items = createTxFromRLP(raw, { common: world.spec.commonAt(0n, 1n) }).raw() as RlpItem[]
  const withItem = (index: number, item: RlpItem) =>
    reasonOf(concatBytes(Uint8Array.of(4), encodeRlp(items.with(index, item))))
  assert.equal(withItem(9, items[9] as RlpItem), 'accepted')
  assert.equal(withItem(5, new Uint8Array(0)), 'malformed-transaction')
  assert.equal(withItem(9, []), 'malformed-transaction')
})

test('decoding never throws, whatever the bytes', () => {
  const valid = [signLegacy(1n), world.sign(0, { to: address(1) }).raw]
  const mangled = fc
    .tuple(fc.constantFrom(...valid), fc.nat(200), fc.nat(255), fc.nat(40))
    .map(([raw, at, byte, cut]) => {
      const bytes = raw.slice(0, raw.length - (cut > 30 ? cut - 30 : 0))
      bytes[at % bytes.length] = byte
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mangled), (bytes) => {
      const verdict = decodeTransaction(bytes)
      if (!verdict.ok) assert.ok(verdict.message.length > 0)
      else assert.deepEqual(verdict.value.raw, bytes)
    }),
    { numRuns: 500 },
  )
  assert.equal(reasonOf(new Uint8Array(200_000).fill(0xc1)), 'malformed-transaction')
})
