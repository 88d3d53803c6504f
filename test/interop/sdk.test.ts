// The SDK and the contract judge the same presentations: random credentials, random damage, one verdict.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import {
  type Claim,
  CREDENTIAL_REASONS,
  CREDENTIAL_TYPES,
  type Credential,
  canonicalJson,
  claimKey,
  claimLeaf,
  claimsRoot,
  credentialDomain,
  decoyCount,
  type HeldCredential,
  hashCredential,
  holderCommitment,
  openCredentialFacts,
  type PresentedCredential,
  presentClaims,
  randomWord,
  schemaIdOf,
  statusChange,
  verifyPresented,
  verifyPresentedOnChain,
} from '@busan/sdk'
import fc from 'fast-check'
import { type Hex, numberToHex, stringToHex, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { startFreshDevnet } from '../e2e/devnet-process.ts'
import { LIST_SIZE, openIdentity, RESIDENT_SCHEMA } from '../journeys/city-identity.ts'
import { ROOT } from './artifacts.ts'

const RUNS = 150
const REVOKED = 9
const DAY = 86_400n
const ORDER_N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const holder = privateKeyToAccount(numberToHex(77, { size: 32 }))
const stranger = privateKeyToAccount(numberToHex(78, { size: 32 }))

/** What is done to a credential before its issuer signs it. */
const TERMS = {
  sound: (terms: Credential) => terms,
  early: (terms: Credential) => ({ ...terms, validFrom: terms.validUntil }),
  late: (terms: Credential) => ({ ...terms, validUntil: terms.validFrom }),
  revoked: (terms: Credential) => ({ ...terms, statusIndex: REVOKED }),
  'beyond the list': (terms: Credential) => ({ ...terms, statusIndex: LIST_SIZE }),
  'without a status': (terms: Credential) => ({ ...terms, statusList: 0n }),
  'on no list': (terms: Credential) => ({ ...terms, statusList: 2n ** 200n }),
  'of another schema': (terms: Credential) => ({ ...terms, schemaId: schemaIdOf('driver') }),
  'of a stranger': (terms: Credential) => ({ ...terms, issuer: stranger.address }),
  'of nobody': (terms: Credential) => ({ ...terms, issuer: zeroAddress }),
}

/** More often than one by one, so that every verdict is seen. */
const SOUND = Array<'sound'>(4).fill('sound')
const UNDAMAGED = Array<'none'>(3).fill('none')

/** What is done to a presentation after its holder signed it. */
const DAMAGE = {
  none: (shown: PresentedCredential) => shown,
  'value changed': (shown: PresentedCredential) =>
    changeClaim(shown, (claim) => ({ ...claim, value: [claim.value] })),
  'salt changed': (shown: PresentedCredential) =>
    changeClaim(shown, (claim) => ({ ...claim, salt: flip(claim.salt) })),
  'name changed': (shown: PresentedCredential) =>
    changeClaim(shown, (claim) => ({ ...claim, name: `${claim.name}!` })),
  'proof cut': (shown: PresentedCredential) =>
    changeClaim(shown, (claim) => ({ ...claim, proof: claim.proof.slice(1) })),
  'proof changed': (shown: PresentedCredential) =>
    changeClaim(shown, (claim) => ({ ...claim, proof: claim.proof.map(flip) })),
  'claim repeated': (shown: PresentedCredential) => ({
    ...shown,
    claims: [...shown.claims, ...shown.claims],
  }),
  'claims reversed': (shown: PresentedCredential) => ({
    ...shown,
    claims: shown.claims.toReversed(),
  }),
  'claims left out': (shown: PresentedCredential) => ({ ...shown, claims: shown.claims.slice(1) }),
  'deadline moved': (shown: PresentedCredential) => ({ ...shown, deadline: shown.deadline + 1n }),
  'deadline over': (shown: PresentedCredential) => ({ ...shown, deadline: 1n }),
  'another holder': (shown: PresentedCredential) => ({ ...shown, holder: stranger.address }),
  'another salt': (shown: PresentedCredential) => ({
    ...shown,
    holderSalt: flip(shown.holderSalt),
  }),
  'root changed': (shown: PresentedCredential) => ({
    ...shown,
    credential: { ...shown.credential, claimsRoot: flip(shown.credential.claimsRoot) },
  }),
  'issuer signature malleated': (shown: PresentedCredential) => ({
    ...shown,
    issuerSignature: malleate(shown.issuerSignature),
  }),
  'holder signature malleated': (shown: PresentedCredential) => ({
    ...shown,
    holderSignature: malleate(shown.holderSignature),
  }),
  'holder signature cut': (shown: PresentedCredential) => ({
    ...shown,
    holderSignature: shown.holderSignature.slice(0, -2) as Hex,
  }),
  'holder signature empty': (shown: PresentedCredential) => ({
    ...shown,
    holderSignature: '0x' as Hex,
  }),
  'signatures swapped': (shown: PresentedCredential) => ({
    ...shown,
    issuerSignature: shown.holderSignature,
    holderSignature: shown.issuerSignature,
  }),
}

suite('the SDK and the contract', { timeout: 600_000 }, () => {
  let city: Awaited<ReturnType<typeof openIdentity>>
  let url: string
  let close: (() => Promise<void>) | undefined

  before(async () => {
    if (process.env.BUSAN_RPC_URL === undefined) {
      const devnet = await startFreshDevnet()
      close = devnet.close
      url = devnet.place.url
    } else {
      url = process.env.BUSAN_RPC_URL
    }
    city = await openIdentity(url, 1)
    await city.send(city.issuer, 'StatusList', 'set', [1n, [statusChange(REVOKED, true)]])
  })
  after(() => close?.())

  test('hash credentials and claims alike', async () => {
    const { CredentialVerifier } = city.contracts
    const property = fc.asyncProperty(claims(1), async ([claim]) => {
      const salted = { ...(claim as Claim), salt: randomWord() }
      const held = await issue([claim as Claim], 'sound')
      const leaf = await city.client.readContract({
        ...CredentialVerifier,
        functionName: 'leafOf',
        args: [claimKey(salted.name), stringToHex(canonicalJson(salted.value)), salted.salt],
      })
      assert.equal(claimLeaf(salted), leaf)
      const hash = await city.client.readContract({
        ...CredentialVerifier,
        functionName: 'hashOf',
        args: [held.credential],
      })
      assert.equal(hashCredential(city.place, held.credential), hash)
    })
    await fc.assert(property, { numRuns: 30 })
  })

  test(`I2: give one verdict on ${RUNS} random presentations, sound and damaged`, async () => {
    const counts = new Map<string, number>()
    const property = fc.asyncProperty(
      claims(20),
      fc.constantFrom(...(Object.keys(TERMS) as (keyof typeof TERMS)[]), ...SOUND),
      fc.constantFrom(...(Object.keys(DAMAGE) as (keyof typeof DAMAGE)[]), ...UNDAMAGED),
      fc.nat(),
      async (stated, terms, damage, seed) => {
        const held = await issue(stated, terms)
        const names = stated.filter((_, i) => (seed >> (i % 30)) & 1).map(({ name }) => name)
        const shown = DAMAGE[damage](await present(held, names))
        const block = await city.client.getBlock()
        const expected = { ...city.place, audience: shown.audience, nonce: shown.nonce }
        const facts = await openCredentialFacts(city.client, city.contracts, block.number)
        const own = await verifyPresented(expected, shown, facts)
        const at = { ...city.contracts.CredentialVerifier, blockNumber: block.number }
        const onChain = await verifyPresentedOnChain(expected, shown, city.client, at)
        assert.deepEqual(own, onChain)
        const verdict = own.ok ? 'valid' : own.reason
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
        if (damage === 'none' && terms === 'sound') assert.equal(verdict, 'valid')
      },
    )
    await fc.assert(property, { numRuns: RUNS })
    console.log(`I2: ${RUNS} runs: ${[...counts].map(([name, n]) => `${name} ${n}`).join(', ')}`)
    const missing = Object.keys(CREDENTIAL_REASONS).filter((reason) => !counts.has(reason))
    assert.ok(counts.has('valid') && missing.length <= 2, `never seen: ${missing}`)
  })

  test('the example of the README runs', async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'busan-example-'))
    t.after(() => rm(folder, { recursive: true }))
    const file = path.join(folder, 'deployed_addresses.json')
    await writeFile(file, JSON.stringify(city.addresses))
    const env = { ...process.env, BUSAN_RPC_URL: url }
    const args = [path.join(ROOT, 'packages', 'sdk', 'example.ts'), file]
    const { stdout } = await promisify(execFile)(process.execPath, args, { env })
    assert.match(stdout, /the street is in them: false/)
    assert.match(stdout, /The library verified: {"residence":"Busan"}/)
  })

  /** A credential with terms of the test's choice, which `issueCredential` would refuse to make. */
  async function issue(stated: readonly Claim[], terms: keyof typeof TERMS) {
    const salted = stated.map((claim) => ({ ...claim, salt: randomWord() }))
    const decoys = Array.from({ length: decoyCount(salted.length) }, randomWord)
    const holderSalt = randomWord()
    const { timestamp } = await city.client.getBlock()
    const credential = TERMS[terms]({
      issuer: city.issuer.address,
      validFrom: timestamp - DAY,
      validUntil: timestamp + DAY,
      statusIndex: 10,
      statusList: 1n,
      schemaId: schemaIdOf(RESIDENT_SCHEMA),
      claimsRoot: claimsRoot([...salted.map(claimLeaf), ...decoys]),
      holderCommitment: holderCommitment(holder.address, holderSalt),
    })
    const issuerSignature = await city.issuer.signTypedData({
      domain: credentialDomain(city.place),
      types: CREDENTIAL_TYPES,
      primaryType: 'Credential',
      message: { ...credential },
    })
    const kept = { holder: holder.address, holderSalt, claims: salted, decoys }
    return { credential, issuerSignature, ...kept } satisfies HeldCredential
  }

  function present(held: HeldCredential, names: readonly string[]): Promise<PresentedCredential> {
    const deadline = BigInt(Math.floor(Date.now() / 1_000)) + DAY
    const request = { names, audience: 'https://city', nonce: randomWord(), deadline }
    return presentClaims(city.place, held, request, holder)
  }
})

/** Claims with any names and values that JSON has. */
function claims(maxLength: number): fc.Arbitrary<Claim[]> {
  const value = fc.jsonValue({ maxDepth: 2 }).map((any) => JSON.parse(JSON.stringify(any)))
  const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  return fc.uniqueArray(fc.record({ name, value }), {
    minLength: 1,
    maxLength,
    selector: (claim) => claim.name,
  })
}

function changeClaim(
  shown: PresentedCredential,
  change: (claim: PresentedCredential['claims'][number]) => PresentedCredential['claims'][number],
): PresentedCredential {
  const [first, ...rest] = shown.claims
  return first === undefined ? shown : { ...shown, claims: [change(first), ...rest] }
}

const flip = (word: Hex): Hex => numberToHex(BigInt(word) ^ 1n, { size: 32 })

function malleate(signature: Hex): Hex {
  const s = BigInt(`0x${signature.slice(66, 130)}`)
  const v = signature.endsWith('1b') ? '1c' : '1b'
  return `${signature.slice(0, 66)}${numberToHex(ORDER_N - s, { size: 32 }).slice(2)}${v}` as Hex
}
