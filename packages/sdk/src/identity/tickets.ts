import {
  type Address,
  concat,
  encodeAbiParameters,
  type Hex,
  keccak256,
  type LocalAccount,
} from 'viem'

/** A right for one account in one programme. */
export interface Ticket {
  /** Of the programme; `VoucherProgram.scopeOf`. */
  readonly scope: Hex
  readonly account: Address
  readonly nullifier: Hex
  /** Seconds since the epoch, excluded. */
  readonly validUntil: bigint
}

/** EIP-712 types of tickets. */
export const TICKET_TYPES = {
  Ticket: [
    { name: 'scope', type: 'bytes32' },
    { name: 'account', type: 'address' },
    { name: 'nullifier', type: 'bytes32' },
    { name: 'validUntil', type: 'uint64' },
  ],
} as const

/**
 * The nullifier of a right: one for each person and programme, and without the secret nobody can tell whose.
 * @param secret 32 random bytes that stay the same for a person
 */
export function nullifierOf(secret: Hex, scope: Hex): Hex {
  return keccak256(concat([secret, scope]))
}

/**
 * Signs a ticket.
 * @param place of `TicketEligibility`
 * @param issuer accredited for its schema
 * @returns the proof that a claim brings
 */
export async function signTicket(
  place: { readonly chainId: number; readonly tickets: Address },
  ticket: Ticket,
  issuer: Pick<LocalAccount, 'address' | 'signTypedData'>,
): Promise<Hex> {
  const { chainId, tickets: verifyingContract } = place
  const signature = await issuer.signTypedData({
    domain: { name: 'Busan Tickets', version: '1', chainId, verifyingContract },
    types: TICKET_TYPES,
    primaryType: 'Ticket',
    message: { ...ticket },
  })
  const components = [
    { name: 'issuer', type: 'address' },
    { name: 'validUntil', type: 'uint64' },
    { name: 'nullifier', type: 'bytes32' },
  ] as const
  const { validUntil, nullifier } = ticket
  return encodeAbiParameters(
    [{ type: 'tuple', components }, { type: 'bytes' }],
    [{ issuer: issuer.address, validUntil, nullifier }, signature],
  )
}
