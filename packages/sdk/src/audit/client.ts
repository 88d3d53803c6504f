import type { Abi, Address, Hex } from 'viem'
import { ABIS } from '../../generated/abis.ts'
import type { GovernanceClient } from '../governance/read-governance.ts'
import { callText, type View } from './claim.ts'

/** What of a viem client the audit needs; a public client fits. All of it any node answers without login. */
export interface AuditClient
  extends Pick<GovernanceClient, 'readContract' | 'getCode' | 'getChainId'> {
  getLogs(range: {
    readonly address: readonly Address[]
    readonly fromBlock: bigint
    readonly toBlock: bigint
  }): Promise<readonly RawLog[]>
  getBlock(which?: { readonly blockNumber: bigint }): Promise<{
    readonly number: bigint
    readonly hash: Hex
    readonly timestamp: bigint
  }>
}

/** A log as viem gives it. */
export interface RawLog {
  readonly address: Address
  readonly data: Hex
  readonly topics: readonly Hex[]
  readonly blockNumber: bigint
  readonly logIndex: number
  readonly transactionHash: Hex
  /** Seconds since the epoch; older nodes do not tell it. */
  readonly blockTimestamp?: bigint | undefined
}

/** Reads of the state after one block. */
export interface StateReader {
  readonly blockNumber: bigint
  /** Seconds since the epoch. */
  readonly timestamp: bigint
  /** @throws when the node does not answer, or the contract refuses */
  answer(view: View): Promise<unknown>
  hasCode(address: Address, blockNumber?: bigint): Promise<boolean>
}

/** Reads of one block's state through a client. */
export function stateReader(
  client: AuditClient,
  block: { readonly number: bigint; readonly timestamp: bigint },
): StateReader {
  const { number: blockNumber, timestamp } = block
  return {
    blockNumber,
    timestamp,
    async answer(view) {
      const { of, functionName, args } = view
      const call = { address: of.address, abi: ABIS[of.name] as Abi, functionName, args }
      try {
        return await client.readContract({ ...call, blockNumber })
      } catch (cause) {
        throw new Error(`cannot read ${callText(view)} at block ${blockNumber}`, { cause })
      }
    },
    async hasCode(address, block = blockNumber) {
      const code = await client.getCode({ address, blockNumber: block })
      return code !== undefined && code !== '0x'
    },
  }
}

/** Questions at once: what a node of the city answers in one burst, with room for others. */
const AT_ONCE = 50

/** Asks for each in turn, some at once. @returns the answers in the order of the questions */
export async function askAll<Question, Answer>(
  questions: readonly Question[],
  ask: (question: Question) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let at = 0; at < questions.length; at += AT_ONCE) {
    answers.push(...(await Promise.all(questions.slice(at, at + AT_ONCE).map(ask))))
  }
  return answers
}
