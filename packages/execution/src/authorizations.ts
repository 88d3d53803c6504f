import {
  type Address,
  bigintToBytes,
  concatBytes,
  encodeRlp,
  hexToBytes,
  keccak256,
  padLeft,
  recoverAddress,
  ZERO_ADDRESS,
} from '@busan/primitives'
import { delegateOf } from './interpreter/delegation.ts'
import { NO_ACCOUNT } from './state/account.ts'
import type { Authorization } from './types.ts'
import type { Machine } from './vm/machine.ts'

/** EIP-7702: the code of an account that delegates is this and the address of the contract. */
export const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)

/** EIP-7702: what an authorization signs begins with this byte. */
const MAGIC = 0x05

const UINT64_MAX = 2n ** 64n - 1n

/** EIP-7702: given back when the account was there already; 25000 were charged as if it had to be made. */
const EXISTING_ACCOUNT_REFUND = 12_500n

/**
 * Lets accounts delegate as a message's authorizations say (EIP-7702); one that does not fit is passed over. For
 * calls, which have no signed transaction that the VM could read the list from.
 * @returns gas to give back
 */
export async function applyAuthorizations(
  machine: Machine,
  authorizations: readonly Authorization[],
): Promise<bigint> {
  let refund = 0n
  for (const authorization of authorizations) {
    const authority = fitting(authorization, machine.rules.chainId())
    if (authority !== undefined) refund += await delegate(machine, authority, authorization)
  }
  return refund
}

/**
 * What the authorizations of a transaction will give back before its code runs, on the state before it.
 * @param sender its nonce goes up first
 */
export function authorizationRefund(
  { state, rules }: Pick<Machine, 'state' | 'rules'>,
  sender: Address,
  authorizations: readonly Authorization[],
): bigint {
  const nonces = new Map<Address, bigint>()
  let refund = 0n
  for (const authorization of authorizations) {
    const authority = fitting(authorization, rules.chainId())
    if (authority === undefined) continue
    const account = state.accountAt(authority)
    const stored = (account?.nonce ?? 0n) + (authority === sender ? 1n : 0n)
    const nonce = nonces.get(authority) ?? stored
    const code = state.codeAt(authority)
    const isContract = code.length > 0 && delegateOf(code) === undefined
    if (nonce !== authorization.nonce || isContract) continue
    if (account !== null || nonces.has(authority)) refund += EXISTING_ACCOUNT_REFUND
    nonces.set(authority, nonce + 1n)
  }
  return refund
}

/** The signer of an authorization that this chain can take; its nonce and account are not looked at. */
function fitting(authorization: Authorization, ownChainId: bigint): Address | undefined {
  const { chainId, nonce } = authorization
  const isForeign = chainId !== 0n && chainId !== ownChainId
  return isForeign || nonce >= UINT64_MAX ? undefined : authorityOf(authorization)
}

/** Who signed an authorization; undefined when nobody can have. */
export function authorityOf(authorization: Authorization): Address | undefined {
  const { chainId, address, nonce, yParity, r, s } = authorization
  if (yParity > 1n || r === 0n || s === 0n) return undefined
  const signed = encodeRlp([bigintToBytes(chainId), hexToBytes(address), bigintToBytes(nonce)])
  const signature = concatBytes(
    padLeft(bigintToBytes(r), 32),
    padLeft(bigintToBytes(s), 32),
    Uint8Array.of(Number(yParity)),
  )
  return recoverAddress(keccak256(concatBytes(Uint8Array.of(MAGIC), signed)), signature)
}

async function delegate(
  { engine, state }: Machine,
  authority: Address,
  { address, nonce }: Authorization,
): Promise<bigint> {
  engine.warm(authority)
  const found = state.accountAt(authority)
  const account = found ?? NO_ACCOUNT
  if (account.nonce !== nonce) return 0n
  const code = state.codeAt(authority)
  if (code.length > 0 && delegateOf(code) === undefined) return 0n
  await engine.setAccount(authority, { ...account, nonce: account.nonce + 1n })
  const clears = address === ZERO_ADDRESS
  state.setCodeAt(
    authority,
    clears ? new Uint8Array(0) : concatBytes(DELEGATION_PREFIX, hexToBytes(address)),
  )
  return found === null ? 0n : EXISTING_ACCOUNT_REFUND
}
