import { revertReason } from '@busan/execution'
import { bytesToHex } from '@busan/primitives'
import { RpcError } from './errors.ts'

/** The error for revert bytes: code 3, the reason in the message when it can be decoded, the bytes in `data`. */
export function revertError(output: Uint8Array): RpcError {
  const reason = revertReason(output)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  return new RpcError('execution-reverted', message, bytesToHex(output))
}
