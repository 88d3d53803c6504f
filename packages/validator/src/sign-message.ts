import type { Block } from '@busan/chain-spec'
import {
  type Address,
  bytesToHex,
  type Clock,
  CodedError,
  type Hex,
  hexToBytes,
  present,
} from '@busan/primitives'
import {
  decodeMessage,
  encodeMessage,
  type Message,
  type PreparedCertificate,
  payloadDigest,
  signedPart,
  signMessage,
  type UnsignedMessage,
} from '@busan/qbft'
import type { Logger } from '@busan/telemetry'
import type { ValidatorErrorCode } from './errors.ts'
import type { ValidatorMetrics } from './metrics.ts'
import type { Signer } from './ports.ts'
import { type Claimable, checkClaim, claimOf } from './signing-guard.ts'
import {
  encodeEnded,
  encodeSigned,
  loadSigningRecord,
  type SigningJournal,
} from './signing-journal.ts'
import {
  EMPTY_RECORD,
  hasSigned,
  isComplete,
  type SigningRecord,
  withEnded,
  withMessage,
} from './signing-record.ts'

/** `refused` for good, `failed` for the moment: the signer may answer the next time. */
export type SigningResult =
  | { readonly kind: 'signed'; readonly message: Message<Block>; readonly bytes: Uint8Array }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed' }

/** The only way to a signature: guard -> sign -> verify -> journal. What it returns is on disk. */
export interface MessageSigner {
  readonly address: Address
  record(): SigningRecord
  /**
   * One call at a time.
   * @param certificate what a commit rests on, journaled with it
   */
  sign(
    message: UnsignedMessage<Block>,
    certificate?: PreparedCertificate<Block>,
  ): Promise<SigningResult>
  /** `height` is decided: nothing at or below it is signed afterwards. Compacts the journal, if it holds any. */
  endHeight(height: bigint): Promise<void>
  /** Makes the journal complete from here: its key has signed nothing above `height` before. */
  vouchFrom(height: bigint): Promise<void>
  /** Empties the journal, which was found not to hold all that its key has signed. */
  distrust(): Promise<void>
  /** False for a message that carries our signature and that we have not made. */
  hasSigned(payload: Claimable): boolean
  /** Signs nothing more until the process restarts. */
  halt(reason: string): void
  /** Why nothing is signed any more; undefined while it is. */
  haltReason(): string | undefined
}

interface SigningPorts {
  readonly signer: Signer
  readonly journal: SigningJournal
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ValidatorMetrics
}

/** @throws CodedError `signing-journal-malformed` or `signing-journal-foreign` */
export function createMessageSigner(ports: SigningPorts): MessageSigner {
  const { signer, journal, logger } = ports
  let record = openRecord(ports)
  const { halt, haltReason } = createHalt(logger)

  /** @param entry a record to append, or the list of those that replace all others */
  async function keep(
    entry: Uint8Array | readonly Uint8Array[],
    next: SigningRecord,
  ): Promise<boolean> {
    try {
      await (entry instanceof Uint8Array ? journal.append(entry) : journal.rewrite(entry))
      record = next
      return true
    } catch (error) {
      logger.error('the signing journal cannot be written', { error })
      halt('the signing journal cannot be written: check the disk, then restart')
      return false
    }
  }

  async function sign(
    unsigned: UnsignedMessage<Block>,
    certificate?: PreparedCertificate<Block>,
  ): Promise<SigningResult> {
    if (haltReason() !== undefined) return { kind: 'refused' }
    const verdict = checkClaim(claimOf(unsigned.payload), record)
    if (!verdict.ok) return refused(ports, verdict)
    if (verdict.value === 'repeated') return signedBefore(record, unsigned)
    const message = await signAndVerify(ports, unsigned)
    if (message === undefined) return { kind: 'failed' }
    const entry = encodeSigned(message, certificate)
    const isKept = await keep(entry, withMessage(record, message, certificate))
    return isKept ? { kind: 'signed', message, bytes: encodeMessage(message) } : { kind: 'refused' }
  }

  async function end(height: bigint): Promise<void> {
    const next = withEnded(record, height)
    if (haltReason() === undefined && next !== record) await keep([encodeEnded(height)], next)
  }

  return {
    address: signer.address,
    record: () => record,
    sign,
    async endHeight(height) {
      if (record.messages.length > 0 && height > record.endedHeight) await end(height)
    },
    async vouchFrom(height) {
      if (!isComplete(record)) await end(height)
    },
    async distrust() {
      if (haltReason() === undefined && isComplete(record)) await keep([], EMPTY_RECORD)
    },
    hasSigned: (payload) => hasSigned(record, payload),
    halt,
    haltReason,
  }
}

