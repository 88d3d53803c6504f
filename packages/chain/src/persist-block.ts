import { encodeBody } from '@busan/chain-spec'
import { CodedError, errorMessage } from '@busan/primitives'
import {
  type BatchOperation,
  putAppearances,
  putBodyRlp,
  putHead,
  putLogTerms,
  putReceipts,
  putTransactionLocation,
  putValidatorState,
} from '@busan/storage'
import type { ChainContext, ExecutedBlock } from './chain-context.ts'
import type { ChainErrorCode } from './errors.ts'
import { appearancesOf } from './queries/appearances.ts'
import { logTerms } from './queries/log-terms.ts'
import type { StoredBlock, Tip } from './types.ts'
import { encodeValidatorState } from './validator-set.ts'

/**
 * Writes a block and all that follows from it in one atomic batch: a crash leaves the old head or the whole of
 * the new one.
 * @throws CodedError `persist-failed`; nothing has changed then
 */
export async function persistBlock(
  context: ChainContext,
  { hash, header, validatorState }: Tip,
  executed: ExecutedBlock,
): Promise<StoredBlock> {
  try {
    const headWrites = [
      ...(await context.canonical.append(header)),
      putValidatorState(encodeValidatorState(validatorState)),
      putHead({ number: header.number, hash }),
    ]
    context.pruner.noteWrites(executed.result.stateWrites)
    await context.store.batch(blockWrites(executed, headWrites))
  } catch (cause) {
    context.canonical.rollBack()
    throw new CodedError<ChainErrorCode>(
      'persist-failed',
      `block ${header.number} cannot be written: ${errorMessage(cause)}; the head stays at ${header.number - 1n}`,
      { details: { height: header.number, hash }, cause },
    )
  }
  const { block, result } = executed
  return context.reader.remember({ hash, block, result })
}

/** All that is stored of a block, made as it is written: thousands of logs have tens of thousands of entries. */
function* blockWrites(
  { block, result }: ExecutedBlock,
  headWrites: readonly BatchOperation[],
): Iterable<BatchOperation> {
  const { number } = block.header
  const { receipts, transactions } = result
  yield putBodyRlp(number, encodeBody(block))
  yield putReceipts(number, result.storedReceipts)
  for (const [index, { hash }] of transactions.entries()) {
    yield putTransactionLocation(hash, { blockNumber: number, index })
  }
  yield* putAppearances(appearancesOf(transactions, receipts), number)
  yield* putLogTerms(logTerms(receipts), number)
  yield* result.stateWrites
  yield* headWrites
}
