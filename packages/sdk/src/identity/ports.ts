import type { Address, Hex } from 'viem'

/** What a verifier must ask the chain, all at one block. */
export interface CredentialFacts {
  /** The block's time, in seconds since the epoch. */
  readonly timeSeconds: bigint
  /** Level of assurance of an issuer at the block's time; zero when it is not trusted. */
  assuranceOf(issuer: Address, schemaId: Hex): Promise<number>
  /** Who signs for an identity; the zero address for nobody. */
  activeOwner(identity: Address): Promise<Address>
  /** A status list; the issuer is the zero address when it does not exist. */
  statusList(listId: bigint): Promise<{ readonly issuer: Address; readonly sizeBits: number }>
  isStatusSet(listId: bigint, index: number): Promise<boolean>
  /** Whether an account signed a digest, by its key or, for a contract, by ERC-1271. */
  isSigned(account: Address, digest: Hex, signature: Hex): Promise<boolean>
}
