// The city's money on a devnet of its own: deployed by Ignition, roles handed out, and what journeys sign and send.
import { contractsOf, nullifierOf, schemaIdOf, signPayment, signTicket } from '@busan/sdk'
import {
  type Address,
  type Hex,
  keccak256,
  type PrivateKeyAccount,
  parseEventLogs,
  toHex,
} from 'viem'
import { generatePrivateKey, type HDAccount, privateKeyToAccount } from 'viem/accounts'
import { readArtifact } from '../interop/artifacts.ts'
import { deployModule } from '../interop/deploy-module.ts'
import { type Deployed, openDevnet, person } from './devnet-contracts.ts'

/** A sale as `quote` plans it and `Paid` tells it. */
export interface Receipt {
  readonly payer: Address
  readonly rest: bigint
  readonly amount: bigint
  readonly paidAt: bigint
  readonly heldUntil: bigint
  readonly feeBps: number
  readonly merchant: Hex
  readonly invoice: Hex
  readonly parts: readonly { id: bigint; city: bigint; own: bigint; cashback: bigint }[]
}

/** Who acts for whom: one funded account of the mnemonic each. */
export const STAFF = {
  admin: 0,
  treasury: 1,
  maker: 2,
  checker: 3,
  officer: 4,
  issuer: 5,
  bank: 6,
  merchant: 7,
  relayer: 8,
} as const
export type Staff = keyof typeof STAFF

const ROLES: readonly (readonly [Staff, bigint])[] = [
  ['officer', 10n],
  ['maker', 11n],
  ['checker', 12n],
  ['admin', 20n],
  ['admin', 30n],
  ['bank', 31n],
  ['officer', 32n],
]
const NAMES = [
  'CityAccessManager',
  'KrwDepositToken',
  'MerchantRegistry',
  'TrustedIssuers',
  'TicketEligibility',
  'VoucherProgram',
] as const
type Name = (typeof NAMES)[number]

/** Hash of the order behind an official act. */
export const ORDER = keccak256(toHex('order 2026-118'))
/** More than anyone has. */
export const MAX = 2n ** 80n - 1n

/** Who signs payments: a key, or an account of a passkey. */
export type Payer = Pick<PrivateKeyAccount, 'address' | 'signTypedData'>

/** A person with a key and nothing else: no coin of the chain. */
export const newCitizen = (): PrivateKeyAccount => privateKeyToAccount(generatePrivateKey())

/**
 * Starts a devnet with the city's money on it.
 * @param module of Ignition's that brings it
 * @param parameters by module
 */
export async function openCityMoney(
  module = 'money.ts',
  parameters: Parameters<typeof deployModule>[2] = {},
) {
  const devnet = await openDevnet()
  try {
    return { ...(await openMoney(devnet, module, parameters)), close: devnet.close }
  } catch (error) {
    await devnet.close()
    throw error
  }
}

