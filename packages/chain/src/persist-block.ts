import { setImmediate } from 'node:timers/promises'
import { encodeBody } from '@busan/chain-spec'
import { encodeReceipts } from '@busan/execution'
import { CodedError, errorMessage, type Hash } from '@busan/primitives'
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
import type { HeadState } from './head.ts'
import { appearancesOf } from './queries/appearances.ts'
import { logTerms } from './queries/log-terms.ts'
import { encodeValidatorState } from './validator-set.ts'

/**
 * Writes a block and all that follows from it in one atomic batch: a crash leaves the old head or the whole of
 * the new one.
 * @throws CodedError `persist-failed`; nothing has changed then
 */
export async function persistBlock(
  context: ChainContext,
  hash: Hash,
  executed: ExecutedBlock,
): Promise<HeadState> {
  const { header } = executed.block
  const current = context.head.current().validatorState
  const validatorState = context.consensus.nextValidators(current, header)
  try {
    const writes = [...(await context.canonical.append(header))]
    for (const write of blockWrites(executed)) {
      writes.push(...write())
      // A block of thousands of transactions would hold the event loop for all of them at once.
      await setImmediate()
    }
    writes.push(
      ...executed.result.stateWrites,
      putValidatorState(encodeValidatorState(validatorState)),
      putHead({ number: header.number, hash }),
    )
    context.pruner.noteWrites(executed.result.stateWrites)
    await context.store.batch(writes)
  } catch (cause) {
    context.canonical.rollBack()
    throw new CodedError<ChainErrorCode>(
      'persist-failed',
      `block ${header.number} cannot be written: ${errorMessage(cause)}; the head stays at ${header.number - 1n}`,
      { details: { height: header.number, hash }, cause },
    )
  }
  const { block, result } = executed
  return { block: context.reader.remember({ hash, block, result }), validatorState }
}

/** What is stored of a block and found by, in parts that are made one after another. */
function blockWrites({ block, result }: ExecutedBlock): readonly (() => BatchOperation[])[] {
  const { number } = block.header
  const { receipts, transactions } = result
  return [
    () => [putBodyRlp(number, encodeBody(block))],
    () => [putReceipts(number, encodeReceipts(receipts))],
    () =>
      transactions.map(({ hash }, index) =>
        putTransactionLocation(hash, { blockNumber: number, index }),
      ),
    () => [...putAppearances(appearancesOf(transactions, receipts), number)],
    () => putLogTerms(logTerms(receipts), number),
  ]
}
