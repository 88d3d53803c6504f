import { type Address, bytesToAddress } from '@busan/primitives'
import { createAskedThread } from '../threads/asked-thread.ts'
import {
  ANSWER_SIZE_BYTES,
  DIGEST_SIZE_BYTES,
  type RecoveryRecords,
  SIGNED_SIZE_BYTES,
} from './recovery-message.ts'

/** What a signer signed, and with what. */
export interface SignedDigest {
  /** 32 bytes. */
  readonly digest: Uint8Array
  /** 65 bytes r‖s‖v, v in {0, 1}. */
  readonly signature: Uint8Array
}

/** Recovers signers on a thread of its own, beside the one that runs blocks. */
export interface SenderRecovery {
  /** Signers in the order asked for; undefined: nobody can have signed so. */
  recover(signed: readonly SignedDigest[]): Promise<readonly (Address | undefined)[]>
  close(): Promise<void>
}

/** Starts the thread. @param onFailure called once when it is lost; what it was asked for rejects, then and later */
export function createSenderRecovery(
  onFailure: (error: unknown) => void = () => {},
): SenderRecovery {
  const entry = new URL('./recovery-worker.ts', import.meta.url)
  const thread = createAskedThread<RecoveryRecords, RecoveryRecords>(entry, onFailure)
  return {
    recover: async (signed) => {
      const bytes = packed(signed)
      const answer = await thread.ask({ bytes }, [bytes.buffer])
      return addressesIn(answer.bytes)
    },
    close: thread.close,
  }
}

function packed(signed: readonly SignedDigest[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(signed.length * SIGNED_SIZE_BYTES)
  for (const [index, { digest, signature }] of signed.entries()) {
    bytes.set(digest, index * SIGNED_SIZE_BYTES)
    bytes.set(signature, index * SIGNED_SIZE_BYTES + DIGEST_SIZE_BYTES)
  }
  return bytes
}

function addressesIn(answer: Uint8Array): (Address | undefined)[] {
  return Array.from({ length: answer.length / ANSWER_SIZE_BYTES }, (_, index) => {
    const record = answer.subarray(index * ANSWER_SIZE_BYTES, (index + 1) * ANSWER_SIZE_BYTES)
    return record[0] === 1 ? bytesToAddress(record.subarray(1)) : undefined
  })
}
