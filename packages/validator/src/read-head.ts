import type { Header } from '@busan/chain-spec'
import { decodeExtraData, proposer, type Validator, verifySeals } from '@busan/qbft'
import { inspectBlock } from './own-key.ts'
import type { Session } from './session.ts'

/** A block can name any round; beyond this many the count says nothing more. */
const ROUNDS_COUNTED_MAX = 256

/**
 * What a block that has just become the head tells about validators: whose rounds ended without a block, who has
 * sealed it, and whether someone signs with our key.
 */
export function readHead(session: Session): void {
  const { ports, parent } = session
  const { header } = ports.chain.head()
  const isNext = header.number === parent.header.number + 1n
  // While catching up the proposer's name has to do: checking every seal twice would cost as much as the import.
  if (!isNext || ports.sync.isBehind()) {
    inspectBlock(session, header, [])
    return
  }
  const sealers = sealersOf(header)
  inspectBlock(session, header, sealers)
  countAttendance(session, header, sealers)
}

/** What the latest blocks tell of our key: one turn of every proposer, or back to what our journal knows. */
export function readLatestBlocks(session: Session): void {
  const { ports, parent, validators } = session
  let header: Header | undefined = parent.header
  for (let left = validators.length; left > 0 && header !== undefined; left--) {
    if (header.number === 0n) return
    inspectBlock(session, header, sealersOf(header))
    header = ports.chain.headerByNumber(header.number - 1n)
  }
}

/** A block of the chain lists the set that made it. */
function sealersOf(header: Header): readonly Validator[] {
  const extraData = decodeExtraData(header.extraData)
  if (!extraData.ok) return []
  const sealers = verifySeals(header, extraData.value.validators)
  return sealers.ok ? sealers.value : []
}

function countAttendance(
  { parent, validators, metrics }: Session,
  header: Header,
  sealers: readonly Validator[],
): void {
  for (const sealer of sealers) metrics.blockSealed(sealer)
  const extraData = decodeExtraData(header.extraData)
  if (!extraData.ok) return
  for (let round = 0; round < Math.min(extraData.value.round, ROUNDS_COUNTED_MAX); round++) {
    metrics.proposalMissed(proposer(validators, parent.header.coinbase, round))
  }
}
