// Journeys of citizens, a merchant, an officer and a fraud officer with vouchers. No citizen ever has a coin of the chain.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type Address, type Hex, keccak256, toHex } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { recomputes } from './city-audit.ts'
import { newCitizen, ORDER, openCityMoney } from './city-money.ts'
import { assertNothingPersonal } from './personal-data.ts'

const SHOP = keccak256(generatePrivateKey())
const CATEGORY = 4
const ZONE = 17
const REFUSAL = { None: 0, Zone: 5, Tier: 6 }

interface Quote {
  readonly acceptsVouchers: boolean
  readonly rest: bigint
  readonly fee: bigint
  readonly refusals: readonly number[]
}
interface Totals {
  readonly unclaimed: bigint
  readonly spent: bigint
  readonly swept: bigint
}
interface Holding {
  readonly city: bigint
  readonly own: bigint
}

suite('journeys with vouchers', { timeout: 600_000 }, () => {
  let city: Awaited<ReturnType<typeof openCityMoney>>

  const balance = (account: Address) => city.read<bigint>('KrwDepositToken', 'balanceOf', [account])
  const totals = (id: bigint) => city.read<Totals>('VoucherProgram', 'totalsOf', [id])
  const holding = (id: bigint, account: Address) =>
    city.read<Holding>('VoucherProgram', 'holdingOf', [id, account])
  const quote = (payer: Address, merchant: Hex, amount: bigint, id: bigint) =>
    city.read<Quote>('VoucherProgram', 'quote', [payer, merchant, amount, [id]])
  const isRefused = (promise: Promise<unknown>, error: string) =>
    assert.rejects(promise, new RegExp(error))

  async function claim(id: bigint, account: Address, secret: Hex = generatePrivateKey()) {
    const proof = await city.ticket(id, account, secret)
    return city.send('relayer', 'VoucherProgram', 'claim', [id, account, proof])
  }

  const register = (id: Hex, payout: Address, holdSeconds: number) => {
    const terms = { payout, holdSeconds, category: CATEGORY, zone: ZONE, tier: 0, status: 0 }
    return city.send('officer', 'MerchantRegistry', 'register', [id, terms, ORDER])
  }

  before(async () => {
    city = await openCityMoney()
    await register(SHOP, city.staff.merchant.address, 0)
  })
  after(() => city?.close())

  test('J1: a parent gets points once, and the chain learns nothing but that', async () => {
    const id = await city.open({ claimAmount: 500_000n, perPerson: 500_000n }, 1_000_000n)
    const [parent, secret] = [newCitizen(), generatePrivateKey()]
    await claim(id, parent.address, secret)
    await isRefused(claim(id, parent.address, secret), 'VoucherNothingToClaim')
    await isRefused(claim(id, newCitizen().address, secret), 'VoucherAlreadyClaimed')
    console.log('J1: 500000 KRW of points claimed once; a second account with the right is refused')
  })

  test('J3: a culture pass is first come, first served, and what is left returns', async () => {
    const expiry = (await city.now()) + 25n
    const terms = { claimAmount: 110_000n, perPerson: 110_000n, expiry, graceSeconds: 0 }
    const id = await city.open(terms, 330_000n)
    const youths = [1, 2, 3, 4].map(() => newCitizen().address)
    const outcomes = await Promise.allSettled(youths.map((one) => inOrder(() => claim(id, one))))
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), [
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ])
    await city.untilBlockTime(expiry)
    const before = await balance(city.staff.treasury.address)
    await city.send('relayer', 'VoucherProgram', 'sweep', [id])
    assert.equal((await balance(city.staff.treasury.address)) - before, 330_000n)
    console.log('J3: three of four got the pass; 330000 KRW unspent returned at expiry')
  })

  test('J4: a merchant sees its fee and what is refused, is paid at once and cashes out', async () => {
    await city.send('officer', 'MerchantRegistry', 'setFee', [0, 50, ORDER])
    const open = await city.open({}, 100_000n)
    const elsewhere = await city.open({ zoneMask: 1n }, 100_000n)
    const citizen = newCitizen()
    await claim(open, citizen.address)
    await claim(elsewhere, citizen.address)
    const refused = await quote(citizen.address, SHOP, 8_000n, elsewhere)
    assert.deepEqual(refused.refusals, [REFUSAL.Zone])
    const planned = await quote(citizen.address, SHOP, 8_000n, open)
    assert.deepEqual([planned.rest, planned.fee, planned.refusals], [0n, 40n, [REFUSAL.None]])
    const owner = city.staff.merchant.address
    const before = await balance(owner)
    const { gasUsed } = await city.pay(citizen, SHOP, 8_000n, [open])
    assert.equal((await balance(owner)) - before, 8_000n - planned.fee)
    assert.equal(await city.publicClient.getBalance({ address: citizen.address }), 0n)
    const payout = keccak256(toHex('payout'))
    await city.send('merchant', 'KrwDepositToken', 'redeem', [7_960n, payout])
    await city.send('officer', 'MerchantRegistry', 'setFee', [0, 0, ORDER])
    console.log(`J4: 7960 of 8000 KRW at once and cashed out; ${gasUsed} gas, paid by the relayer`)
  })

  test('J6: a tourist gets the unused part of a pass back', async () => {
    const id = await city.open({ cashOutAfterBps: 6_000 }, 100_000n)
    const tourist = newCitizen()
    await claim(id, tourist.address)
    await city.pay(tourist, SHOP, 5_000n, [id])
    const validBefore = (await city.now()) + 3_600n
    const cashOut = async (nonce: bigint) => {
      const signature = await tourist.signTypedData({
        domain: {
          name: 'Busan Vouchers',
          version: '1',
          chainId: 51_053,
          verifyingContract: city.contracts.VoucherProgram.address,
        },
        types: {
          CashOut: [
            { name: 'id', type: 'uint256' },
            { name: 'account', type: 'address' },
            { name: 'validBefore', type: 'uint64' },
            { name: 'nonce', type: 'uint256' },
          ],
        },
        primaryType: 'CashOut',
        message: { id, account: tourist.address, validBefore, nonce },
      })
      const args = [id, tourist.address, validBefore, nonce, signature]
      await city.send('relayer', 'VoucherProgram', 'cashOutWithSignature', args)
      return balance(tourist.address)
    }
    assert.equal(await cashOut(1n), 0n)
    const spent = await city.signPayment(tourist, SHOP, 1_000n, [id])
    await city.send('relayer', 'VoucherProgram', 'pay', spent)
    assert.equal(await cashOut(3n), 4_000n)
    console.log('J6: nothing back at 50 % spent, 4000 KRW back at 60 %')
  })

  test('J8: an officer designs a programme, a colleague opens it, its use is visible, people are not', async () => {
    const id = await city.open({ zoneMask: 1n << BigInt(ZONE) }, 50_000n)
    await isRefused(city.send('maker', 'VoucherProgram', 'approve', [id]), 'Unauthorized')
    await isRefused(
      city.send('admin', 'CityAccessManager', 'grantRole', [12n, city.staff.maker.address, 0]),
      'RoleConflict',
    )
    const shorter = [id, (await city.now()) + 1n, ORDER]
    await isRefused(city.send('officer', 'VoucherProgram', 'extend', shorter), 'VoucherWrongTime')
    const citizen = newCitizen()
    await claim(id, citizen.address)
    await city.pay(citizen, SHOP, 2_500n, [id])
    const { unclaimed, spent } = await totals(id)
    assert.deepEqual([unclaimed, spent], [40_000n, 2_500n])
    console.log(
      'J8: maker and checker are two; 10000 KRW claimed, 2500 spent; expiry not shortened',
    )
  })

  test('J9: a merchant under suspicion is suspended, its takings wait and go back, money is frozen', async () => {
    const id = await city.open({}, 50_000n)
    const [citizen, merchant] = [newCitizen(), keccak256(generatePrivateKey())]
    await register(merchant, city.staff.merchant.address, 172_800)
    await claim(id, citizen.address)
    const { receiptId, receipt } = await city.pay(citizen, merchant, 9_000n, [id])
    await city.send('officer', 'MerchantRegistry', 'setStatus', [merchant, 2, ORDER])
    const again = await city.signPayment(citizen, merchant, 1_000n, [id])
    await isRefused(city.send('relayer', 'VoucherProgram', 'pay', again), 'VoucherMerchantRefused')
    await city.send('officer', 'VoucherProgram', 'reverse', [receiptId, receipt, ORDER])
    assert.equal((await holding(id, citizen.address)).city, 10_000n)
    const owner = city.staff.merchant.address
    await city.mint(owner, 3_000n)
    const [before, until] = [await balance(owner), (await city.now()) + 86_400n]
    await city.send('officer', 'KrwDepositToken', 'freeze', [owner, before, until, ORDER])
    assert.equal(await balance(owner), before)
    const transfer = [citizen.address, 1n]
    await isRefused(
      city.send('merchant', 'KrwDepositToken', 'transfer', transfer),
      'ERC7943InsufficientUnfrozenBalance',
    )
    await city.send('officer', 'KrwDepositToken', 'freeze', [owner, 0n, until, ORDER])
    await city.send('officer', 'MerchantRegistry', 'setStatus', [merchant, 1, ORDER])
    console.log('J9: 9000 KRW of waiting takings went back by an order; the freeze took no won')
  })

  test('J10: what all of this left recomputes from public data', async () => {
    await recomputes(city.url, city.addresses)
  })

  test('I3: none of it left personal data, or a bare hash of it, on the chain', () =>
    assertNothingPersonal(city.publicClient))

  let queue: Promise<unknown> = Promise.resolve()
  /** One after the other: all are brought by one account. */
  function inOrder<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = queue.then(task)
    queue = result.catch(() => undefined)
    return result
  }
})
