import { type Abi, type Address, BaseError, parseEventLogs, RpcError } from 'viem'
import { ABIS } from '../../generated/abis.ts'
import type { CityEvent, CityLog } from './city-log.ts'
import type { At } from './claim.ts'
import { type AuditClient, askAll, type RawLog, type StateReader } from './client.ts'

/** Blocks of one eth_getLogs: what a node of the city serves at most. */
const SPAN_BLOCKS = 5_000n

/** The lowest block after which one of the contracts is there, by halving; one of them must be there now. */
export async function deploymentBlock(
  state: StateReader,
  addresses: readonly Address[],
): Promise<bigint> {
  let [low, high] = [0n, state.blockNumber]
  while (low < high) {
    const middle = (low + high) / 2n
    const there = await askAll(addresses, (address) => state.hasCode(address, middle))
    if (there.includes(true)) high = middle
    else low = middle + 1n
  }
  return low
}

/**
 * All events of the contracts between two blocks, both included, in the order of the chain.
 * @throws when the node refuses even one block
 */
export async function readLog(
  client: AuditClient,
  contracts: readonly At[],
  { from, to }: { readonly from: bigint; readonly to: bigint },
): Promise<CityLog> {
  const byAddress = new Map(contracts.map((one) => [one.address, one]))
  const raw = await readRaw(client, [...byAddress.keys()], from, to)
  const timestamps = await timestampsOf(client, raw)
  const events = [...byAddress.values()].flatMap((of) => {
    const logs = raw.filter((log) => log.address.toLowerCase() === of.address.toLowerCase())
    return parseEventLogs({ abi: ABIS[of.name] as Abi, logs: logs as never }).map(
      ({ eventName, args, blockNumber, logIndex, transactionHash }): CityEvent => ({
        ...{ of, eventName, args: args as object, blockNumber, logIndex, transactionHash },
        timestamp: timestamps.get(blockNumber) as bigint,
      }),
    )
  })
  return inOrder(events)
}

/** Events in the order of the chain. */
export const inOrder = (events: CityLog): CityLog =>
  events.toSorted((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex)

/** Asks for ranges that the node serves: half as long when it refuses, longer again after. */
async function readRaw(
  client: AuditClient,
  address: readonly Address[],
  from: bigint,
  to: bigint,
): Promise<readonly RawLog[]> {
  const answers: (readonly RawLog[])[] = []
  let [next, span] = [from, SPAN_BLOCKS]
  while (next <= to) {
    const last = next + span - 1n < to ? next + span - 1n : to
    try {
      answers.push(await client.getLogs({ address, fromBlock: next, toBlock: last }))
    } catch (error) {
      if (next === last || !isRefusal(error)) throw error
      span = (last - next + 1n) / 2n
      continue
    }
    next = last + 1n
    span = span * 2n < SPAN_BLOCKS ? span * 2n : SPAN_BLOCKS
  }
  return answers.flat()
}

const isRefusal = (error: unknown): boolean =>
  error instanceof BaseError && error.walk((one) => one instanceof RpcError) !== null

async function timestampsOf(
  client: AuditClient,
  logs: readonly RawLog[],
): Promise<ReadonlyMap<bigint, bigint>> {
  const told = logs.flatMap(({ blockNumber, blockTimestamp }) =>
    typeof blockTimestamp === 'bigint' ? [[blockNumber, blockTimestamp] as const] : [],
  )
  const known = new Map(told)
  const numbers = new Set(logs.map(({ blockNumber }) => blockNumber))
  const open = [...numbers].filter((number) => !known.has(number))
  const blocks = await askAll(open, (blockNumber) => client.getBlock({ blockNumber }))
  for (const { number, timestamp } of blocks) known.set(number, timestamp)
  return known
}
