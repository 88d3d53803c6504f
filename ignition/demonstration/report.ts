import { formatTable } from '../../packages/cli/src/table.ts'
import type { City } from './chain.ts'
import { MERCHANTS } from './offer.ts'
import { ACCOUNTS, called, OFFICES, type Person } from './people.ts'
import { type Programme, proposed } from './seed.ts'

/** Of `BifSeats.Nominator`. */
const NOMINATORS = ['the city', 'public finance', 'private members', 'experts']
/** Of a sale that the voucher pays whole. */
const PRICE_WON = 8_000n

type Row = readonly [what: string, which: string, address: string, id?: string]

/** What somebody can try, as the chain has it: a table, and the next commands. */
export async function report(city: City, rpcUrl: string, deploymentId: string): Promise<string> {
  const programme = await proposed(city)
  const rows: readonly Row[] = [
    ['WHAT', 'WHICH', 'ADDRESS', 'ID'],
    ...(await ofVouchers(city, programme)),
    ...(await ofMerchants(city, programme)),
    ...(await ofExchange(city)),
    ...(await ofSeats(city)),
    ...ofOffices(),
  ]
  const file = `ignition/deployments/${deploymentId}/deployed_addresses.json`
  const sale = [file, programme.id, MERCHANTS[0].id, PRICE_WON].join(' ')
  return `
What there is to try (accounts of the public test mnemonic: never use them with real value)

${formatTable(rows.map((row) => row.map((cell) => cell ?? '')))}

The citizen pays ${inWon(PRICE_WON)} at the ${MERCHANTS[0].owner}:
  BUSAN_RPC_URL=${rpcUrl} node packages/sdk/example-payment.ts ${sale}
Recompute the books of all of it:
  npx busan city audit --rpc-url ${rpcUrl} --deployment-id ${deploymentId}`
}

async function ofVouchers({ read, contracts }: City, { id, expiry }: Programme): Promise<Row[]> {
  const { address } = ACCOUNTS.citizen
  const { city, own } = await read('VoucherProgram', 'holdingOf', [id, address])
  const { budget, unclaimed } = await read('VoucherProgram', 'totalsOf', [id])
  const symbol = await read('KrwDepositToken', 'symbol', [])
  const supply = await read('KrwDepositToken', 'totalSupply', [])
  const until = new Date(Number(expiry) * 1_000).toISOString().slice(0, 10)
  const offer = `open until ${until}; ${inWon(unclaimed)} of ${inWon(budget)} unclaimed`
  return [
    ['programme', offer, contracts.VoucherProgram.address, String(id)],
    ['won', `${symbol}, ${inWon(supply)} in circulation`, contracts.KrwDepositToken.address],
    ['citizen', `${called('citizen')}: vouchers of ${inWon(city + own)}`, address],
  ]
}

function ofMerchants({ read }: City, programme: Programme): Promise<Row[]> {
  return Promise.all(
    MERCHANTS.map(async ({ id }): Promise<Row> => {
      const [{ payout, category, zone }] = await read('MerchantRegistry', 'merchantOf', [id])
      const takes =
        (programme.categoryMask >> category) & 1 ? 'takes these vouchers' : 'refuses them'
      return [
        'merchant',
        `${nameOf(payout)}: category ${category}, zone ${zone}, ${takes}`,
        payout,
        id,
      ]
    }),
  )
}

async function ofExchange({ read, contracts }: City): Promise<Row[]> {
  const { address } = contracts.CommodityToken
  const symbol = await read('CommodityToken', 'symbol', [])
  const isListed = await read('ListingRegistry', 'isTradable', [address])
  return [['gold', `${symbol}, ${isListed ? 'listed on the exchange' : 'not listed'}`, address]]
}

async function ofSeats({ read, now }: City): Promise<Row[]> {
  const seats = await read('BifCommittee', 'seatsAt', [Number(await now())])
  return seats.flatMap(({ member, nominator, until }, index): Row[] => {
    const which = `of the fund's committee, nominated by ${NOMINATORS[nominator]}`
    return until === 0 ? [] : [['seat', which, member, String(index + 1)]]
  })
}

/** People by office, in the order of their accounts. */
function ofOffices(): Row[] {
  const people = [...new Set(OFFICES.map(([who]) => who))]
  return people.map((who) => {
    const offices = OFFICES.filter(([holder]) => holder === who).map(([, office]) => office)
    return ['office', `${called(who)}: ${offices.join(', ')}`, ACCOUNTS[who].address]
  })
}

function nameOf(address: string): string {
  const known = Object.entries(ACCOUNTS).find(([, account]) => account.address === address)
  return known === undefined ? 'somebody else' : called(known[0] as Person)
}

const inWon = (amount: bigint): string => `${amount.toLocaleString('en')} KRW`
