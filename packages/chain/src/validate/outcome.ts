import type { Header } from '@busan/chain-spec'
import { type ExecutionResult, requestsHash } from '@busan/execution'
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
    ...requestsClaim(header, result),
  ] as const
  for (const [field, claimed, actual] of claims) {
    if (claimed === actual) continue
    return refuse('invalid-outcome', `${field}: got ${actual}, want ${claimed}, as the header says`)
  }
  return accept('valid')
}

/** A chain that collects none has a constant there, which its header rules know. */
function requestsClaim({ requestsHash: claimed }: Header, { requests }: ExecutionResult) {
  return requests === undefined ? [] : [['requestsHash', claimed, requestsHash(requests)] as const]
}
