import {
  type Chain,
  decodeEventLog,
  decodeFunctionData,
  encodeEventTopics,
  type Hash,
  type Hex,
  numberToHex,
  type PublicClient,
  type RpcLog,
  type Transport,
} from 'viem'
import { entryPoint08Abi, entryPoint08Address } from 'viem/account-abstraction'
import { formatOperation, hashOperation, type Operation, unpackOperation } from './operation.ts'

/** Blocks that are looked through, which nodes allow in one question. */
const RECENT_BLOCKS = 5_000n

type Client = PublicClient<Transport, Chain>

/**
 * The receipt of an operation, whoever brought it, from the last 5,000 blocks.
 * @returns as ERC-7769 wants it; null for one that is in none of them
 */
export async function operationReceipt(client: Client, hash: Hash): Promise<object | null> {
  const found = await eventOf(client, hash)
  if (found === undefined || found.transactionHash === null) return null
  const receipt = await client.request({
    method: 'eth_getTransactionReceipt',
    params: [found.transactionHash],
  })
  if (receipt === null) return null
  const { args } = decodeEventLog({
    abi: entryPoint08Abi,
    eventName: 'UserOperationEvent',
    topics: found.topics,
    data: found.data,
  })
  return {
    userOpHash: hash,
    entryPoint: entryPoint08Address,
    sender: args.sender,
    nonce: numberToHex(args.nonce),
    paymaster: args.paymaster,
    actualGasCost: numberToHex(args.actualGasCost),
    actualGasUsed: numberToHex(args.actualGasUsed),
    success: args.success,
    logs: logsOf(receipt.logs, found),
    receipt,
  }
}

/** An operation that was included, with where it is. */
export async function includedOperation(client: Client, hash: Hash): Promise<object | null> {
  const found = await eventOf(client, hash)
  if (found === undefined || found.transactionHash === null) return null
  const transaction = await client.getTransaction({ hash: found.transactionHash })
  const operation = operationIn(transaction.input, hash, client.chain.id)
  if (operation === undefined) return null
  return {
    userOperation: formatOperation(operation),
    entryPoint: entryPoint08Address,
    transactionHash: found.transactionHash,
    blockHash: found.blockHash,
    blockNumber: found.blockNumber,
  }
}

async function eventOf(client: Client, hash: Hash): Promise<RpcLog | undefined> {
  const head = await client.getBlockNumber({ cacheTime: 0 })
  const from = head < RECENT_BLOCKS ? 0n : head - RECENT_BLOCKS + 1n
  const topics = encodeEventTopics({
    abi: entryPoint08Abi,
    eventName: 'UserOperationEvent',
    args: { userOpHash: hash },
  }) as [Hex, Hex]
  const [log] = await client.request({
    method: 'eth_getLogs',
    params: [
      { address: entryPoint08Address, topics, fromBlock: numberToHex(from), toBlock: 'latest' },
    ],
  })
  return log
}

/** Logs of one operation: those since the event before its own that ended another, or ended validation. */
function logsOf(logs: readonly RpcLog[], own: RpcLog): RpcLog[] {
  const end = logs.findIndex(({ logIndex }) => logIndex === own.logIndex)
  const marks = ['UserOperationEvent', 'BeforeExecution'] as const
  const topics = marks.map((eventName) => encodeEventTopics({ abi: entryPoint08Abi, eventName })[0])
  const start = logs
    .slice(0, end)
    .findLastIndex(
      ({ address, topics: [topic] }) =>
        address.toLowerCase() === entryPoint08Address.toLowerCase() &&
        topics.includes(topic as Hex),
    )
  return logs.slice(start + 1, end + 1)
}

function operationIn(input: Hex, hash: Hash, chainId: number): Operation | undefined {
  const { functionName, args } = decodeFunctionData({ abi: entryPoint08Abi, data: input })
  if (functionName !== 'handleOps') return undefined
  return args[0].map(unpackOperation).find((one) => hashOperation(one, chainId) === hash)
}
