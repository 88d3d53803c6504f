// Users of older chains get their money on the new one, by the keys that they had there.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { contractsOf, type LegacyRight, MIGRATION_TYPES, ROLES, snapshotOf } from '@busan/sdk'
import * as P256 from 'ox/P256'
import * as PublicKey from 'ox/PublicKey'
import * as Signature from 'ox/Signature'
import { type Address, type Hex, hashTypedData, keccak256, slice, toHex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { newCitizen, openCityMoney } from './city-money.ts'

/** CAIP-2 name and height of the older chain. */
const SOURCE = keccak256(toHex('eip155:11@48213377'))

suite('journeys from older chains', { timeout: 600_000 }, () => {
  let city: Awaited<ReturnType<typeof openCityMoney>>
  /** Of a Metadium wallet: secp256k1. */
  const metadium = privateKeyToAccount(generatePrivateKey())
  /** Of a Fabric client: P-256. */
  const fabric = P256.randomPrivateKey()
  const fabricKey = slice(PublicKey.toHex(P256.getPublicKey({ privateKey: fabric })), 1)
  const rights: LegacyRight[] = [metadium.address, fabricKey, newCitizen().address].map(
    (legacyKey, i) => ({ index: BigInt(i), legacyKey, amount: 10_000n * BigInt(i + 1) }),
  )
  const [ofMetadium, ofFabric] = rights as [LegacyRight, LegacyRight]
  const { root, total, proofOf } = snapshotOf(rights)

  const portal = () => contractsOf(city.addresses, ['MigrationPortal']).MigrationPortal
  const tokens = (account: Address) => city.read<bigint>('KrwDepositToken', 'balanceOf', [account])

  function claimOf({ index }: LegacyRight, newOwner: Address) {
    return {
      domain: {
        name: 'Busan Migration',
        version: '1',
        chainId: 51_053,
        verifyingContract: portal().address,
      },
      types: MIGRATION_TYPES,
      primaryType: 'Claim',
      message: { root, index, newOwner },
    } as const
  }
  const signedByMetadium = (right: LegacyRight, owner: Address) =>
    metadium.signTypedData(claimOf(right, owner))
  const signedByFabric = async (right: LegacyRight, owner: Address) => {
    const payload = hashTypedData(claimOf(right, owner))
    const { r, s } = P256.sign({ payload, privateKey: fabric })
    return Signature.toHex({ r, s })
  }
  const bring = (right: LegacyRight, owner: Address, signature: Hex) =>
    city.sendTo('relayer', portal(), 'claim', [root, right, proofOf(right), owner, signature])
  const isRefused = (promise: Promise<unknown>, error: string) =>
    assert.rejects(promise, new RegExp(error))

  before(async () => {
    city = await openCityMoney('city.ts')
    const treasury = city.staff.treasury.address
    await city.send('admin', 'CityAccessManager', 'grantRole', [ROLES.TREASURY, treasury, 0])
  })
  after(() => city?.close())

  test('J20: rights of older chains are claimed once, by their old keys, and the rest returns', async () => {
    const closesAt = (await city.now()) + 40n
    const token = city.contracts.KrwDepositToken.address
    const terms = [root, token, total, closesAt, SOURCE]
    await isRefused(city.sendTo('treasury', portal(), 'propose', terms), 'Unauthorized')
    await city.sendTo('officer', portal(), 'propose', terms)
    const [first, second] = [newCitizen().address, newCitizen().address]
    const early = await signedByMetadium(ofMetadium, first)
    await isRefused(bring(ofMetadium, first, early), 'MigrationNotNow')
    await city.send('treasury', 'KrwDepositToken', 'approve', [portal().address, total])
    const before = await tokens(city.staff.treasury.address)
    await city.sendTo('treasury', portal(), 'confirm', [root])

    // A thief who saw the signature can neither turn it elsewhere nor use it for another right.
    await isRefused(bring(ofMetadium, second, early), 'MigrationInvalidSignature')
    await isRefused(bring(ofFabric, first, early), 'MigrationInvalidSignature')
    await bring(ofMetadium, first, early)
    await isRefused(bring(ofMetadium, first, early), 'MigrationAlreadyClaimed')
    await bring(ofFabric, second, await signedByFabric(ofFabric, second))
    assert.deepEqual([await tokens(first), await tokens(second)], [10_000n, 20_000n])
    for (const address of [first, second]) {
      assert.equal(await city.publicClient.getBalance({ address }), 0n)
    }

    await city.untilBlockTime(closesAt)
    await city.sendTo('treasury', portal(), 'close', [root, city.staff.treasury.address])
    assert.equal(before - (await tokens(city.staff.treasury.address)), 30_000n)
    console.log(
      `J20: 10000 KRW by a Metadium key, 20000 by a Fabric key; ${total - 30_000n} unclaimed went back`,
    )
  })
})