async function openMoney(
  devnet: Awaited<ReturnType<typeof openDevnet>>,
  module: string,
  parameters: Parameters<typeof deployModule>[2],
) {
  const { url, publicClient, now } = devnet
  const addresses = await deployModule(url, module, parameters)
  const contracts = contractsOf(addresses, NAMES)
  const staff = Object.fromEntries(
    Object.entries(STAFF).map(([name, addressIndex]) => [name, person(addressIndex)]),
  ) as Record<Staff, HDAccount>

  const sendTo = (who: Staff, on: Deployed, functionName: string, args: readonly unknown[]) =>
    devnet.send(staff[who], on, functionName, args)
  const send = (who: Staff, on: Name, functionName: string, args: readonly unknown[]) =>
    sendTo(who, contracts[on], functionName, args)
  const read = <Value>(on: Name, functionName: string, args: readonly unknown[] = []) =>
    devnet.read<Value>(contracts[on], functionName, args)

  /** Coins of the chain from the admin. */
  const giveCoins = (to: Address, value: bigint) => devnet.giveCoins(staff.admin, to, value)
  const untilBlockTime = (time: bigint) => devnet.untilBlockTime(time, staff.relayer)

  /** A ticket of the issuer for one right of a person, as a programme's claim wants it. */
  async function ticket(id: bigint, account: Address, secret: Hex): Promise<Hex> {
    const scope = await read<Hex>('VoucherProgram', 'scopeOf', [id])
    const nullifier = nullifierOf(secret, scope)
    const validUntil = (await now()) + 3_600n
    const place = { chainId: 51_053, tickets: contracts.TicketEligibility.address }
    return signTicket(place, { scope, account, nullifier, validUntil }, staff.issuer)
  }

  /** What a citizen signs on the phone. */
  async function sign(who: Payer, merchant: Hex, amount: bigint, ids: readonly bigint[]) {
    const message = {
      payer: who.address,
      amount,
      maxRest: 0n,
      validAfter: 0n,
      validBefore: (await now()) + 3_600n,
      merchant,
      invoice: keccak256(generatePrivateKey()),
      nonce: await read<bigint>('VoucherProgram', 'nonces', [who.address]),
      ids,
    }
    const place = { chainId: 51_053, vouchers: contracts.VoucherProgram.address }
    return [message, await signPayment(place, message, who)] as const
  }

  /** Pays by somebody who brings the signature, and gives the receipt that the chain told. */
  async function pay(who: Payer, merchant: Hex, amount: bigint, ids: readonly bigint[]) {
    const payment = await sign(who, merchant, amount, ids)
    const { logs, gasUsed } = await send('relayer', 'VoucherProgram', 'pay', payment)
    return { ...lastReceipt(logs), gasUsed, payment }
  }

  function lastReceipt(logs: Awaited<ReturnType<typeof send>>['logs']) {
    const { abi } = contracts.VoucherProgram
    const names = ['Paid', 'Refunded', 'Collected']
    const events = parseEventLogs({ abi, logs }) as unknown as {
      eventName: string
      args: { receiptId: Hex; receipt: Receipt }
    }[]
    const found = events.find(({ eventName }) => names.includes(eventName))
    if (found === undefined) throw new Error('no receipt in the logs')
    return found.args
  }

  /** Proposes and opens a programme. @returns its id */
  async function open(policy: object, budget: bigint): Promise<bigint> {
    const whole = { ...defaultPolicy(await now(), contracts.TicketEligibility.address), ...policy }
    await send('maker', 'VoucherProgram', 'propose', [whole, budget, ORDER])
    const id = await read<bigint>('VoucherProgram', 'programmeCount')
    await send('checker', 'VoucherProgram', 'approve', [id])
    return id
  }

  /** Money of the bank's customers, within an attested reserve. */
  async function mint(to: Address, amount: bigint): Promise<void> {
    await send('bank', 'KrwDepositToken', 'mint', [to, amount, keccak256(generatePrivateKey())])
  }

  async function handOut(): Promise<void> {
    const oracle = {
      address: await read<Address>('KrwDepositToken', 'ORACLE'),
      abi: (await readArtifact('ReserveOracle', 'exchange')).abi,
    }
    const { CityAccessManager, KrwDepositToken, TrustedIssuers, VoucherProgram } = contracts
    await devnet.sendAll(staff.admin, [
      ...ROLES.map(([who, role]) => {
        const grant = [role, staff[who].address, 0]
        return [CityAccessManager, 'grantRole', grant] as const
      }),
      [oracle, 'setAttestor', [staff.issuer.address, true, 1n]],
    ])
    const at = await now()
    const hash = await devnet.read<Hex>(oracle, 'hashOf', [10n ** 12n, at])
    const limits = [staff.bank.address, 10n ** 12n, 10n ** 12n]
    const schema = schemaIdOf('busan:voucher-ticket:1')
    const period = { from: at + 4n, until: MAX_TIME, assurance: 2 }
    await devnet.sendAll(staff.admin, [
      [oracle, 'attest', [10n ** 12n, at, [await staff.issuer.sign({ hash })]]],
      [KrwDepositToken, 'configureMinter', limits],
      [TrustedIssuers, 'accredit', [staff.issuer.address, schema, period, ORDER]],
    ])
    await Promise.all([
      mint(staff.treasury.address, 10n ** 9n),
      send('treasury', 'KrwDepositToken', 'approve', [VoucherProgram.address, MAX]),
    ])
    await untilBlockTime(period.from)
  }

  await handOut()
  return {
    url,
    devnet,
    addresses,
    contracts,
    staff,
    publicClient,
    send,
    sendTo,
    giveCoins,
    untilBlockTime,
    read,
    now,
    ticket,
    signPayment: sign,
    pay,
    lastReceipt,
    open,
    mint,
  }
}

const MAX_TIME = 2n ** 63n

function defaultPolicy(now: bigint, eligibility: Address) {
  return {
    start: now,
    expiry: now + 86_400n * 180n,
    graceSeconds: 86_400 * 30,
    categoryMask: 0xff_ff_ff_ff,
    zoneMask: 2n ** 64n - 1n,
    tierMask: 7,
    claimAmount: 10_000n,
    perPerson: 10_000n,
    perTransaction: MAX,
    perDay: MAX,
    perMonth: MAX,
    cashOutAfterBps: 0,
    cashbackBps: [0, 0, 0],
    cashbackPerMonth: MAX,
    cashbackProgramme: 0n,
    eligibility,
    hook: `0x${'00'.repeat(20)}`,
  }
}
