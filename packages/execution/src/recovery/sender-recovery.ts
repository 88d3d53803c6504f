import { Worker } from 'node:worker_threads'
import { type Address, bytesToAddress } from '@busan/primitives'
import {
  ANSWER_SIZE_BYTES,
  DIGEST_SIZE_BYTES,
  type RecoveryMessage,
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

interface Waiting {
  readonly resolve: (answer: Uint8Array) => void
  readonly reject: (error: unknown) => void
}

/**
 * Starts the thread; it keeps no process alive.
 * @param onFailure called once when the thread is lost; what it was asked for rejects, then and later
 */
export function createSenderRecovery(
  onFailure: (error: unknown) => void = () => {},
): SenderRecovery {
  const worker = new Worker(new URL('./recovery-worker.ts', import.meta.url))
  worker.unref()
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let failure: unknown
  let isClosing = false
  const fail = (error: unknown): void => {
    if (failure === undefined && !isClosing) onFailure(error)
    failure ??= error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', ({ id, bytes }: RecoveryMessage) => {
    waiting.get(id)?.resolve(bytes)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that recovers senders has ended')))
  return {
    recover: async (signed) => {
      if (failure !== undefined) throw failure
      const message: RecoveryMessage = { id: ++lastId, bytes: packed(signed) }
      const answer = new Promise<Uint8Array>((resolve, reject) => {
        waiting.set(message.id, { resolve, reject })
      })
      worker.ref()
      worker.postMessage(message, [message.bytes.buffer])
      return addressesIn(await answer)
    },
    close: async () => {
      isClosing = true
      await worker.terminate()
    },
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
