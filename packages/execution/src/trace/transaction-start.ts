import type { Address } from '@busan/primitives'
import { authorityOf, authorizationRefund } from '../authorizations.ts'
import { contractAddress } from '../contract-address.ts'
import type { Authorization } from '../types.ts'
import type { BlockContext } from '../vm/block-context.ts'
import type { Machine } from '../vm/machine.ts'
import type { TransactionPlace, TransactionStart } from './tracer.ts'

/** What of a transaction or a call is told to tracers. */
interface Starting {
  readonly from: Address
  readonly to: Address | null
  readonly gasLimit: bigint
  readonly authorizationList: readonly Authorization[]
}

/** Describes what is about to run on the machine's state. */
export function transactionStart(
  machine: Machine,
  starting: Starting,
  { context, place }: { readonly context: BlockContext; readonly place?: TransactionPlace },
): TransactionStart {
  const { precompiles, state, rules } = machine
  const { from, to, gasLimit, authorizationList } = starting
  const nonce = state.accountAt(from)?.nonce ?? 0n
  const delegates = rules.isActivatedEIP(7702)
  return {
    from,
    to: to ?? contractAddress(from, nonce),
    isCreation: to === null,
    gasLimit,
    coinbase: context.beneficiary,
    authorities: authorizationList.flatMap((one) => authorityOf(one) ?? []),
    authorizationRefund: delegates ? authorizationRefund(machine, from, authorizationList) : 0n,
    keepsOldContracts: rules.isActivatedEIP(6780),
    state,
    place,
    isPrecompile: (address) => precompiles.has(address),
  }
}