function openRecord({ journal, signer, logger }: SigningPorts): SigningRecord {
  const { cutBytes = 0 } = journal
  const what = 'the signing journal ended in a torn record, of a message that had not left'
  if (cutBytes > 0) logger.warn(what, { cutBytes })
  return loadSigningRecord(journal, signer.address)
}

/** The first reason stands. */
function createHalt(logger: Logger): Pick<MessageSigner, 'halt' | 'haltReason'> {
  let first: string | undefined
  return {
    halt(reason) {
      first ??= reason
      logger.error('this validator has stopped signing', { reason })
    },
    haltReason: () => first,
  }
}

function refused(
  { logger, metrics }: SigningPorts,
  refusal: { readonly reason: string; readonly message: string },
): SigningResult {
  const { reason, message } = refusal
  metrics.signingRefusals.add(1, { reason })
  logger.error('the signing guard refused a message: report this as a bug', { reason, message })
  return { kind: 'refused' }
}

function signedBefore(record: SigningRecord, unsigned: UnsignedMessage<Block>): SigningResult {
  const { type, round } = claimOf(unsigned.payload)
  const index = record.claims.findIndex((claim) => claim.type === type && claim.round === round)
  const message = record.messages[index]
  if (message === undefined) return { kind: 'refused' }
  return { kind: 'signed', message, bytes: encodeMessage(message) }
}

async function signAndVerify(
  { signer, clock, logger }: SigningPorts,
  unsigned: UnsignedMessage<Block>,
): Promise<Message<Block> | undefined> {
  try {
    const ask = (digest: Hex) => answerInTime(clock, signer.sign(hexToBytes(digest)))
    const signatures = await signaturesFor(unsigned, ask)
    const signatureOf = (digest: Uint8Array) =>
      present(signatures.get(bytesToHex(digest)), 'signature')
    const message = signMessage(unsigned, signatureOf, signer.address)
    // The way every other validator will look at it: a signer that holds another key is found here.
    const decoded = decodeMessage(encodeMessage(message))
    if (decoded.ok && signedPart(decoded.value).author === signer.address) return decoded.value
    throw new CodedError<ValidatorErrorCode>(
      'wrong-signer',
      decoded.ok
        ? `the signer stands for ${signer.address} and signed as ${signedPart(decoded.value).author}`
        : `the signer for ${signer.address} gave no valid signature: ${decoded.message}`,
    )
  } catch (error) {
    logger.error('cannot sign a consensus message', { type: unsigned.type, error })
    return undefined
  }
}

/** Digest -> signature for all that the message needs: a commit's seal comes first, since its payload holds it. */
async function signaturesFor(
  unsigned: UnsignedMessage<Block>,
  ask: (digest: Hex) => Promise<Uint8Array>,
): Promise<ReadonlyMap<Hex, Uint8Array>> {
  const signatures = new Map<Hex, Uint8Array>()
  const sign = async (digest: Hex) => {
    const signature = await ask(digest)
    signatures.set(digest, signature)
    return signature
  }
  if (unsigned.type === 'commit') {
    const seal = await sign(unsigned.sealHash)
    await sign(payloadDigest({ ...unsigned.payload, seal }))
  } else {
    await sign(payloadDigest(unsigned.payload))
  }
  return signatures
}

/** A remote key service that hangs must not hang the validator; what it answers later is dropped, unsent. */
const SIGNER_ANSWER_MS = 5_000

async function answerInTime(
  clock: Clock,
  answer: Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (answer instanceof Uint8Array) return answer
  const late = Promise.withResolvers<never>()
  const timer = clock.schedule(SIGNER_ANSWER_MS, () => {
    const message = `the signer gave no answer within ${SIGNER_ANSWER_MS} ms`
    late.reject(new CodedError<ValidatorErrorCode>('signer-timeout', message))
  })
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    timer.cancel()
  }
}
