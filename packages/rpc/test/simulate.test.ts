import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { call, send } from './client.ts'
import { alice, bob, contracts, pauper, startNode, type TestNode } from './fixture.ts'

let node: TestNode
before(async () => {
  node = await startNode()
  await node.mine()
})
after(() => node.close())

interface Simulated {
  readonly number: string
  readonly hash: string
  readonly transactions: readonly { readonly from: string; readonly hash: string }[]
  readonly calls: readonly {
    readonly status: string
    readonly gasUsed: string
    readonly logs: readonly { readonly address: string; readonly blockHash: string }[]
    readonly error?: { readonly code: number; readonly message: string; readonly data?: string }
  }[]
}

const simulate = (payload: object) => call<Simulated[]>(node, 'eth_simulateV1', payload, 'latest')

async function errorOf(payload: object): Promise<string> {
  const { error } = await send(node, 'eth_simulateV1', [payload, 'latest'])
  return `${error?.code} ${error?.message}`
}

const transfer = { from: alice.address, to: bob.address, value: '0x1' }

test('blocks are made up, with senders, transfers and failed calls told', async () => {
  const calls = [transfer, { data: '0xfe', gas: '0xffff' }]
  const head = await call<string>(node, 'eth_blockNumber')
  const [block] = await simulate({
    blockStateCalls: [{ calls }],
    traceTransfers: true,
    returnFullTransactions: true,
  })
  assert.equal(block?.number, `0x${(BigInt(head) + 1n).toString(16)}`)
  assert.equal(block?.transactions[0]?.from, alice.address.toLowerCase())
  const [sent, halted] = block?.calls ?? []
  assert.deepEqual([sent?.status, sent?.gasUsed], ['0x1', '0x5208'])
  assert.equal(sent?.logs[0]?.address, `0x${'ee'.repeat(20)}`)
  assert.equal(sent?.logs[0]?.blockHash, block?.hash)
  assert.deepEqual([halted?.status, halted?.error?.code], ['0x0', -32015])
  assert.equal(await call(node, 'eth_blockNumber'), head)
})

test('what cannot be simulated is refused with the codes of eth_simulateV1', async () => {
  const poor = { ...transfer, from: pauper.address, value: '0xffffffffffffffffffff' }
  const one = (fields: object) => ({ blockStateCalls: [{ calls: [fields] }] })
  assert.match(
    await errorOf(one(poor)),
    /^-38014 err: insufficient funds for gas \* price \+ value: /,
  )
  assert.match(
    await errorOf(one({ ...transfer, gas: '0x1' })),
    /^-38013 err: intrinsic gas too low: /,
  )
  const validating = { ...one({ ...transfer, nonce: '0xffff' }), validation: true }
  assert.match(await errorOf(validating), /^-38011 err: nonce too high: /)
  assert.match(
    await errorOf({ ...one(transfer), validation: true }),
    /^-38012 err: max fee per gas less/,
  )
  const early = { blockStateCalls: [{ blockOverrides: { number: '0x0' } }] }
  assert.match(await errorOf(early), /^-38020 block numbers must be in order: 0 <= /)
  assert.equal(await errorOf({ blockStateCalls: [] }), '-32602 empty input')
  assert.equal(
    await errorOf({ blockStateCalls: Array.from({ length: 257 }, () => ({})) }),
    '-38026 too many blocks',
  )
  assert.match(
    await errorOf({ blockStateCalls: [{ calls: [{ to: 7 }] }] }),
    /^-32602 invalid argument 0: /,
  )
})

test('an access list is told with the gas of the call that names it, and with how a call failed', async () => {
  const { address } = contracts.slot
  const list = await call<{ accessList: object; gasUsed: string; error?: string }>(
    node,
    'eth_createAccessList',
    { to: address },
  )
  assert.deepEqual(list.accessList, [
    { address: address.toLowerCase(), storageKeys: [`0x${'1'.padStart(64, '0')}`] },
  ])
  assert.equal(list.error, undefined)
  const short = await call<{ error?: string }>(node, 'eth_createAccessList', {
    to: address,
    gas: '0x62de',
  })
  assert.equal(short.error, 'out of gas')
})
