import type { Block } from '@busan/chain-spec'
import {
  type Address,
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  CodedError,
  decodeRlp,
  encodeRlp,
  errorMessage,
  type Verdict,
} from '@busan/primitives'
import {
  decodeCertificate,
  decodeMessage,
  encodeCertificate,
  encodeMessage,
  type Message,
  type PreparedCertificate,
  signedPart,
} from '@busan/qbft'
import type { ValidatorErrorCode } from './errors.ts'
import { EMPTY_RECORD, type SigningRecord, withEnded, withMessage } from './signing-record.ts'

/** Where signatures are written before they leave; `openJournal` of `@busan/storage` fits. */
export interface SigningJournal {
  /** Bytes of a torn last record that opening cut off. */
  readonly cutBytes?: number
  replay(): readonly Uint8Array[]
  /** Resolves when the record is on disk. */
  append(record: Uint8Array): Promise<void>
  /** Replaces all records, atomically. */
  rewrite(records: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** Records: RLP [0, height] ends a height, RLP [1, message, certificate or empty string] is a signature. */
const ENDED = 0n
const SIGNED = 1n
const NO_CERTIFICATE = new Uint8Array(0)

/** The record that nothing at or below `height` is signed any more. */
export function encodeEnded(height: bigint): Uint8Array {
  return encodeRlp([bigintToBytes(ENDED), bigintToBytes(height)])
}

/** The record of a signed message, with the certificate that a commit rests on. */
export function encodeSigned(
  message: Message<Block>,
  certificate?: PreparedCertificate<Block>,
): Uint8Array {
  return encodeRlp([
    bigintToBytes(SIGNED),
    encodeMessage(message),
    certificate === undefined ? NO_CERTIFICATE : encodeCertificate(certificate),
  ])
}

/**
 * Reads the journal back.
 * @throws CodedError `signing-journal-malformed` or `signing-journal-foreign`
 */
export function loadSigningRecord(journal: SigningJournal, self: Address): SigningRecord {
  let record = EMPTY_RECORD
  for (const bytes of journal.replay()) {
    try {
      record = applyRecord(record, bytes, self)
    } catch (cause) {
      if (cause instanceof CodedError) throw cause
      throw malformed(errorMessage(cause), cause)
    }
  }
  return record
}

function applyRecord(record: SigningRecord, bytes: Uint8Array, self: Address): SigningRecord {
  const items = asList(decodeRlp(bytes), 'journal record')
  const kind = asScalar(items[0], 'journal record kind')
  if (kind === ENDED) return withEnded(record, asScalar(items[1], 'ended height'))
  if (kind !== SIGNED) throw malformed(`record of kind ${kind}`)
  const message = readable(decodeMessage(asBytes(items[1], 'signed message')))
  const { author } = signedPart(message)
  if (author !== self) {
    throw new CodedError<ValidatorErrorCode>(
      'signing-journal-foreign',
      `the signing journal belongs to validator ${author}, this node signs as ${self}: give each key its own journal`,
    )
  }
  const certificate = asBytes(items[2], 'certificate')
  if (certificate.length === 0) return withMessage(record, message)
  return withMessage(record, message, readable(decodeCertificate(certificate)))
}

function readable<Value>(verdict: Verdict<Value, string>): Value {
  if (!verdict.ok) throw malformed(verdict.message)
  return verdict.value
}

function malformed(problem: string, cause?: unknown): CodedError<ValidatorErrorCode> {
  return new CodedError(
    'signing-journal-malformed',
    `the signing journal cannot be read: ${problem}; restore it, or start with an empty one, silent for a block`,
    { cause },
  )
}
