import { bytesToHex, EMPTY_CODE_HASH, type Hex } from '@busan/primitives'
import type { SyncState } from '../interpreter/ports.ts'

/** An account at one moment, with the slots of it that were looked at. */
export interface AccountSnapshot {
  readonly balance: bigint
  readonly nonce: bigint
  /** Empty also when nobody wants it. */
  readonly code: Uint8Array
  /** undefined without code. */
  readonly codeHash: Hex | undefined
  readonly storage: Map<bigint, bigint>
  /** Neither balance, nonce nor code: EIP-161 counts it as no account. */
  readonly isEmpty: boolean
}

const NO_CODE = new Uint8Array(0)

/** Reads an account, without slots. */
export function snapshotOf(state: SyncState, address: Hex, leavesCode: boolean): AccountSnapshot {
  const account = state.accountAt(address)
  const { balance = 0n, nonce = 0n } = account ?? {}
  const hash = account === null ? EMPTY_CODE_HASH : bytesToHex(account.codeHash)
  const codeHash = hash === EMPTY_CODE_HASH ? undefined : hash
  return {
    balance,
    nonce,
    code: leavesCode ? NO_CODE : state.codeAt(address),
    codeHash,
    storage: new Map(),
    isEmpty: balance === 0n && nonce === 0n && codeHash === undefined,
  }
}
