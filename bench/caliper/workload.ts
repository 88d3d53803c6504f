// Caliper's workload module. Caliper loads it by `require`, which refuses modules that await: it imports none of those.
import type { Signed } from '../lib/load.ts'
import { caliper } from './core.ts'

/** A round's arguments, from the benchmark's configuration. */
export interface RoundArguments {
  readonly work: string
  /** Of all workers together. */
  readonly count: number
}

/** What the connector gives to a round. */
export interface Context {
  /** Signs a worker's part: one list for each of its senders. */
  sign(
    load: RoundArguments & { readonly part: { readonly index: number; readonly of: number } },
  ): Promise<Signed[][]>
}

/** The connector, as far as a workload sees it. */
interface Connector {
  sendRequests(requests: readonly Signed[]): Promise<unknown>
}

/**
 * Caliper's rate control sleeps at least a millisecond before each submission, which would hold a worker below 1,000
 * transactions a second; it counts the transactions of a submission one by one.
 */
const TRANSACTIONS_OF_SUBMISSION = 10

/** Sends what was signed while the round was prepared, its senders taking turns. */
class SignedWorkload extends caliper.WorkloadModuleBase {
  #inTurn: readonly Signed[] = []
  #sent = 0
  #connector: Connector | undefined

  async initializeWorkloadModule(
    ...[index, of, , load, connector, context]: [
      index: number,
      of: number,
      round: number,
      load: RoundArguments,
      connector: Connector,
      context: Context,
    ]
  ): Promise<void> {
    this.#connector = connector
    const bySender = await context.sign({ ...load, part: { index, of } })
    const turns = bySender[0]?.map((_, turn) => bySender.map((signed) => signed[turn] as Signed))
    this.#inTurn = turns?.flat().slice(0, Math.floor(load.count / of)) ?? []
  }

  async submitTransaction(): Promise<void> {
    const first = this.#sent
    this.#sent += TRANSACTIONS_OF_SUBMISSION
    await this.#connector?.sendRequests(this.#inTurn.slice(first, this.#sent))
  }
}

/** Caliper calls it for each round. */
export function createWorkloadModule(): SignedWorkload {
  return new SignedWorkload()
}
