import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createSenderRecovery, createTransactionDecoder, decodeMany } from '../src/index.ts'
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

test('senders that another thread recovers are those that are recovered here', async () => {
  const raws = mixed()
  const there = await decodeMany(createTransactionDecoder({ recovery }), raws)
  const here = raws.map(createTransactionDecoder())
  assert.deepEqual(there, here)
  assert.ok(there.some(({ ok }) => !ok))
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
