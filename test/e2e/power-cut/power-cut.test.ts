// A handful of power cuts; `node test/e2e/power-cut/run.ts --times N` makes many.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { cutPower } from './cut-power.ts'

it('four validators lose nothing and contradict nothing when all are killed at once', async () => {
  const report = await cutPower({ times: 5, deadlineMs: 90_000, isFlooded: true })
  const { cuts, blocks, receipts, claims, heardMessages } = report
  console.log(
    `${cuts} cuts, ${blocks} blocks, ${receipts} receipts, ${claims} claims, ${heardMessages} messages heard`,
  )
  assert.deepEqual(report.equivocations, [])
  assert.deepEqual(
    { forks: report.forks, receipts: report.lostReceipts, heads: report.lostHeads },
    { forks: 0, receipts: 0, heads: 0 },
  )
  assert.equal(report.statesChecked, 4 * cuts)
  assert.ok(receipts > 0 && claims > 0 && heardMessages > 0, 'the test saw something')
})
