// Traces on the imported chain of the execution-apis suite: blocks from Homestead to Osaka, every type of transaction.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  readCases,
  SKIP_WITHOUT_SUITE,
  SUITE,
  type SuiteNode,
  startSuiteNode,
} from './execution-apis.ts'

const options = { skip: SKIP_WITHOUT_SUITE }

interface Log {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
}
interface Frame {
  readonly gasUsed: string
  readonly error?: string
  readonly calls?: readonly Frame[]
  readonly logs?: readonly (Log & { readonly position: string })[]
}
interface Receipt {
  readonly transactionHash: string
  readonly gasUsed: string
  readonly status?: string
  readonly logs: readonly Log[]
}
interface Steps {
  readonly gas: number
  readonly failed: boolean
}
interface Account {
  readonly balance?: string
  readonly nonce?: number
}
interface Difference {
  readonly pre: Record<string, Account>
  readonly post: Record<string, Account>
}

let node: SuiteNode
before(async () => {
  if (SKIP_WITHOUT_SUITE === false) node = await startSuiteNode(SUITE)
})
after(() => node?.close())

async function ask<Result>(method: string, ...params: readonly unknown[]): Promise<Result> {
  const { result, error } = await node.ask(method, params)
  assert.equal(error, undefined, `${method} ${JSON.stringify(params)}`)
  return result as Result
}

/** What the tracer tells of each transaction of a block, in order. */
async function traced<Result>(block: string, config: object): Promise<readonly Result[]> {
  type Item = { readonly txHash: string; readonly result: Result }
  const items = await ask<Item[]>('debug_traceBlockByNumber', block, config)
  const receipts = await receiptsOf(block)
  assert.deepEqual(
    items.map(({ txHash }) => txHash),
    receipts.map(({ transactionHash }) => transactionHash),
  )
  return items.map(({ result }) => result)
}

const receiptsOf = (block: string) => ask<Receipt[]>('eth_getBlockReceipts', block)

async function eachBlock(judge: (block: string) => Promise<void>): Promise<void> {
  const head = Number(await ask<string>('eth_blockNumber'))
  for (let number = 1; number <= head; number++) await judge(`0x${number.toString(16)}`)
}

test('opcode traces are those of geth to the last field', options, async () => {
  const cases = readCases(SUITE).filter(({ method }) => method.startsWith('debug_trace'))
  assert.ok(cases.length > 0)
  // The suite asks for the schema alone, but the answers in it are geth's.
  for (const one of cases) assert.deepEqual(await node.run({ ...one, isSpecOnly: false }), [])
})

test('every trace ends as the receipt says', options, async () => {
  await eachBlock(async (block) => {
    const receipts = await receiptsOf(block)
    const steps = await traced<Steps>(block, { limit: 1 })
    const frames = await traced<Frame>(block, { tracer: 'callTracer' })
    for (const [index, { gasUsed, status }] of receipts.entries()) {
      assert.equal(steps[index]?.gas, Number(gasUsed))
      assert.equal(frames[index]?.gasUsed, gasUsed)
      // Before Byzantium receipts do not tell.
      if (status === undefined) continue
      assert.equal(steps[index]?.failed, status === '0x0')
      assert.equal(frames[index]?.error !== undefined, status === '0x0')
    }
  })
})

test('logs stand in the tree of messages in the order of the receipt', options, async () => {
  const inOrder = ({ logs = [], calls = [] }: Frame): readonly Log[] => {
    const at = (place: number) => logs.filter(({ position }) => Number(position) === place)
    return [
      ...calls.flatMap((call, index) => [...at(index), ...inOrder(call)]),
      ...at(calls.length),
    ]
  }
  const plain = ({ address, topics, data }: Log) => ({ address, topics, data })
  await eachBlock(async (block) => {
    const config = { tracer: 'callTracer', tracerConfig: { withLog: true } }
    const told = (await traced<Frame>(block, config)).map((root) => inOrder(root).map(plain))
    assert.deepEqual(
      told,
      (await receiptsOf(block)).map(({ logs }) => logs.map(plain)),
    )
  })
})

test('differences of accounts follow one another through a block', options, async () => {
  await eachBlock(async (block) => {
    const config = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
    const balances = new Map<string, string>()
    for (const { pre, post } of await traced<Difference>(block, config)) {
      for (const [address, { balance }] of Object.entries(pre)) {
        const known = balances.get(address)
        if (known !== undefined) assert.equal(balance, known, `${address} in ${block}`)
      }
      for (const [address, { balance }] of Object.entries(post)) {
        if (balance !== undefined) balances.set(address, balance)
      }
    }
  })
})

test('blocks can be replayed whole in the shapes of Parity and Otterscan', options, async () => {
  await eachBlock(async (block) => {
    const receipts = await receiptsOf(block)
    const kinds = ['trace', 'vmTrace', 'stateDiff']
    const replays = await ask<unknown[]>('trace_replayBlockTransactions', block, kinds)
    assert.equal(replays.length, receipts.length)
    await ask('trace_block', block)
    const first = receipts[0]?.transactionHash
    if (first !== undefined) await ask('ots_getInternalOperations', first)
  })
})
