import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  createSenderRecovery,
  createTransactionDecoder,
  decodeMany,
  type SenderRecovery,
} from '../src/index.ts'
import { address, createWorld } from './world.ts'

const world = await createWorld()
const recovery = createSenderRecovery()
after(() => recovery.close())

/** Signed ones of several senders, some of them damaged, more than cross to the other thread at once. */
function mixed(): Uint8Array[] {
  return Array.from({ length: 150 }, (_, index) => {
    const fields = { type: 2, to: address(2), nonce: BigInt(index), value: 9n } as const
    const raw = world.sign(index % 3, fields).raw.slice()
    if (index % 10 === 3) raw[raw.length - 5] = (raw[raw.length - 5] as number) ^ 1
    if (index % 10 === 7) raw[0] = 0x7f
    return raw
  })
}

/** The thread, and how many it has been asked for. */
function counted(): { readonly recovery: SenderRecovery; readonly asked: number[] } {
  const asked: number[] = []
  const recover: SenderRecovery['recover'] = (signed) => {
    asked.push(signed.length)
    return recovery.recover(signed)
  }
  return { recovery: { recover, close: recovery.close }, asked }
}

test('senders that another thread recovers are those that are recovered here', async () => {
  const raws = mixed()
  const { recovery: thread, asked } = counted()
  const there = await decodeMany(createTransactionDecoder({ recovery: thread }), raws)
  const here = raws.map(createTransactionDecoder())
  assert.deepEqual(there, here)
  assert.ok(there.some(({ ok }) => !ok))
  assert.ok(asked.length > 1)
})

test('those that arrive one by one in a turn of the event loop cross together, a few not at all', async () => {
  const raws = mixed()
  const { recovery: thread, asked } = counted()
  const decode = createTransactionDecoder({ recovery: thread })
  const few = await Promise.all(raws.slice(0, 3).map((raw) => decode.gathered?.(raw)))
  assert.deepEqual(asked, [])
  const many = await Promise.all(raws.slice(3, 53).map((raw) => decode.gathered?.(raw)))
  assert.equal(asked.length, 1)
  assert.deepEqual([...few, ...many], raws.slice(0, 53).map(createTransactionDecoder()))
})

test('what has been met before crosses to no thread', async () => {
  const raws = mixed().slice(0, 3)
  const decode = createTransactionDecoder({
    recovery: {
      recover: async () => assert.fail('nothing is to be recovered'),
      close: async () => {},
    },
  })
  for (const raw of raws) decode(raw)
  assert.equal(decode.ahead?.(raws).ready(0), undefined)
})

test('without the thread senders are recovered here', async () => {
  const closed = createSenderRecovery()
  await closed.close()
  await assert.rejects(closed.recover([]), /has ended/)
  const raws = mixed()
  const decode = createTransactionDecoder({ recovery: closed })
  assert.deepEqual(await decodeMany(decode, raws), raws.map(createTransactionDecoder()))
})

test('of a large block a few chunks are on their way at a time', async () => {
  const raws = Array.from(
    { length: 600 },
    (_, nonce) => world.sign(0, { type: 2, to: address(2), nonce: BigInt(nonce), value: 1n }).raw,
  )
  const { recovery: thread, asked } = counted()
  const ahead = createTransactionDecoder({ recovery: thread }).ahead?.(raws)
  await ahead?.ready(0)
  assert.ok(asked.length > 1 && asked.length < 600 / 64, `${asked.length} chunks`)
  for (let index = 0; index < raws.length; index++) await ahead?.ready(index)
  assert.equal(
    asked.reduce((sum, count) => sum + count),
    raws.length,
  )
})
