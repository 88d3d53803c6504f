// Journeys of the exchange on a devnet of its own: a gold buyer, the operator, surveillance, a firm that offsets carbon.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, suite, test } from 'node:test'
import {
  hashOrder,
  type MatcherSettings,
  type Order,
  openMatcher,
  SIGNED_TYPES,
  type SignedOrder,
} from '@busan/exchange'
import {
  type AbiFunction,
  type Address,
  encodeAbiParameters,
  type Hex,
  keccak256,
  toFunctionSelector,
  toHex,
  zeroHash,
} from 'viem'
import type { HDAccount } from 'viem/accounts'
import { readArtifact, readLibraryArtifact } from '../interop/artifacts.ts'
import { foundIn, recomputes } from './city-audit.ts'
import { type Call, type Deployed, isRefused, openDevnet, person } from './devnet-contracts.ts'

const city = person(0)
const operator = person(1)
const surveillance = person(2)
const buyer = person(3)
const seller = person(4)
const REF = keccak256(toHex('order'))
const MAX = 2n ** 256n - 1n

suite('journeys of the exchange', { timeout: 300_000 }, () => {
  let devnet: Awaited<ReturnType<typeof openDevnet>>
  let authority: Deployed
  let listings: Deployed
  let engine: Deployed
  let receipts: Deployed
  let oracle: Deployed
  let gold: Deployed
  let won: Deployed
  let carbon: Deployed

  const deploy = async (name: string, args: unknown[], folder = 'exchange') =>
    devnet.deploy(city, await readArtifact(name, folder), args)
  const send = (who: HDAccount, ...call: Call) => devnet.send(who, ...call)
  const read = <Value>(...call: Call) => devnet.read<Value>(...call)
  const isRefusedTo = (who: HDAccount, ...call: Call) => isRefused(send(who, ...call), 'reverted')

  before(async () => {
    devnet = await openDevnet()
    authority = await devnet.deploy(city, await readLibraryArtifact('AccessManager'), [
      city.address,
    ])
    const at = authority.address
    listings = await deploy('ListingRegistry', [at])
    engine = await deploy('SettlementEngine', [at, listings.address])
    receipts = await deploy('VaultReceipts', [at])
    oracle = await deploy('ReserveOracle', [at, receipts.address, 86_400n])
    const backing = [receipts.address, oracle.address]
    gold = await deploy('CommodityToken', ['Busan Gold', 'BGD', at, ...backing])
    won = await deploy('CityToken', [city.address, MAX], 'examples')
    carbon = await deploy('CarbonUnits', [at])
  })
  after(() => devnet?.close())

  test('J14: a gold token exists only with an attested bar behind it, and redeems the bar', async () => {
    const serial = keccak256(toHex('refiner/1'))
    await send(city, receipts, 'deposit', [gold.address, serial, 100_000n, 9_999, REF, REF])
    await isRefusedTo(city, gold, 'mint', [buyer.address, 100_000n, REF])
    await send(city, oracle, 'setAttestor', [surveillance.address, true, 1n])
    const timestamp = await devnet.now()
    const signature = await surveillance.sign({
      hash: await read<Hex>(oracle, 'hashOf', [100_000n, timestamp]),
    })
    await send(buyer, oracle, 'attest', [100_000n, timestamp, [signature]])
    await isRefusedTo(city, gold, 'mint', [buyer.address, 100_001n, REF])
    await send(city, gold, 'mint', [buyer.address, 100_000n, REF])
    await isRefusedTo(seller, gold, 'redeem', [1n])
    await send(buyer, gold, 'redeem', [1n])
    assert.equal(await read(gold, 'totalSupply'), 0n)
    const bar = await read<{ redeemer: Address }>(receipts, 'receiptOf', [1n])
    assert.equal(bar.redeemer, buyer.address)
    console.log(
      'J14: 100 g minted after the attestation, refused before and beyond; bar 1 redeemed',
    )
  })

  test('J15 and J16: matched off the chain, settled on it; a halt stops trade and no withdrawal', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'busan-journey-'))
    const market = await openMarket()
    const settings: MatcherSettings = {
      domain: { chainId: 51_053, engine: engine.address },
      market,
      tick: 5n,
      feeBps: 20,
      journalPath: path.join(folder, 'journal.sqlite'),
      nowMs: Date.now,
    }
    const matcher = openMatcher(settings)
    t.after(() => {
      matcher.close()
      rmSync(folder, { recursive: true })
    })
    const buy = await signedOrder(settings, buyer, { isBuy: true, lots: 7n, limitPrice: 1_000n })
    await matcher.place(buy)
    const sell = await signedOrder(settings, seller, { lots: 5n, limitPrice: 990n })
    const placed = await matcher.place(sell)
    assert.ok(placed.ok)
    const [trade] = placed.value.trades
    assert.ok(trade)
    const fill = { buy: 0, sell: 1, lots: trade.lots, price: trade.price }
    const batch = batchOf(market, [buy, sell], fill)
    await isRefusedTo(buyer, engine, 'settle', [batch])
    await isRefusedTo(operator, engine, 'settle', [
      { ...batch, fills: [{ ...fill, price: 1_005n }] },
    ])
    const { gasUsed } = await send(operator, engine, 'settle', [batch])
    assert.equal(await read(engine, 'hashOf', [sell.order]), hashOrder(settings.domain, sell.order))
    assert.equal(await read(won, 'balanceOf', [seller.address]), 5n * 1_000n - 10n)
    console.log(`J15: 5 lots settled at 1000 KRW for ${gasUsed} gas; beyond a limit refused`)

    await send(surveillance, engine, 'halt', [market, REF])
    const later = { ...batch, fills: [{ ...fill, lots: 1n }] }
    await isRefusedTo(operator, engine, 'settle', [later])
    await isRefusedTo(operator, engine, 'resume', [market, REF])
    const { abi } = await readArtifact('SettlementVault', 'exchange')
    const vault = { address: await read<Address>(engine, 'VAULT'), abi }
    await send(seller, won, 'approve', [vault.address, 1_000n])
    await send(seller, vault, 'deposit', [won.address, 1_000n])
    await send(seller, vault, 'withdraw', [won.address, 1_000n, seller.address])
    console.log('J16: halted by surveillance, not resumed by the operator; 1000 KRW withdrawn')
  })

  test('J17: retired tonnes have a certificate and never trade again', async () => {
    await send(city, carbon, 'immobilise', [2025n, REF, 1n, 120n, 0n, buyer.address, REF])
    await send(buyer, carbon, 'retire', [2025n, 120n, REF, REF])
    const transfer = [buyer.address, seller.address, 2025n, 1n, '0x']
    await isRefusedTo(buyer, carbon, 'safeTransferFrom', transfer)
    await isRefusedTo(city, carbon, 'immobilise', [2025n, REF, 120n, 121n, 1n, buyer.address, REF])
    const certificate = await read<{ amount: bigint }>(carbon, 'certificateOf', [1n])
    assert.equal(certificate.amount, 120n)
    console.log(
      'J17: 120 t retired with certificate 1; transfer and a second immobilisation refused',
    )
  })

  /** Gold against won, roles apart, funds and allowances in place. @returns the market */
  async function openMarket(): Promise<Hex> {
    await send(city, receipts, 'deposit', [gold.address, keccak256('0x02'), 50n, 9_999, REF, REF])
    await send(city, gold, 'mint', [seller.address, 50n, REF])
    await send(city, won, 'mint', [buyer.address, 10_000n])
    await send(city, listings, 'propose', [gold.address, 0, 10n, 5n, REF])
    await send(city, listings, 'setState', [gold.address, 2, REF])
    const terms = [gold.address, won.address, 1_000n, [500, 2_000], 20, 300]
    await send(city, engine, 'openMarket', terms)
    for (const [role, who, names] of [
      [41n, operator, ['settle']],
      [43n, surveillance, ['halt', 'resume']],
    ] as const) {
      const selectors = names.map((name) =>
        toFunctionSelector(
          engine.abi.find((item) => (item as AbiFunction).name === name) as AbiFunction,
        ),
      )
      const target = [engine.address, selectors, role]
      await send(city, authority, 'setTargetFunctionRole', target)
      await send(city, authority, 'grantRole', [role, who.address, 0])
    }
    await send(seller, gold, 'approve', [engine.address, MAX])
    await send(buyer, won, 'approve', [engine.address, MAX])
    const types = [{ type: 'address' }, { type: 'address' }]
    return keccak256(encodeAbiParameters(types, [gold.address, won.address]))
  }

  test('J10: what all of this left recomputes from public data', async () => {
    const audited = { CommodityToken: gold, SettlementEngine: engine, CarbonUnits: carbon }
    const named = Object.entries(audited).map(([name, { address }]) => [
      `Exchange#${name}`,
      address,
    ])
    const audit = await recomputes(devnet.url, Object.fromEntries(named))
    assert.equal(foundIn(audit, 'G1-supply'), await read<bigint>(gold, 'totalSupply'))
    assert.equal(foundIn(audit, 'C1-whole'), 120n)
  })
})

async function signedOrder(
  { domain, market }: MatcherSettings,
  maker: HDAccount,
  terms: Pick<Order, 'lots' | 'limitPrice'> & Partial<Order>,
): Promise<SignedOrder> {
  const account = maker.address.toLowerCase() as Hex
  const order: Order = {
    maker: account,
    receiver: account,
    validAfter: 0n,
    expiry: BigInt(Math.floor(Date.now() / 1_000) + 3_600),
    maxFeeBps: 20,
    isBuy: false,
    usesVault: false,
    market,
    ownerGroup: zeroHash,
    nonceKey: 0n,
    nonceSeq: 1n,
    minFill: 0n,
    ...terms,
  }
  const { chainId, engine } = domain
  const signature = await maker.signTypedData({
    domain: { name: 'Busan Settlement', version: '1', chainId, verifyingContract: engine },
    types: SIGNED_TYPES,
    primaryType: 'Order',
    message: { ...order },
  })
  return { order, signature }
}

function batchOf(market: Hex, signed: readonly SignedOrder[], fill: object) {
  return {
    market,
    auctionPrice: 0n,
    orders: signed.map(({ order }) => order),
    signatures: signed.map(({ signature }) => signature),
    fills: [fill],
  }
}
