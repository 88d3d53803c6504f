import { type Block, encodeBlock } from '@busan/chain-spec'
import { type Transaction, type TransactionDecoder, transactionsRoot } from '@busan/execution'
import { accept, refuse, type Verdict } from '@busan/primitives'
import { withRound, withSeals } from '@busan/qbft'

/**
 * Largest block, as RLP in round 0 and without seals: EIP-7934's 10 MiB less its 2 MiB margin. Applied under every
 * fork. Round and seals differ between copies of one block, so they must not decide whether it is valid.
 */
export const BLOCK_SIZE_BYTES_MAX = 8 * 1024 * 1024

const BLOB_TRANSACTION = 3

/** The transactions are the ones that the header commits to, decodable, and allowed on this chain. */
export function validateBody(
  decode: TransactionDecoder,
  block: Block,
): Verdict<readonly Transaction[], 'invalid-body' | 'invalid-transaction'> {
  const header = withRound(withSeals(block.header, []), 0)
  const sizeBytes = encodeBlock({ ...block, header }).length
  if (sizeBytes > BLOCK_SIZE_BYTES_MAX) {
    const limit = `the limit is ${BLOCK_SIZE_BYTES_MAX}`
    return refuse('invalid-body', `the block has ${sizeBytes} bytes, ${limit} (EIP-7934)`)
  }
  const root = transactionsRoot(block.transactions)
  if (root !== block.header.transactionsRoot) {
    const committed = `the header says ${block.header.transactionsRoot}`
    return refuse('invalid-body', `transactions root is ${root}, ${committed}`)
  }
  return decodeAll(decode, block.transactions)
}

function decodeAll(
  decode: TransactionDecoder,
  raws: readonly Uint8Array[],
): Verdict<readonly Transaction[], 'invalid-transaction'> {
  const transactions: Transaction[] = []
  for (const [index, raw] of raws.entries()) {
    if (raw[0] === BLOB_TRANSACTION) {
      return refuse('invalid-transaction', `transaction ${index} carries blobs, refused here`)
    }
    const decoded = decode(raw)
    if (!decoded.ok) {
      return refuse('invalid-transaction', `transaction ${index}: ${decoded.message}`)
    }
    transactions.push(decoded.value)
  }
  return accept(transactions)
}
