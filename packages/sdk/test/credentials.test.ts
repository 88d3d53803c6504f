import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { numberToHex, recoverAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  addressOfDid,
  type CredentialFacts,
  canonicalJson,
  claimProof,
  claimsOf,
  claimsRoot,
  didOf,
  formatPresented,
  isInTree,
  issueCredential,
  type JsonValue,
  MAX_PRESENTED_LENGTH,
  parsePresented,
  presentClaims,
  randomStatusIndex,
  randomWord,
  statusChange,
  statusEntry,
  statusPlaceOf,
  verifyPresented,
  type W3cCredential,
} from '../src/index.ts'

const place = { chainId: 51_053, verifier: '0x00000000000000000000000000000000000000ce' } as const
const issuer = privateKeyToAccount(numberToHex(5, { size: 32 }))
const holder = privateKeyToAccount(numberToHex(6, { size: 32 }))
const request = {
  names: ['residence'],
  audience: 'https://city',
  nonce: randomWord(),
  deadline: 2_000_000_000n,
}
const w3c: W3cCredential = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential', 'Resident'],
  issuer: didOf(place.chainId, issuer.address),
  validFrom: '2026-01-01T00:00:00+09:00',
  validUntil: '2036-01-01T00:00:00Z',
  credentialSchema: { id: 'https://city/resident', type: 'JsonSchema' },
  credentialSubject: {
    id: didOf(place.chainId, holder.address),
    residence: 'Busan',
    address: { street: 'Jungang-daero 1001', floor: 3 },
  },
}

