import type { Chain, StoredBlock } from '@busan/chain'
import type { Address, Hash } from '@busan/primitives'

/** A mined transaction in its block. */
export interface MinedTransaction {
  readonly block: StoredBlock
  readonly index: number
}

/**
 * The transaction with which an account used a nonce. Every state is kept and nonces only grow, so the block is found
 * by halving the chain.
 */
export async function findBySenderAndNonce(
  chain: Chain,
  sender: Address,
  nonce: bigint,
): Promise<Hash | undefined> {
  const number = await firstBlock(chain, async (state) => {
    const account = await state.account(sender)
    return (account?.nonce ?? 0n) > nonce
  })
  const block = number === undefined ? undefined : chain.blockByNumber(number)
  return block?.transactions.find((one) => one.sender === sender && one.nonce === nonce)?.hash
}

/** The block that gave an account its code; 0 for one of the genesis. undefined: it has none. */
export function findCodeBlock(chain: Chain, account: Address): Promise<bigint | undefined> {
  return firstBlock(chain, async (state) => (await state.code(account)).length > 0)
}

type State = ReturnType<Chain['executor']['stateAt']>

/** The first block after which `holds`, given that it holds from there to the head. */
async function firstBlock(
  chain: Chain,
  holds: (state: State) => Promise<boolean>,
): Promise<bigint | undefined> {
  const holdsAfter = async (number: bigint): Promise<boolean> => {
    const header = chain.headerByNumber(number)
    return header !== undefined && holds(chain.executor.stateAt(header.stateRoot))
  }
  let high = chain.head().header.number
  if (!(await holdsAfter(high))) return undefined
  let low = 0n
  while (low < high) {
    const middle = (low + high) / 2n
    if (await holdsAfter(middle)) high = middle
    else low = middle + 1n
  }
  return high
}

/** One page of an account's transactions. */
export interface HistoryPage {
  /** In the order that was asked for; all of a block's or none. */
  readonly found: readonly MinedTransaction[]
  /** Nothing lies beyond. */
  readonly isLast: boolean
}

/** Transactions of an account in whole blocks, until there are at least `size` of them. */
export async function readHistory(
  chain: Chain,
  account: Address,
  range: {
    readonly fromNumber: bigint
    readonly toNumber: bigint
    readonly reverse: boolean
    readonly size: number
  },
): Promise<HistoryPage> {
  const found: MinedTransaction[] = []
  for await (const { blockNumber, indices } of chain.appearances(account, range)) {
    if (found.length >= range.size) return { found, isLast: false }
    const block = chain.blockByNumber(blockNumber)
    if (block === undefined) continue
    const ordered = range.reverse ? [...indices].reverse() : indices
    for (const index of ordered) found.push({ block, index })
  }
  return { found, isLast: true }
}
