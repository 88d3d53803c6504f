// A citizen pays with a voucher on `busan devnet`. In one terminal `npm start`; in another `npx busan city deploy`, which prints
// the command with its arguments:
//   node packages/sdk/example-payment.ts deployed_addresses.json PROGRAMME MERCHANT AMOUNT
// Another node than that of `npm start` is named in BUSAN_RPC_URL.
import { readFileSync } from 'node:fs'
import { createPublicClient, createWalletClient, type Hex, http, parseEventLogs } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { busanDevnet, contractsOf, randomWord, signPayment } from './src/index.ts'

const [, , file = '', programme = '', merchant = '', price = ''] = process.argv
const MNEMONIC = 'test test test test test test test test test test test junk'
const [citizen, anyone] = [19, 0].map((addressIndex) =>
  mnemonicToAccount(MNEMONIC, { addressIndex }),
)
if (citizen === undefined || anyone === undefined) throw new Error('no accounts')

const names = ['VoucherProgram'] as const
const { VoucherProgram } = contractsOf(JSON.parse(readFileSync(file, 'utf8')), names)
const transport = http(process.env.BUSAN_RPC_URL)
const client = createPublicClient({ chain: busanDevnet, transport })
const wallet = createWalletClient({ chain: busanDevnet, transport, account: anyone })
const place = { chainId: busanDevnet.id, vouchers: VoucherProgram.address }
const [ids, amount, shop] = [[BigInt(programme)], BigInt(price), merchant as Hex]

// The wallet asks first: `pay` does what the quote says.
const quote = await client.readContract({
  ...VoucherProgram,
  functionName: 'quote',
  args: [citizen.address, shop, amount, ids],
})
if (!quote.acceptsVouchers || quote.rest > 0n) {
  const why = `refusals by programme (IVoucherProgram.Refusal): ${quote.refusals.join(', ')}`
  throw new Error(`vouchers leave ${quote.rest} of ${amount} KRW to pay; ${why}`)
}
const { timestamp } = await client.getBlock()
const payment = {
  payer: citizen.address,
  amount,
  maxRest: 0n,
  validAfter: 0n,
  validBefore: timestamp + 600n,
  merchant: shop,
  invoice: randomWord(),
  nonce: await client.readContract({
    ...VoucherProgram,
    functionName: 'nonces',
    args: [citizen.address],
  }),
  ids,
}
const signature = await signPayment(place, payment, citizen)

// Whoever brings the signature pays for the transaction; the citizen needs no coin.
const hash = await wallet.writeContract({
  ...VoucherProgram,
  functionName: 'pay',
  args: [payment, signature],
})
const { logs } = await client.waitForTransactionReceipt({ hash })
const [paid] = parseEventLogs({ abi: VoucherProgram.abi, eventName: 'Paid', logs })
if (paid === undefined) throw new Error(`${hash} paid nothing`)
const { city, own } = await client.readContract({
  ...VoucherProgram,
  functionName: 'holdingOf',
  args: [BigInt(programme), citizen.address],
})
console.log(`Paid ${amount} KRW, ${quote.fee} of it a fee; receipt ${paid.args.receiptId}`)
console.log(`The citizen has ${city + own} KRW of vouchers left.`)