suite('credentials', () => {
  test('the text of a value does not depend on how its members stand', () => {
    assert.equal(
      canonicalJson({ b: [1, 'ㄱ'], a: { z: null, y: true } }),
      '{"a":{"y":true,"z":null},"b":[1,"ㄱ"]}',
    )
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        const value: JsonValue = JSON.parse(JSON.stringify(any))
        const text = canonicalJson(value)
        assert.deepEqual(JSON.parse(text), value)
        assert.equal(canonicalJson(JSON.parse(text)), text)
      }),
    )
    assert.throws(() => canonicalJson(Number.NaN), /not JSON/)
    assert.throws(() => canonicalJson('\ud800'), /not well-formed/)
  })

  test('groups of a subject become paths, and lists stay whole', () => {
    const names = claimsOf({ b: { y: 1, x: { w: [1, { v: 2 }] } }, a: {} }).map(({ name }) => name)
    assert.deepEqual(names, ['a', 'b.x.w', 'b.y'])
    assert.throws(() => claimsOf({ 'a.b': 1 }), /dot/)
    assert.throws(() => claimsOf({ '': 1 }), /empty/)
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`c${i}`, i]))
    assert.throws(() => claimsOf(many), /at most 64/)
  })

  test('every leaf has a proof, and a proof leads nowhere else', () => {
    const leaves = Array.from({ length: 16 }, randomWord)
    const root = claimsRoot(leaves)
    for (const leaf of leaves) assert.ok(isInTree(root, leaf, claimProof(leaves, leaf)))
    assert.ok(!isInTree(root, randomWord(), claimProof(leaves, leaves[0] as `0x${string}`)))
    assert.throws(() => claimProof(leaves, randomWord()), /not in the tree/)
  })

  test('a W3C credential is issued, and shows what its holder opens', async () => {
    const held = await issueCredential(place, w3c, issuer)
    assert.equal(held.claims.length + held.decoys.length, 8)
    assert.equal(held.credential.validFrom, 1_767_193_200n)
    const text = formatPresented(await presentClaims(place, held, request, holder))
    assert.ok(text.includes('Busan') && !text.includes('Jungang') && !text.includes('street'))
    const parsed = parsePresented(text)
    assert.ok(parsed.ok)
    const verdict = await verifyPresented({ ...place, ...request }, parsed.value, facts())
    assert.ok(verdict.ok)
    assert.deepEqual([...verdict.value], [['residence', 'Busan']])
    await assert.rejects(
      presentClaims(place, held, { ...request, names: ['salary'] }, holder),
      /no claim "salary"/,
    )
  })

  test('a presentation answers its own request alone', async () => {
    const held = await issueCredential(place, w3c, issuer)
    const shown = await presentClaims(place, held, request, holder)
    const reasonOf = async (changes: object) => {
      const expected = { ...place, ...request, ...changes }
      const verdict = await verifyPresented(expected, shown, facts())
      return verdict.ok ? 'valid' : verdict.reason
    }
    assert.equal(await reasonOf({ audience: 'https://other' }), 'wrong-audience')
    assert.equal(await reasonOf({ nonce: randomWord() }), 'wrong-nonce')
    assert.equal(await reasonOf({ chainId: 1 }), 'issuer-signature-invalid')
    assert.equal(await reasonOf({}), 'valid')
  })

  test('a node that does not answer is an error, not a refusal', async () => {
    const held = await issueCredential(place, w3c, issuer)
    const shown = await presentClaims(place, held, request, holder)
    const silent = { ...facts(), activeOwner: () => Promise.reject(new Error('unreachable')) }
    await assert.rejects(verifyPresented({ ...place, ...request }, shown, silent), /unreachable/)
  })

  test('what cannot be carried is refused when it is issued', async () => {
    const refuses = (changes: object, why: RegExp) =>
      assert.rejects(issueCredential(place, { ...w3c, ...changes }, issuer), why)
    await refuses({ issuer: 'did:web:city' }, /did:ethr:0xc76d/)
    await refuses({ credentialSubject: { id: didOf(1, holder.address) } }, /did:ethr:0xc76d/)
    await refuses({ validFrom: '2026-01-01' }, /time zone/)
    await refuses({ validFrom: '2026-01-01T00:00:00.5Z' }, /whole second/)
    const elsewhere = { chainId: 1, statusList: place.verifier, listId: 1n, index: 3 }
    await refuses({ credentialStatus: statusEntry(elsewhere) }, /chain 1/)
  })

  test('texts that are no presentation are refused in words', async () => {
    const held = await issueCredential(place, w3c, issuer)
    const shown = await presentClaims(place, held, request, holder)
    const sound = JSON.parse(formatPresented(shown))
    const refusalOf = (value: unknown) => {
      const parsed = parsePresented(typeof value === 'string' ? value : JSON.stringify(value))
      return parsed.ok ? 'accepted' : parsed.message
    }
    assert.equal(refusalOf(sound), 'accepted')
    assert.match(refusalOf('{'), /not JSON/)
    assert.match(refusalOf(' '.repeat(MAX_PRESENTED_LENGTH + 1)), /at most 131072/)
    assert.match(refusalOf({ ...sound, nonce: '0x00' }), /nonce/)
    assert.match(refusalOf({ ...sound, deadline: '18446744073709551616' }), /deadline/)
    assert.match(refusalOf({ ...sound, extra: 1 }), /extra/)
    assert.match(refusalOf({ ...sound, holder: sound.holder.replace('b', 'B') }), /holder/)
    const claim = { ...sound.claims[0], proof: Array(7).fill(randomWord()) }
    assert.match(refusalOf({ ...sound, claims: [claim] }), /proof/)
    fc.assert(fc.property(fc.anything(), (any) => refusalOf(any ?? null) !== 'accepted'))
  })

  test('DIDs, status entries and status bits come back as they were', () => {
    assert.equal(addressOfDid(51_053, didOf(51_053, holder.address)), holder.address)
    const status = { chainId: 51_053, statusList: place.verifier, listId: 4n, index: 131_071 }
    assert.deepEqual(statusPlaceOf(statusEntry(status)), status)
    assert.throws(
      () => statusPlaceOf({ ...statusEntry(status), statusListCredential: 'https://city/4' }),
      /eip155/,
    )
    assert.deepEqual(statusChange(256, true), {
      wordIndex: 1n,
      mask: 1n << 255n,
      value: 1n << 255n,
    })
    assert.deepEqual(statusChange(255, false), { wordIndex: 0n, mask: 1n, value: 0n })
    assert.equal(
      randomStatusIndex(3, (index) => index !== 1),
      1,
    )
    assert.throws(() => randomStatusIndex(3, () => true), /open another list/)
  })
})

/** A chain on which the issuer is trusted and every account signs by its key. */
function facts(): CredentialFacts {
  return {
    timeSeconds: 1_800_000_000n,
    assuranceOf: () => Promise.resolve(2),
    activeOwner: (identity) => Promise.resolve(identity),
    statusList: () => Promise.resolve({ issuer: issuer.address, sizeBits: 131_072 }),
    isStatusSet: () => Promise.resolve(false),
    isSigned: async (account, digest, signature) => {
      return (await recoverAddress({ hash: digest, signature })) === account
    },
  }
}
