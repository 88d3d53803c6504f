import { type Block, encodeBlock } from '@busan/chain-spec'
import { sealsOf, withSeals } from '@busan/qbft'
import { announcers } from './announcers.ts'
import { type Height, inBackground, type Sealing } from './driver.ts'

/** How long a decided block waits for the seals of slower validators: some light clients want more than a quorum. */
const SEAL_GRACE_MS = 50

/** The block is decided: imports it when every seal is there or the grace is over. */
export function startSealing(height: Height, block: Block): void {
  const { clock } = height.driver.ports
  height.roundTimer?.cancel()
  const tookMs = Math.max(0, clock.nowMs() - height.dueMs)
  height.driver.metrics.commitSeconds.observe(tookMs / 1000)
  // An empty block says nothing of what a round can carry, and nobody else checks those of a lone validator.
  const isTelling = block.transactions.length > 0 && height.validators.length > 1
  if (height.state.round === 0 && isTelling) height.driver.budget.decided(tookMs, height.qbft)
  const graceTimer = clock.schedule(SEAL_GRACE_MS, () => finishSealing(height))
  height.sealing = { block, graceTimer, isImporting: false }
  sealWhenComplete(height)
}

/** Called after each message: the last seal ends the grace. */
export function sealWhenComplete(height: Height): void {
  if (height.sealing === undefined || height.sealing.isImporting) return
  if (sealsOf(height.state).length === height.validators.length) finishSealing(height)
}

/** Imports the decided block with the seals at hand; called again when the import has failed. */
export function finishSealing(height: Height): void {
  const { sealing } = height
  if (sealing === undefined || sealing.isImporting || height.isOver) return
  sealing.graceTimer.cancel()
  sealing.isImporting = true
  inBackground(height.driver, 'importing our block', importSealed(height, sealing))
}

async function importSealed(height: Height, sealing: Sealing): Promise<void> {
  const { chain, gossip, logger } = height.driver.ports
  const seals = sealsOf(height.state).map(({ seal }) => seal)
  const block = { ...sealing.block, header: withSeals(sealing.block.header, seals) }
  try {
    const verdict = await chain.importBlock(block)
    if (!verdict.ok) {
      const { reason, message } = verdict
      const fields = { height: height.number, reason, message }
      // The others' clocks are ahead of ours: it is taken when its time has come, at the next retransmission.
      if (reason === 'future-block') logger.warn('the decided block is ahead of our clock', fields)
      else logger.error('cannot import the decided block', fields)
    } else if (verdict.value === 'imported') {
      height.driver.metrics.seals.set(seals.length)
      const isOurs = announcers(height.validators, block.header.coinbase).includes(
        height.driver.signer.address,
      )
      if (isOurs) await gossip.publishBlock(encodeBlock(block))
    }
  } finally {
    sealing.isImporting = false
  }
}
