import {
  type Check,
  checksOf,
  DATA,
  expect,
  expectShape,
  HASH,
  NothingToCheck,
  QUANTITY,
  show,
} from './check.ts'
import type { Endpoint } from './endpoint.ts'
import { checkRevert, EMPTY_ACCOUNT } from './wallets.ts'

const CALL_TRACER = { tracer: 'callTracer', timeout: '5s' }
const BATCH = 100

/** What explorers and indexers with a database of their own ask for. */
export const indexerChecks: readonly Check[] = [
  ...checksOf('Blockscout', {
    'imports a block with all its fields': async (endpoint) => {
      const { block } = await endpoint.sample()
      const shape = {
        difficulty: QUANTITY,
        extraData: DATA,
        gasLimit: QUANTITY,
        gasUsed: QUANTITY,
        hash: HASH,
        logsBloom: DATA,
        miner: DATA,
        parentHash: HASH,
        receiptsRoot: HASH,
        sha3Uncles: HASH,
        size: QUANTITY,
        stateRoot: HASH,
        transactionsRoot: HASH,
        uncles: 'array',
      } as const
      expectShape(block, shape, `block ${block.number}`)
    },
    'reads all receipts of a block': async (endpoint) => {
      const { block } = await endpoint.sample()
      const receipts = await endpoint.ask<unknown[]>('eth_getBlockReceipts', block.number)
      const { length } = block.transactions
      expect(receipts.length === length, `${receipts.length} receipts of ${length} transactions`)
      const shape = { status: QUANTITY, gasUsed: QUANTITY, cumulativeGasUsed: QUANTITY } as const
      expectShape(
        receipts[0],
        { ...shape, logs: 'array', effectiveGasPrice: QUANTITY },
        'a receipt',
      )
    },
    'traces the calls of a block': traceBlock,
    'reads the pool': async (endpoint) => {
      const content = await endpoint.ask('txpool_content')
      expectShape(content, { pending: 'object', queued: 'object' }, 'txpool_content')
    },
    'asks for 100 blocks in one batch': async (endpoint) => {
      const answers = await endpoint.batch(
        Array.from({ length: BATCH }, () => ['eth_getBlockByNumber', 'latest', true]),
      )
      const found = answers.filter(({ result }) => result).length
      expect(found === BATCH, `${found} of ${BATCH} blocks are answered`)
    },
  }),
  ...checksOf('graph-node', {
    'knows the chain by net_version and genesis': async (endpoint) => {
      const version = await endpoint.ask('net_version')
      const id = Number(await endpoint.ask<string>('eth_chainId'))
      expect(version === String(id), `net_version ${show(version)} is not ${id} as decimal text`)
      const genesis = await endpoint.ask('eth_getBlockByNumber', '0x0', false)
      expectShape(genesis, { hash: HASH, number: /^0x0$/ }, 'block 0')
    },
    'calls at a block hash (EIP-1898)': async (endpoint) => {
      const { hash: blockHash } = await endpoint.latest()
      const result = await endpoint.ask('eth_call', { to: EMPTY_ACCOUNT }, { blockHash })
      expect(result === '0x', `the call answers ${show(result)}`)
    },
    'takes [] as the receipts of an empty block': async (endpoint) => {
      const blockHash = await emptyBlock(endpoint)
      const receipts = await endpoint.ask('eth_getBlockReceipts', blockHash)
      const isEmptyList = Array.isArray(receipts) && receipts.length === 0
      expect(isEmptyList, `${show(receipts)}: it would take the method for missing`)
    },
    'reads the logs of a range': async (endpoint) => {
      const { block } = await endpoint.sample()
      const range = { fromBlock: block.number, toBlock: block.number }
      const logs = await endpoint.ask<unknown[]>('eth_getLogs', range)
      expect(Array.isArray(logs), `eth_getLogs answers ${show(logs)}`)
      const shape = { address: DATA, topics: 'array', data: DATA, blockHash: HASH } as const
      if (logs.length > 0) expectShape(logs[0], { ...shape, logIndex: QUANTITY }, 'a log')
    },
    'knows a revert as one that every node would see': checkRevert,
  }),
]

async function traceBlock(endpoint: Endpoint): Promise<void> {
  const { block } = await endpoint.sample()
  const traces = await endpoint.ask<{ txHash: string; result: unknown }[]>(
    'debug_traceBlockByNumber',
    block.number,
    CALL_TRACER,
  )
  expect(Array.isArray(traces), `debug_traceBlockByNumber answers ${show(traces)}`)
  for (const [index, { hash }] of block.transactions.entries()) {
    const trace = traces[index]
    expect(trace?.txHash === hash, `trace ${index} is of ${show(trace?.txHash)}, not ${hash}`)
    const shape = { type: /^[A-Z0-9]+$/, from: DATA, gas: QUANTITY, gasUsed: QUANTITY, input: DATA }
    expectShape(trace.result, shape, `the trace of ${hash}`)
  }
}

async function emptyBlock(endpoint: Endpoint): Promise<string> {
  const { number } = await endpoint.latest()
  for (let n = Number(number); n >= 0 && n > Number(number) - BATCH; n--) {
    const at = `0x${n.toString(16)}`
    const block = await endpoint.ask<{ hash: string; transactions: unknown[] } | null>(
      'eth_getBlockByNumber',
      at,
      false,
    )
    if (block?.transactions.length === 0) return block.hash
  }
  throw new NothingToCheck(`no empty block among the newest ${BATCH}`)
}
