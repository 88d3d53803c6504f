// A citizen with a phone, a passkey and no coin: an account, a voucher and a payment, all brought by the city.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { busanChain, contractsOf, ROLES, toPasskeyAccount } from '@busan/sdk'
import { createSponsorServer, openDesk, type SponsorServer } from '@busan/sponsor'
import { silentLogger } from '@busan/telemetry'
import {
  type AbiFunction,
  type Address,
  concat,
  createPublicClient,
  http,
  keccak256,
  toFunctionSelector,
} from 'viem'
import {
  createBundlerClient,
  createPaymasterClient,
  formatUserOperationRequest,
  type WebAuthnAccount,
} from 'viem/account-abstraction'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { ORDER, openCityMoney } from './city-money.ts'
import { assertNothingPersonal } from './personal-data.ts'
import { newPasskey } from './software-passkey.ts'

const SHOP = keccak256(generatePrivateKey())

suite('journeys of citizens without coin', { timeout: 600_000 }, () => {
  let city: Awaited<ReturnType<typeof openCityMoney>>
  let server: SponsorServer
  const [signerKey, bundlerKey] = [generatePrivateKey(), generatePrivateKey()]

  const bundler = privateKeyToAccount(bundlerKey).address

  const contracts = () => contractsOf(city.addresses, ['CitySponsor', 'PasskeyAccountFactory'])
  const chain = () => busanChain('devnet', city.url)
  const client = () =>
    createPublicClient({ chain: chain(), transport: http(city.url), pollingInterval: 200 })
  const coins = (address: Address) => city.publicClient.getBalance({ address })
  const tokens = (account: Address) => city.read<bigint>('KrwDepositToken', 'balanceOf', [account])

  /** What runs in the citizen's browser: viem, the SDK and a passkey. */
  async function openWallet(passkey: WebAuthnAccount) {
    const factory = contracts().PasskeyAccountFactory
    const account = await toPasskeyAccount({ client: client(), factory, passkey })
    const bundler = createBundlerClient({
      account,
      client: client(),
      transport: http(server.url),
      paymaster: createPaymasterClient({ transport: http(server.url) }),
      pollingInterval: 200,
    })
    async function call(functionName: 'claim' | 'pay', args: readonly unknown[]) {
      const calls = [
        { to: city.contracts.VoucherProgram.address, ...encodable(functionName, args) },
      ]
      const hash = await bundler.sendUserOperation({ calls })
      return bundler.waitForUserOperationReceipt({ hash })
    }
    return { account, bundler, call }
  }

  function encodable(functionName: string, args: readonly unknown[]) {
    return { abi: city.contracts.VoucherProgram.abi, functionName, args } as never as object
  }

  before(async () => {
    city = await openCityMoney('sponsorship.ts')
    const signer = privateKeyToAccount(signerKey).address
    await city.send('admin', 'CityAccessManager', 'grantRole', [ROLES.SPONSOR_SIGNER, signer, 0])
    await city.giveCoins(bundler, 10n ** 18n)
    const { merchant } = city.staff
    const terms = { payout: merchant.address, holdSeconds: 0, category: 4, zone: 17, tier: 0 }
    await city.send('officer', 'MerchantRegistry', 'register', [
      SHOP,
      { ...terms, status: 0 },
      ORDER,
    ])
    const options = { rpcUrl: city.url, signerKey, bundlerKey }
    const desk = await openDesk({ ...options, sponsor: contracts().CitySponsor.address })
    const stranger = { ...options, signerKey: generatePrivateKey(), sponsor: desk.sponsor }
    await assert.rejects(openDesk(stranger), { code: 'no-sponsor-signer' })
    const nobody = { ...options, sponsor: bundler }
    await assert.rejects(openDesk(nobody), { code: 'no-sponsor' })
    server = await createSponsorServer(desk, silentLogger, { port: 0 })
  })
  after(async () => {
    await server?.close()
    await city?.close()
  })

  test('J2: a citizen with a passkey and no coin gets a voucher and pays with it', async () => {
    const { passkey, touches } = newPasskey()
    const { account, call } = await openWallet(passkey)
    const id = await city.open({}, 100_000n)
    const empty = async () => assert.equal(await coins(account.address), 0n)
    await empty()
    assert.equal(await account.isDeployed(), false)

    const ticket = await city.ticket(id, account.address, generatePrivateKey())
    const claimed = await call('claim', [id, account.address, ticket])
    assert.equal(claimed.success, true)
    await empty()

    const shop = city.staff.merchant.address
    const before = await tokens(shop)
    const payment = await city.signPayment(account, SHOP, 8_000n, [id])
    const paid = await call('pay', payment)
    assert.equal(paid.success, true)
    assert.equal((await tokens(shop)) - before, 8_000n)
    await empty()
    assert.equal(touches(), 3)
    console.log(
      `J2: account made and 10000 KRW claimed for ${claimed.actualGasUsed} gas, 8000 paid for ${paid.actualGasUsed}; 3 touches, no coin`,
    )
  })

  test('the bundler loses nothing, and the sponsor pays no more than it counted', async () => {
    const { account, bundler: wallet } = await openWallet(newPasskey().passkey)
    const left = async () => {
      const call = { ...contracts().CitySponsor, functionName: 'gasLeft' } as const
      return (await client().readContract({ ...call, args: [1, account.address] }))[0]
    }
    for (const what of ['with its account', 'later']) {
      const before = { coins: await coins(bundler), left: await left() }
      const hash = await wallet.sendUserOperation({ calls: [tokenCall('transfer')] })
      const { actualGasUsed, receipt } = await wallet.waitForUserOperationReceipt({ hash })
      const gained = (await coins(bundler)) - before.coins
      const counted = before.left - (await left())
      assert.ok(gained >= 0n && actualGasUsed <= counted)
      const found = await wallet.getUserOperation({ hash })
      assert.equal(found.transactionHash, receipt.transactionHash)
      assert.equal(found.userOperation.sender, account.address)
      console.log(
        `${what}: ${receipt.gasUsed} gas for the bundle, ${actualGasUsed} paid, ${counted} counted`,
      )
    }
  })

  test('what the city does not pay for is refused with the reason', async () => {
    const { account, bundler: wallet } = await openWallet(newPasskey().passkey)
    const { address: token } = city.contracts.KrwDepositToken
    const refused = (call: object, reason: RegExp) =>
      assert.rejects(wallet.sendUserOperation({ calls: [call as never] }), reason)
    await refused(tokenCall('mint'), new RegExp(`SponsorNotAService\\(${token}`))
    await refused({ ...tokenCall('transfer'), value: 1n }, /SponsorNotAService/)
    await refused(tokenCall('redeem'), /execution reverted: KrwInvalidReference/)
    const operation = await wallet.prepareUserOperation({ calls: [tokenCall('transfer')] })
    const stranger = await openWallet(newPasskey().passkey)
    const signature = await stranger.account.signUserOperation(operation)
    await assert.rejects(
      wallet.request({
        method: 'eth_sendUserOperation',
        params: [
          formatUserOperationRequest({ ...operation, signature }),
          account.entryPoint.address,
        ],
      }),
      /AA24 signature error/,
    )
  })

  test('I3: none of it left personal data, or a bare hash of it, on the chain', () =>
    assertNothingPersonal(city.publicClient))

  /** A call of the deposit token with arguments of zero. */
  function tokenCall(name: 'transfer' | 'redeem' | 'mint') {
    const { address, abi } = city.contracts.KrwDepositToken
    const found = abi.find((item) => item.type === 'function' && item.name === name)
    const words = '0'.repeat(64 * (found as AbiFunction).inputs.length)
    const person = name === 'transfer' ? `${'0'.repeat(24)}${bundler.slice(2)}` : ''
    const data = concat([
      toFunctionSelector(found as AbiFunction),
      `0x${person}${words.slice(person.length)}`,
    ])
    return { to: address, data }
  }
})
