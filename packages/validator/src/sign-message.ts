import type { Block } from '@busan/chain-spec'
import {
  type Address,
  bytesToHex,
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
import { hasSigned, isBlank, type SigningRecord, withEnded, withMessage } from './signing-record.ts'

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
  /** Makes a blank journal say that nothing up to `height` was left unfinished by it. */
  markStart(height: bigint): Promise<void>
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
  readonly logger: Logger
  readonly metrics: ValidatorMetrics
}

/** @throws CodedError `signing-journal-malformed` or `signing-journal-foreign` */
export function createMessageSigner(ports: SigningPorts): MessageSigner {
  const { signer, journal, logger } = ports
  let record = loadSigningRecord(journal, signer.address)
  let haltReason: string | undefined

  function halt(reason: string): void {
    haltReason ??= reason
    logger.error('this validator has stopped signing', { reason })
  }

  async function keep(bytes: Uint8Array, next: SigningRecord, compact: boolean): Promise<boolean> {
    try {
      await (compact ? journal.rewrite([bytes]) : journal.append(bytes))
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
    if (haltReason !== undefined) return { kind: 'refused' }
    const verdict = checkClaim(claimOf(unsigned.payload), record)
    if (!verdict.ok) return refused(ports, verdict)
    if (verdict.value === 'repeated') return signedBefore(record, unsigned)
    const message = await signAndVerify(ports, unsigned)
    if (message === undefined) return { kind: 'failed' }
    const entry = encodeSigned(message, certificate)
    const isKept = await keep(entry, withMessage(record, message, certificate), false)
    return isKept ? { kind: 'signed', message, bytes: encodeMessage(message) } : { kind: 'refused' }
  }

  async function end(height: bigint): Promise<void> {
    const next = withEnded(record, height)
    if (haltReason === undefined && next !== record) await keep(encodeEnded(height), next, true)
  }

  return {
    address: signer.address,
    record: () => record,
    sign,
    async endHeight(height) {
      if (record.messages.length > 0 && height > record.endedHeight) await end(height)
    },
    async markStart(height) {
      if (isBlank(record)) await end(height)
    },
    hasSigned: (payload) => hasSigned(record, payload),
    halt,
    haltReason: () => haltReason,
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
  { signer, logger }: SigningPorts,
  unsigned: UnsignedMessage<Block>,
): Promise<Message<Block> | undefined> {
  try {
    const signatures = await signaturesFor(unsigned, signer)
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
  signer: Signer,
): Promise<ReadonlyMap<Hex, Uint8Array>> {
  const signatures = new Map<Hex, Uint8Array>()
  const sign = async (digest: Hex) => {
    const signature = await signer.sign(hexToBytes(digest))
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
