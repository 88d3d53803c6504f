import {
  bigintToBytes,
  bigintToBytes8,
  concatBytes,
  type Hash,
  hexToBytes,
} from '@busan/primitives'

/**
 * The layout of the database, whole: every key is built here and nowhere else. A key is one prefix byte and its
 * parts; `n8` is a block number in 8 big-endian bytes, so that keys sort by height.
 *
 * | prefix | key parts               | value                                  | written by             |
 * |--------|-------------------------|----------------------------------------|------------------------|
 * | `M`    |                         | RLP [version, genesis hash]            | chain, at genesis      |
 * | `H`    |                         | number n8 ‖ hash of the head           | chain, each block      |
 * | `V`    |                         | RLP of the head's validator state      | chain, each block      |
 * | `B`    | ethereumjs's own key    | below                                  | @ethereumjs/blockchain |
 * | `b`    | n8                      | body: chain-spec's `encodeBody`        | chain, each block      |
 * | `r`    | n8                      | receipts, execution's storage encoding | chain, each block      |
 * | `t`    | transaction hash        | number n8 ‖ index in 4 bytes           | chain, each block      |
 * | `a`    | log address ‖ n8        | empty                                  | chain, each block      |
 * | `l`    | log topic, last 20 ‖ n8 | empty                                  | chain, each block      |
 * | `x`    | account ‖ n8            | transaction indices, 4 bytes each      | chain, each block      |
 * | `n`    | node hash               | state trie node, RLP                   | execution              |
 * | `c`    | code hash               | contract code                          | execution              |
 * | `A`    | hashed address          | since when n8 ‖ emptied n8 ‖ RLP [nonce, balance, root, code] | execution |
 * | `S`    | hashed address ‖ slot   | n8 since when ‖ the hashed slot's value | execution             |
 * | `T`    |                         | the last state root that `A` and `S` were written with | execution |
 * | `p`    |                         | n8 of the oldest block whose state is whole; absent: 0 | chain, sweeping |
 * | `s`    | state root              | n8 of the block that `A` and `S` can be read for with it | execution |
 *
 * Under `B` lies the chain of headers, where a number is big-endian without leading zeros (the library's choice;
 * zero is one zero byte):
 *
 * | key                                | value                                             |
 * |------------------------------------|---------------------------------------------------|
 * | `h` ‖ number ‖ hash                | header RLP, with its seals                        |
 * | `b` ‖ 0 ‖ hash                     | the empty genesis body; the chain reads `b` above |
 * | `h` ‖ number ‖ hash ‖ `t`          | total difficulty, RLP                             |
 * | `h` ‖ number ‖ `n`                 | hash of the canonical block                       |
 * | `H` ‖ hash                         | number                                            |
 * | `heads`, `LastHeader`, `LastBlock` | head pointers of the library                      |
 *
 * Nothing goes but parts of the state: `n`, `s` and unset slots in `S`, where the node is told to sweep it.
 */
export const keys = {
  marker: (): Uint8Array => withPrefix('M'),
  head: (): Uint8Array => withPrefix('H'),
  validatorState: (): Uint8Array => withPrefix('V'),
  /** @param key a key as @ethereumjs/blockchain writes it */
  ethereumjs: (key: Uint8Array): Uint8Array => withPrefix('B', key),
  header: (number: bigint, hash: Hash): Uint8Array =>
    withPrefix('B', ascii('h'), ethereumjsNumber(number), hexToBytes(hash)),
  hashByNumber: (number: bigint): Uint8Array =>
    withPrefix('B', ascii('h'), ethereumjsNumber(number), ascii('n')),
  numberByHash: (hash: Hash): Uint8Array => withPrefix('B', ascii('H'), hexToBytes(hash)),
  body: (number: bigint): Uint8Array => withPrefix('b', bigintToBytes8(number)),
  receipts: (number: bigint): Uint8Array => withPrefix('r', bigintToBytes8(number)),
  transactionLocation: (hash: Hash): Uint8Array => withPrefix('t', hexToBytes(hash)),
  /** @param term what logs are looked up by, see {@link LogTerm}: 20 bytes */
  log: (kind: LogTerm['kind'], term: Uint8Array, number: bigint): Uint8Array =>
    withPrefix(kind === 'address' ? 'a' : 'l', term, bigintToBytes8(number)),
  /** @param account 20 bytes */
  appearances: (account: Uint8Array, number: bigint): Uint8Array =>
    withPrefix('x', account, bigintToBytes8(number)),
  /** @param hash 32 bytes: keccak256 of the node */
  stateNode: (hash: Uint8Array): Uint8Array => withPrefix('n', hash),
  /** @param hashedAddress 32 bytes: keccak256 of it */
  account: (hashedAddress: Uint8Array): Uint8Array => withPrefix('A', hashedAddress),
  /** @param hashedSlot 32 bytes: keccak256 of it */
  slot: (hashedAddress: Uint8Array, hashedSlot: Uint8Array): Uint8Array =>
    withPrefix('S', hashedAddress, hashedSlot),
  /** Tables whose entries look otherwise have their root elsewhere, and are made anew. */
  tablesRoot: (): Uint8Array => withPrefix('T'),
  /** @param stateRoot 32 bytes */
  stateNumber: (stateRoot: Uint8Array): Uint8Array => withPrefix('s', stateRoot),
  oldestState: (): Uint8Array => withPrefix('p'),
  /** @param hash 32 bytes: keccak256 of the code */
  code: (hash: Uint8Array): Uint8Array => withPrefix('c', hash),
} as const

/** Version of the layout above; a database of a higher version is refused. */
export const DATABASE_VERSION = 1

/** What an index entry of the log index is about: an emitting address, or a topic in any position. */
export interface LogTerm {
  readonly kind: 'address' | 'topic'
  /** 20 bytes, or the 32 of a topic. */
  readonly bytes: Uint8Array
}

function ascii(character: string): Uint8Array {
  return Uint8Array.of(character.charCodeAt(0))
}

function withPrefix(prefix: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(ascii(prefix), ...parts)
}

function ethereumjsNumber(number: bigint): Uint8Array {
  return number === 0n ? new Uint8Array(1) : bigintToBytes(number)
}
