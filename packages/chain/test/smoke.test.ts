import assert from 'node:assert/strict'
import { it } from 'node:test'
import { extend, openTestChain, sign, EMITTERS } from './fixture.ts'
it('smoke', async () => {
  const { chain, store } = await openTestChain()
  await extend(chain, { transactions: [sign({ nonce: 0n, to: EMITTERS.noTopic, valueWei: 5n })] })
  await extend(chain)
  assert.equal(chain.head().header.number, 2n)
  await chain.close()
  const again = await openTestChain({ store })
  assert.equal(again.chain.head().header.number, 2n)
  await extend(again.chain)
  console.log(again.chain.blockByNumber(1n))
})
