// Finding out that another process signs with our key. Two that sign apart can break the protocol.
import type { Block, Header } from '@busan/chain-spec'
import { type Message, type Signed, signedPart, type Validator } from '@busan/qbft'
import { silenceReason } from './journal-trust.ts'
import type { Session } from './session.ts'
import type { Claimable } from './signing-guard.ts'
import { lastSigned } from './signing-record.ts'

/**
 * A block proposed this long after our start and sealed with our key, but not by us, is another process's: wide
 * enough that a clock which is off accuses nobody.
 */
const ANOTHER_PROCESS_MARGIN_MS = 10_000

/**
 * Looks for our own signature in what others send. One that we have not made comes from a second process with
 * our key, and this one falls silent.
 * @returns true when the message itself is ours
 */
export function inspectOwn(session: Session, message: Message<Block>): boolean {
  const { driver, ports } = session
  if (driver === undefined) return false
  const { signer } = driver
  const headNumber = ports.chain.head().header.number
  // What belongs to a decided height is settled: a liar may pack old signatures of ours into its message.
  const own = signaturesIn(message).filter(
    ({ author, payload }) => author === signer.address && payload.height > headNumber,
  )
  // What is older than a journal that we do not trust may be our own: then we are silent anyway.
  const isSilent = silenceReason(session, signer.record()) !== undefined
  const alien = isSilent ? undefined : own.find(({ payload }) => !signer.hasSigned(payload))
  if (alien !== undefined) {
    const { type, height, round } = alien.payload
    const what = `a ${type} for height ${height} round ${round}`
    signer.halt(`another process signs with our key: ${what} was not signed here`)
  }
  return signedPart(message).author === signer.address
}

/**
 * Looks for our name on a block that we have not signed. Someone else signs with our key, or did before our
 * journal began: a copied or restored one shows itself so before it has done harm.
 * @param sealers who sealed the block; its coinbase counts with them
 */
export function inspectBlock(
  session: Session,
  header: Header,
  sealers: readonly Validator[],
): void {
  const { driver } = session
  if (driver === undefined) return
  const { signer } = driver
  const isOurs = header.coinbase === signer.address || sealers.includes(signer.address)
  if (!isOurs || header.number <= lastSigned(signer.record())) return
  session.foreignSealAt = header.number
  if (Number(header.timestamp) * 1000 >= session.startedMs + ANOTHER_PROCESS_MARGIN_MS) {
    const what = `block ${header.number} carries our signature`
    signer.halt(`another process signs with our key: ${what}, which was not made here`)
    return
  }
  driver.lanes.postLocal(() => signer.distrust())
}

function signaturesIn(message: Message<Block>): readonly Signed<Claimable>[] {
  switch (message.type) {
    case 'proposal':
      return [message.proposal, ...message.roundChanges, ...message.prepares]
    case 'round-change':
      return [message.roundChange, ...message.prepares]
    default:
      return [signedPart(message)]
  }
}
