// The thread of a SenderRecovery: answers each request with the addresses of its signers, in order.
import { parentPort } from 'node:worker_threads'
import { hexToBytes, recoverAddress } from '@busan/primitives'
import type { Numbered } from '../threads/asked-thread.ts'
import {
  ADDRESS_SIZE_BYTES,
  ANSWER_SIZE_BYTES,
  DIGEST_SIZE_BYTES,
  type RecoveryRecords,
  SIGNED_SIZE_BYTES,
} from './recovery-message.ts'

const port = parentPort
if (port === null) throw new TypeError('this file is the entry of a worker thread')

port.on('message', ({ id, bytes }: Numbered<RecoveryRecords>) => {
  const count = bytes.length / SIGNED_SIZE_BYTES
  const answers = new Uint8Array(count * ANSWER_SIZE_BYTES)
  for (let index = 0; index < count; index++) {
    const signed = bytes.subarray(index * SIGNED_SIZE_BYTES, (index + 1) * SIGNED_SIZE_BYTES)
    const digest = signed.subarray(0, DIGEST_SIZE_BYTES)
    const address = recoverAddress(digest, signed.subarray(DIGEST_SIZE_BYTES))
    if (address === undefined) continue
    const at = index * ANSWER_SIZE_BYTES
    answers[at] = 1
    answers.set(hexToBytes(address), at + ANSWER_SIZE_BYTES - ADDRESS_SIZE_BYTES)
  }
  const answer: Numbered<RecoveryRecords> = { id, bytes: answers }
  port.postMessage(answer, [answers.buffer])
})
