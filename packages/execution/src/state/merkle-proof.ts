import { bytesToHex, equalBytes, type Hex, hexToBytes, keccak256 } from '@busan/primitives'
import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { type DB, ValueEncoding } from '@ethereumjs/util'
import { EMPTY_ROOT_BYTES } from './account.ts'

/** Gives a stored node's RLP by its hash. */
type StoredNodes = (hash: Uint8Array) => Uint8Array

/**
 * The stored nodes from the root towards `key`, present or not, as EIP-1186 shows them.
 * @param key an address or a slot, not hashed
 * @throws CodedError `missing-state`
 */
export async function merkleProof(
  source: StoredNodes,
  root: Uint8Array,
  key: Uint8Array,
): Promise<Hex[]> {
  if (equalBytes(root, EMPTY_ROOT_BYTES)) return []
  const trie = await createMPT({
    db: readOnly(source),
    root,
    useKeyHashing: true,
    useKeyHashingFunction: keccak256,
    valueEncoding: ValueEncoding.Bytes,
  })
  const nodes = await createMerkleProof(trie, key)
  // A node of less than 32 bytes travels inside its parent and is no element of its own.
  return nodes.filter((rlp, index) => index === 0 || rlp.length >= 32).map(bytesToHex)
}

function readOnly(source: StoredNodes): DB<string, Uint8Array> {
  const refuse = async (): Promise<never> => {
    throw new Error('a proof writes nothing')
  }
  const db: DB<string, Uint8Array> = {
    get: async (digits) => source(hexToBytes(`0x${digits}`)),
    put: refuse,
    del: refuse,
    batch: refuse,
    shallowCopy: () => db,
    open: async () => {},
  }
  return db
}
