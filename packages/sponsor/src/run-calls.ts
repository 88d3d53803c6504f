import {
  type Abi,
  type Address,
  type Chain,
  encodeFunctionData,
  type Hex,
  type PublicClient,
  type Transport,
} from 'viem'
import { simulateBlocks } from 'viem/actions'

/** A call by anyone, encoded or not. */
export type TrialCall =
  | { readonly from?: Address; readonly to: Address; readonly data: Hex }
  | {
      readonly from?: Address
      readonly to: Address
      readonly abi: Abi
      readonly functionName: string
      readonly args: readonly unknown[]
    }

/** What a call did. `gasUsed` includes the 21,000 and the data of a transaction of its own. */
export interface TrialResult {
  readonly status: 'success' | 'failure'
  readonly data: Hex
  readonly gasUsed: bigint
}

/** Calls one after the other on the latest state, each seeing what those before it did; without a trace. */
export async function runCalls(
  client: PublicClient<Transport, Chain>,
  calls: readonly TrialCall[],
): Promise<TrialResult[]> {
  const encoded = calls.map((call) => ({
    ...(call.from && { account: call.from }),
    to: call.to,
    data: 'data' in call ? call.data : encodeFunctionData(call),
  }))
  const [block] = await simulateBlocks(client, { blocks: [{ calls: encoded }] })
  return (block?.calls ?? []).map(({ status, data, gasUsed }) => ({ status, data, gasUsed }))
}
