import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { keccak256, toHex } from 'viem'
import { giveRights } from '../rights.ts'
import Money from './money.ts'

const ROLE = { treasury: 13, listing: 40, operator: 41, custodian: 42, surveillance: 43 }
const DAY_SECONDS = 86_400n
/** Of `ListingRegistry`. */
const [PRECIOUS_METAL, LISTED] = [0, 2]
/** Ten milligrams a lot; prices in won a lot; 5 % and 20 % from the last price and from the reference. */
const GOLD = { lot: 10n, tick: 5n, openingPrice: 2_000n, bandsBps: [500, 2_000] }
const FEE_BPS = 20
const COOLING_SECONDS = 300

/** The exchange with a gold token that is listed and has a market against won; no bar has come in yet. */
export default buildModule('Exchange', (m) => {
  const { authority, token } = m.useModule(Money)
  const orderRef = m.getParameter('orderRef', keccak256(toHex('first deployment')))
  const listings = m.contract('ListingRegistry', [authority])
  const engine = m.contract('SettlementEngine', [authority, listings])
  const receipts = m.contract('VaultReceipts', [authority])
  const maxAge = m.getParameter('attestationMaxAgeSeconds', DAY_SECONDS)
  const oracle = m.contract('ReserveOracle', [authority, receipts, maxAge])
  const gold = m.contract('CommodityToken', [
    m.getParameter('goldName', 'Busan Gold'),
    m.getParameter('goldSymbol', 'BGD'),
    authority,
    receipts,
    oracle,
  ])
  const carbon = m.contract('CarbonUnits', [authority])

  // What is listed first is the deployer's to say before it gives the rights away.
  const terms = [gold, PRECIOUS_METAL, GOLD.lot, GOLD.tick, orderRef]
  const proposed = m.call(listings, 'propose', terms, { id: 'goldProposed' })
  const listed = m.call(listings, 'setState', [gold, LISTED, orderRef], {
    id: 'goldListed',
    after: [proposed],
  })
  const price = m.getParameter('goldOpeningPrice', GOLD.openingPrice)
  const opening = [gold, token, price, GOLD.bandsBps, FEE_BPS, COOLING_SECONDS]
  const market = m.call(engine, 'openMarket', opening, { id: 'goldMarket', after: [listed] })

  giveRights(m, authority, listings, { [ROLE.listing]: ['propose', 'setState'] }, [listed])
  giveRights(
    m,
    authority,
    engine,
    {
      [ROLE.treasury]: ['collectFees'],
      [ROLE.listing]: ['openMarket'],
      [ROLE.operator]: ['settle'],
      [ROLE.surveillance]: ['halt', 'resume'],
    },
    [market],
  )
  giveRights(m, authority, receipts, { [ROLE.custodian]: ['deposit', 'encumber', 'release'] })
  giveRights(m, authority, gold, { [ROLE.custodian]: ['mint'] })
  giveRights(m, authority, carbon, { [ROLE.custodian]: ['immobilise'] })
  return { authority, token, listings, engine, receipts, oracle, gold, carbon }
})
