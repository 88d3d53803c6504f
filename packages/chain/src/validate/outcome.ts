import type { Header } from '@busan/chain-spec'
import type { ExecutionResult } from '@busan/execution'
import { accept, refuse, type Verdict } from '@busan/primitives'

/** Running the block gave exactly what its header claims. */
export function validateOutcome(
  header: Header,
  result: ExecutionResult,
): Verdict<'valid', 'invalid-outcome'> {
  const claims = [
    ['gasUsed', header.gasUsed, result.gasUsed],
    ['blobGasUsed', header.blobGasUsed ?? 0n, result.blobGasUsed],
    ['transactionsRoot', header.transactionsRoot, result.transactionsRoot],
    ['logsBloom', header.logsBloom, result.logsBloom],
    ['receiptsRoot', header.receiptsRoot, result.receiptsRoot],
    ['stateRoot', header.stateRoot, result.stateRoot],
  ] as const
  for (const [field, claimed, actual] of claims) {
    if (claimed === actual) continue
    return refuse('invalid-outcome', `${field} is ${actual}, the header says ${claimed}`)
  }
  return accept('valid')
}
