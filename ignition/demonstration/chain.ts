import { setTimeout } from 'node:timers/promises'
import { ABIS, busanChain, type ContractName, contractsOf } from '@busan/sdk'
import {
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
} from 'viem'
import { ACCOUNTS, called, PERSONS, type Person } from './people.ts'

const NAMES = [
  'BifCommittee',
  'CityAccessManager',
  'CommodityToken',
  'KrwDepositToken',
  'ListingRegistry',
  'MerchantRegistry',
  'TicketEligibility',
  'TrustedIssuers',
  'VoucherProgram',
] as const satisfies readonly ContractName[]

/** A contract of the demonstration; the oracle is that of the deposits. */
type Name = (typeof NAMES)[number] | 'ReserveOracle'
type Abi<N extends Name> = (typeof ABIS)[N]
type Writing = 'nonpayable' | 'payable'
type Reading = 'view' | 'pure'

/** A call that somebody is to make. */
export interface Act {
  readonly who: Person
  readonly contract: Name
  readonly functionName: string
  readonly args: readonly unknown[]
}

/** A call of a contract, by whom. */
export const act = <N extends Name, F extends ContractFunctionName<Abi<N>, Writing>>(
  who: Person,
  contract: N,
  functionName: F,
  args: ContractFunctionArgs<Abi<N>, Writing, F>,
): Act => ({ who, contract, functionName, args: args as readonly unknown[] })

/** How long anything may take to be in a block. */
const DEADLINE_MS = 60_000
const POLL_MS = 250

/**
 * The chain as the demonstration uses it.
 * @param addresses Ignition's `deployed_addresses.json`, parsed
 */
export async function openCity(rpcUrl: string, addresses: unknown) {
  const chain = busanChain('devnet', rpcUrl)
  const transport = http(rpcUrl)
  const client = createPublicClient({ chain, transport, pollingInterval: POLL_MS, cacheTime: 0 })
  const wallet = createWalletClient({ chain, transport })
  const deployed = contractsOf(addresses, NAMES)
  const oracle = await client.readContract({ ...deployed.KrwDepositToken, functionName: 'ORACLE' })
  const contracts = { ...deployed, ReserveOracle: { address: oracle, abi: ABIS.ReserveOracle } }

  const read = <N extends Name, F extends ContractFunctionName<Abi<N>, Reading>>(
    contract: N,
    functionName: F,
    args: ContractFunctionArgs<Abi<N>, Reading, F>,
  ) =>
    client.readContract({ ...contracts[contract], functionName, args } as never) as Promise<
      ContractFunctionReturnType<Abi<N>, Reading, F>
    >

  /** Makes calls none of which needs another, so that one block can take them all, and waits for it. */
  async function carryOut(acts: readonly Act[]): Promise<void> {
    const people = [...new Set(acts.map(({ who }) => who))]
    await Promise.all(
      people.map(async (who) => {
        const account = ACCOUNTS[who]
        let nonce = await client.getTransactionCount({ address: account.address })
        const hashes: Hex[] = []
        for (const { contract, functionName, args } of acts.filter((one) => one.who === who)) {
          console.log(`  ${called(who)}: ${contract}.${functionName}`)
          const call = { ...contracts[contract], functionName, args, account, nonce }
          hashes.push(await wallet.writeContract(call as never))
          nonce++
        }
        await Promise.all(hashes.map(included))
      }),
    )
  }

  async function included(hash: Hex): Promise<void> {
    const { status } = await client.waitForTransactionReceipt({ hash, timeout: DEADLINE_MS })
    if (status !== 'success') throw new Error(`transaction ${hash} failed in its block`)
  }

  /** Waits for what an earlier run has sent: state that is read before it would be out of date. */
  const settled = () =>
    until('transactions of an earlier run wait', async () => {
      const waiting = PERSONS.map(async (who) => {
        const { address } = ACCOUNTS[who]
        const [sent, done] = await Promise.all([
          client.getTransactionCount({ address, blockTag: 'pending' }),
          client.getTransactionCount({ address }),
        ])
        return sent > done
      })
      return !(await Promise.all(waiting)).includes(true)
    })

  /** Time of the latest block, in seconds since the epoch. */
  const now = async () => (await client.getBlock()).timestamp

  return { client, contracts, read, carryOut, settled, now }
}

/** What {@link openCity} gives. */
export type City = Awaited<ReturnType<typeof openCity>>

/**
 * Asks until something holds.
 * @param otherwise what is said when it does not by the deadline
 */
export async function until(otherwise: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`${otherwise} after ${DEADLINE_MS / 1_000} s`)
    await setTimeout(POLL_MS)
  }
}
