import { bytesToHex, type Hex } from '@busan/primitives'

/** EIP-7702: code 0xef0100 and an address. */
const DELEGATION_MARK = 0xef0100
const DELEGATION_SIZE_BYTES = 23

/** Whose code an account runs that delegates (EIP-7702); undefined: it runs its own. */
export function delegateOf(code: Uint8Array): Hex | undefined {
  if (code.length !== DELEGATION_SIZE_BYTES) return undefined
  const mark = ((code[0] as number) << 16) | ((code[1] as number) << 8) | (code[2] as number)
  return mark === DELEGATION_MARK ? bytesToHex(code.subarray(3)) : undefined
}
