import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Address, accept, GWEI, refuse } from '@busan/primitives'
import type { Permissions } from '../src/index.ts'
import { account, createArrayJournal, executableHashes, openPool, transfer } from './fixture.ts'

const [alice, bob] = [account(0), account(1)]

/** Rules that deny some senders; each question takes a turn of the event loop. */
function rules(version: string, ...denied: readonly Address[]): Permissions & { asked: number } {
  const permissions = {
    version,
    asked: 0,
    async judge({ sender }: { readonly sender: Address }) {
      permissions.asked++
      await new Promise((resolve) => setImmediate(resolve))
      return denied.includes(sender) ? refuse('not-permitted', `denied: ${sender}`) : accept(null)
    },
  }
  return permissions
}

suite('permissions', () => {
  test('what the registry denies is refused with its words, and never journaled', async () => {
    const journal = createArrayJournal()
    const { pool, nextHead } = await openPool({ journal })
    await nextHead([], { permissions: rules('1', bob) })
    assert.deepEqual(await pool.add(transfer({ sender: bob }), 'local'), {
      status: 'rejected',
      reason: 'not-permitted',
      message: `denied: ${bob}`,
    })
    assert.equal((await pool.add(transfer({ sender: alice }), 'local')).status, 'pending')
    assert.equal(journal.records.length, 1)
    await pool.close()
  })

  test('changed rules throw out what they deny, executable or not', async () => {
    const { pool, nextHead, batches } = await openPool()
    await nextHead([], { permissions: rules('1') })
    const [kept, first, gapped] = [
      transfer({ sender: alice }),
      transfer({ sender: bob }),
      transfer({ sender: bob, nonce: 2n }),
    ]
    for (const one of [kept, first, gapped]) await pool.add(one, 'remote')
    batches.length = 0
    await nextHead([], { permissions: rules('2', bob) })
    assert.deepEqual(executableHashes(pool, GWEI), [kept.hash])
    assert.deepEqual(
      batches.flat(),
      [first, gapped].map((transaction) => ({
        type: 'dropped',
        transaction,
        reason: 'not-permitted',
        message: `denied: ${bob}`,
      })),
    )
    await pool.close()
  })

  test('rules that stay the same are not asked again', async () => {
    const { pool, nextHead } = await openPool()
    await nextHead([], { permissions: rules('1') })
    await pool.add(transfer({ sender: alice }), 'remote')
    const same = rules('1')
    await nextHead([], { permissions: same })
    assert.equal(same.asked, 0)
    await pool.close()
  })

  test('rules that change while a transaction is judged are asked too', async () => {
    const { pool, nextHead } = await openPool()
    await nextHead([], { permissions: rules('1') })
    const adding = pool.add(transfer({ sender: bob }), 'remote')
    await nextHead([], { permissions: rules('2', bob) })
    const result = await adding
    assert.equal(result.status === 'rejected' && result.reason, 'not-permitted')
    assert.equal(pool.pendingCount(), 0)
    await pool.close()
  })
})
