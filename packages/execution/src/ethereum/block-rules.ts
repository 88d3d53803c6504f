// What Ethereum does around the transactions of a block, and QBFT networks do not.
import type { BlockBody, ChainSpec, Header } from '@busan/chain-spec'
import { type Address, accept, GWEI, hexToBytes, toAddress, type Verdict } from '@busan/primitives'
import { NO_ACCOUNT } from '../state/account.ts'
import type { ExecutionReason, Receipt } from '../types.ts'
import type { BlockContext } from '../vm/block-context.ts'
import type { ForkRules, Machine } from '../vm/machine.ts'
import { collectRequests } from './requests.ts'
import { systemCall } from './system-call.ts'

/** EIP-4788. */
const BEACON_ROOTS = toAddress('0x000f3df6d732807ef1319fb7b8bb8522d0beac02')
/** EIP-2935. */
const HISTORY = toAddress('0x0000f90827f1c53a10cb7a02335b175320002935')

/** An ommer of the parent's height earns 7/8 of the reward, and its includer 1/32 (yellow paper 11.3). */
const OMMER_DEPTH = 8n
const INCLUDER_SHARE = 32n
const ETHER = 10n ** 18n

/** Before the transactions: the contracts that keep beacon roots and block hashes are told of the parent. */
export async function beginEthereumBlock(
  machine: Machine,
  context: BlockContext,
  header: Pick<Header, 'parentBeaconBlockRoot' | 'parentHash'>,
): Promise<void> {
  const { parentBeaconBlockRoot, parentHash } = header
  if (parentBeaconBlockRoot !== undefined) {
    await systemCall(machine, context, BEACON_ROOTS, hexToBytes(parentBeaconBlockRoot))
  }
  if (machine.rules.isActivatedEIP(2935)) {
    await systemCall(machine, context, HISTORY, hexToBytes(parentHash))
  }
}

/**
 * After the transactions: requests are collected, then withdrawals paid, or the miners of block and ommers.
 * @returns the requests, from Prague on
 */
export async function endEthereumBlock(
  machine: Machine,
  context: BlockContext,
  block: {
    readonly spec: ChainSpec
    readonly body: Pick<BlockBody, 'ommers' | 'withdrawals'>
    readonly receipts: readonly Receipt[]
  },
): Promise<Verdict<readonly Uint8Array[] | undefined, ExecutionReason>> {
  const { spec, body, receipts } = block
  const fork = spec.forkAt(context.number, context.timestamp)
  const { depositContract } = spec
  const requests = fork.hasRequests
    ? await collectRequests(machine, context, { receipts, depositContract })
    : accept(undefined)
  if (!requests.ok) return requests
  for (const { address, amountGwei } of body.withdrawals ?? []) {
    credit(machine, address, amountGwei * GWEI)
  }
  if (!fork.isMerged) payMiners(machine, context, body.ommers ?? [])
  return requests
}

/** EIP-649 and EIP-1234. */
function minerReward(rules: ForkRules): bigint {
  if (rules.gteHardfork('constantinople')) return 2n * ETHER
  return rules.gteHardfork('byzantium') ? 3n * ETHER : 5n * ETHER
}

function payMiners(
  machine: Machine,
  { number, beneficiary }: BlockContext,
  ommers: readonly Header[],
): void {
  const reward = minerReward(machine.rules)
  for (const ommer of ommers) {
    const share = ((ommer.number + OMMER_DEPTH - number) * reward) / OMMER_DEPTH
    credit(machine, ommer.coinbase, share)
  }
  const bonus = (reward / INCLUDER_SHARE) * BigInt(ommers.length)
  credit(machine, beneficiary, reward + bonus)
}

/** Nothing credited, no account made: an empty one would have to be removed again (EIP-158). */
function credit({ state }: Machine, receiver: Address, amountWei: bigint): void {
  if (amountWei === 0n) return
  const account = state.accountAt(receiver) ?? NO_ACCOUNT
  state.setAccountAt(receiver, { ...account, balance: account.balance + amountWei })
}
