// Journeys with credentials, passes and recovery. No citizen ever has a coin of the chain, and nothing personal lands on it.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  DID_CONSENT_TYPES,
  didOf,
  formatPresented,
  type Guardians,
  guardiansCommitment,
  type HeldCredential,
  issueCredential,
  nullifierOf,
  openCredentialFacts,
  type PresentedCredential,
  parsePresented,
  presentClaims,
  RECOVERY_TYPES,
  randomStatusIndex,
  randomWord,
  signTicket,
  statusChange,
  statusEntry,
  verifyPresented,
  verifyPresentedOnChain,
  type W3cCredential,
} from '@busan/sdk'
import { encodePacked, keccak256, type PrivateKeyAccount, padHex, stringToHex, toHex } from 'viem'
import { LIST_SIZE, newCitizen, openIdentityDevnet, RESIDENT_SCHEMA } from './city-identity.ts'
import { assertNothingPersonal, findPersonalData, NOBODY, writtenSince } from './personal-data.ts'

const DELAY_SECONDS = 4

suite('journeys with identity', { timeout: 600_000 }, () => {
  let city: Awaited<ReturnType<typeof openIdentityDevnet>>
  const parent = newCitizen()
  let held: HeldCredential

  before(async () => {
    city = await openIdentityDevnet(DELAY_SECONDS)
    held = await issueResident(parent)
  })
  after(() => city?.close())

  test('a librarian learns the residence and nothing else; a revoked credential opens no door', async () => {
    const shown = await present(held, parent, ['residence'])
    const text = formatPresented(shown)
    for (const value of Object.values(NOBODY)) assert.ok(!text.includes(value), value)
    assert.deepEqual(await verdictOf(shown), { residence: 'Busan' })
    const citizen = await issueResident(newCitizen())
    const change = statusChange(citizen.credential.statusIndex, true)
    await city.send(city.issuer, 'StatusList', 'set', [1n, [change]])
    assert.equal(await verdictOf(await present(citizen, parent, ['residence'])), 'status-set')
    console.log(
      `B-Pass: residence shown in ${text.length} characters, no transaction; refused once revoked`,
    )
  })

  test('J1: a parent of three proves it, and the right is used up for every account', async () => {
    const names = ['isBusanResident', 'hasThreeChildren', 'isYoungestUnder19']
    const verified = await verdictOf(await present(held, parent, names))
    assert.deepEqual(verified, Object.fromEntries(names.map((name) => [name, true])))
    const secret = randomWord()
    const scope = keccak256(toHex('education points 2026'))
    const nullifier = nullifierOf(secret, scope)
    const accounts = [newCitizen().address, newCitizen().address] as const
    for (const account of accounts) {
      const ticket = { scope, account, nullifier, validUntil: (await city.now()) + 3_600n }
      const at = { chainId: city.place.chainId, tickets: city.contracts.TicketEligibility.address }
      const proof = await signTicket(at, ticket, city.issuer)
      const ask = (programme: `0x${string}`) =>
        city.client.readContract({
          ...city.contracts.TicketEligibility,
          functionName: 'nullifierOf',
          args: [programme, account, proof],
        })
      assert.equal(await ask(scope), nullifier)
      await assert.rejects(ask(keccak256(scope)), /TicketInvalidSignature/)
    }
    console.log('J1: three claims shown, two tickets on fresh accounts, one nullifier')
  })

  test('J7: desk and bank restore an account; the old key can do nothing meanwhile', async () => {
    const citizen = newCitizen()
    const credential = await issueResident(citizen)
    const tokenId = await issuePass(citizen)
    const guardians = await nameGuardians(citizen)
    const fresh = newCitizen()

    await startRecovery(citizen, fresh, guardians)
    await objectTo(citizen)
    assert.deepEqual(await residenceBy(credential, citizen), { residence: 'Busan' })

    await startRecovery(citizen, fresh, guardians)
    assert.equal(await residenceBy(credential, citizen), 'holder-signature-invalid')
    const burn = await signBurn(citizen, tokenId)
    await assert.rejects(city.send(city.relayer, 'BPass', 'burnSigned', burn), /BPassAccountLocked/)
    const finish = [citizen.address]
    await assert.rejects(
      city.send(city.relayer, 'AccountRecovery', 'finish', finish),
      /RecoveryNotNow/,
    )
    await city.blockAt((await city.now()) + BigInt(DELAY_SECONDS))
    await city.send(city.relayer, 'AccountRecovery', 'finish', finish)

    assert.equal(await residenceBy(credential, citizen), 'holder-signature-invalid')
    assert.deepEqual(await residenceBy(credential, fresh), { residence: 'Busan' })
    const isValid = (account: PrivateKeyAccount) =>
      city.client.readContract({
        ...city.contracts.BPass,
        functionName: 'isValid',
        args: [account.address],
      })
    assert.deepEqual([await isValid(citizen), await isValid(fresh)], [false, true])
    for (const { address } of [citizen, fresh]) {
      assert.equal(await city.client.getBalance({ address }), 0n)
    }
    console.log(`J7: objected once, restored after ${DELAY_SECONDS} s; pass and credential moved`)
  })

  test('I3: none of it left personal data, or a bare hash of it, on the chain', async () => {
    await assertNothingPersonal(city.client)
    const written = await writtenSince(city.client, 0n)
    // The scan finds what is there: the code of the contracts, and each form that it looks for.
    assert.deepEqual(findPersonalData(written, { domain: 'Busan Credentials' }), ['domain as text'])
    const planted = [stringToHex('Kim Busan'), keccak256(stringToHex('010-5555-0123'))]
    const number = padHex(toHex(8_703_141_234_567n))
    const found = findPersonalData(
      [...planted, number].map((part) => part.slice(2)),
      NOBODY,
    )
    assert.deepEqual(found.toSorted(), [
      'phone as keccak256',
      'residentNumber as number',
      'romanName as text',
    ])
  })

  async function issueResident(citizen: PrivateKeyAccount): Promise<HeldCredential> {
    const { chainId } = city.place
    const index = randomStatusIndex(LIST_SIZE, () => false)
    const list = { chainId, statusList: city.contracts.StatusList.address, listId: 1n, index }
    const w3c: W3cCredential = {
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiableCredential', 'BusanResidentCredential'],
      issuer: didOf(chainId, city.issuer.address),
      validFrom: '2026-01-01T00:00:00+09:00',
      validUntil: '2036-01-01T00:00:00+09:00',
      credentialSchema: { id: RESIDENT_SCHEMA, type: 'JsonSchema' },
      credentialStatus: statusEntry(list),
      credentialSubject: {
        id: didOf(chainId, citizen.address),
        ...NOBODY,
        residence: 'Busan',
        isBusanResident: true,
        hasThreeChildren: true,
        isYoungestUnder19: true,
      },
    }
    return issueCredential(city.place, w3c, city.issuer)
  }

  async function present(
    credential: HeldCredential,
    account: PrivateKeyAccount,
    names: readonly string[],
  ): Promise<PresentedCredential> {
    const deadline = (await city.now()) + 300n
    const request = {
      names,
      audience: 'https://library.busan.go.kr',
      nonce: randomWord(),
      deadline,
    }
    const shown = await presentClaims(city.place, credential, request, account)
    const parsed = parsePresented(formatPresented(shown))
    assert.ok(parsed.ok)
    return parsed.value
  }

  /** What a verifier finds, by itself and by the contract. */
  async function verdictOf(shown: PresentedCredential) {
    const expected = { ...city.place, audience: shown.audience, nonce: shown.nonce }
    const facts = await openCredentialFacts(city.client, city.contracts)
    const own = await verifyPresented(expected, shown, facts)
    const { CredentialVerifier } = city.contracts
    const onChain = await verifyPresentedOnChain(expected, shown, city.client, CredentialVerifier)
    assert.deepEqual(own, onChain)
    return own.ok ? Object.fromEntries(own.value) : own.reason
  }

  const residenceBy = async (credential: HeldCredential, account: PrivateKeyAccount) =>
    verdictOf(await present(credential, account, ['residence']))

  async function issuePass(citizen: PrivateKeyAccount): Promise<bigint> {
    const now = await city.now()
    const tokenId = BigInt(randomWord())
    const times = { startsAt: now - 1n, endsAt: now + 86_400n }
    const pass = { issuer: city.issuer.address, holder: citizen.address, tokenId, ...times }
    const typed = {
      domain: domainOf('Busan B-Pass', 'BPass'),
      types: {
        Pass: [
          { name: 'issuer', type: 'address' },
          { name: 'startsAt', type: 'uint64' },
          { name: 'holder', type: 'address' },
          { name: 'endsAt', type: 'uint64' },
          { name: 'tokenId', type: 'uint256' },
        ],
      },
      primaryType: 'Pass',
      message: pass,
    } as const
    const signatures = [await city.issuer.signTypedData(typed), await citizen.signTypedData(typed)]
    await city.send(city.relayer, 'BPass', 'issue', [pass, ...signatures])
    return tokenId
  }

  async function signBurn(citizen: PrivateKeyAccount, tokenId: bigint) {
    const deadline = (await city.now()) + 300n
    const signature = await citizen.signTypedData({
      domain: domainOf('Busan B-Pass', 'BPass'),
      types: {
        Burn: [
          { name: 'tokenId', type: 'uint256' },
          { name: 'deadline', type: 'uint64' },
        ],
      },
      primaryType: 'Burn',
      message: { tokenId, deadline },
    })
    return [tokenId, deadline, signature] as const
  }

  /** Desk and bank, and the account's word that the recovery contract may move its identity. */
  async function nameGuardians(citizen: PrivateKeyAccount): Promise<Guardians> {
    const signers = [city.desk, city.bank].map(({ address }) =>
      encodePacked(['address'], [address]),
    )
    const guardians = { salt: randomWord(), threshold: 2n, signers }
    const deadline = (await city.now()) + 300n
    const account = citizen.address
    const commitment = guardiansCommitment(guardians)
    const named = { account, commitment, nonce: 0n, deadline }
    const byOwner = await citizen.signTypedData({
      domain: domainOf('Busan Recovery', 'AccountRecovery'),
      types: RECOVERY_TYPES,
      primaryType: 'NameGuardians',
      message: named,
    })
    const naming = [account, commitment, 0n, deadline, byOwner]
    await city.send(city.relayer, 'AccountRecovery', 'nameGuardiansSigned', naming)
    const delegateType = stringToHex('recovery', { size: 32 })
    const delegate = city.contracts.AccountRecovery.address
    const terms = { identity: account, delegateType, delegate, validity: 10n ** 9n }
    const signature = await citizen.signTypedData({
      domain: domainOf('Busan DID', 'DidRegistry'),
      types: DID_CONSENT_TYPES,
      primaryType: 'AddDelegate',
      message: { ...terms, nonce: 0n, deadline },
    })
    const consent = { nonce: 0n, deadline, signature }
    const adding = [account, delegateType, delegate, terms.validity, consent]
    await city.send(city.relayer, 'DidRegistry', 'addDelegateSigned', adding)
    return guardians
  }

  async function startRecovery(from: PrivateKeyAccount, to: PrivateKeyAccount, named: Guardians) {
    const deadline = (await city.now()) + 300n
    const [account, successor] = [from.address, to.address]
    const count = await startCount(account)
    const sign = (guardian: PrivateKeyAccount) =>
      guardian.signTypedData({
        domain: domainOf('Busan Recovery', 'AccountRecovery'),
        types: RECOVERY_TYPES,
        primaryType: 'Recover',
        message: { account, successor, count, deadline },
      })
    const alone = [account, successor, named, deadline, [await sign(city.desk), '0x']]
    await assert.rejects(
      city.send(city.relayer, 'AccountRecovery', 'start', alone),
      /RecoveryNotByGuardians/,
    )
    const both = [await sign(city.desk), await sign(city.bank)]
    const args = [account, successor, named, deadline, both]
    await city.send(city.relayer, 'AccountRecovery', 'start', args)
  }

  async function objectTo(citizen: PrivateKeyAccount): Promise<void> {
    const deadline = (await city.now()) + 300n
    const account = citizen.address
    const signature = await citizen.signTypedData({
      domain: domainOf('Busan Recovery', 'AccountRecovery'),
      types: RECOVERY_TYPES,
      primaryType: 'Object',
      message: { account, count: await startCount(account), deadline },
    })
    const args = [account, deadline, signature]
    await city.send(city.relayer, 'AccountRecovery', 'objectSigned', args)
  }

  const startCount = (account: `0x${string}`) =>
    city.client.readContract({
      ...city.contracts.AccountRecovery,
      functionName: 'startCount',
      args: [account],
    })

  const domainOf = (name: string, on: keyof typeof city.contracts) => ({
    name,
    version: '1',
    chainId: city.place.chainId,
    verifyingContract: city.contracts[on].address,
  })
})
