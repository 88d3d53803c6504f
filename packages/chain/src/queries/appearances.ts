import type { Receipt, Transaction } from '@busan/execution'
import type { Address } from '@busan/primitives'

/**
 * The accounts that have a part in each transaction of a block: its sender, receiver, the contract that it creates, and
 * the contracts that log. Not found are contracts that were called by others and said nothing.
 */
export function appearancesOf(
  transactions: readonly Pick<Transaction, 'sender' | 'to'>[],
  receipts: readonly Receipt[],
): ReadonlyMap<Address, readonly number[]> {
  const accounts = new Map<Address, number[]>()
  const note = (account: Address | null, index: number): void => {
    if (account === null) return
    const indices = accounts.get(account) ?? []
    accounts.set(account, indices)
    if (indices.at(-1) !== index) indices.push(index)
  }
  for (const [index, { sender, to }] of transactions.entries()) {
    const receipt = receipts[index]
    note(sender, index)
    note(to, index)
    note(receipt?.contractAddress ?? null, index)
    for (const { address } of receipt?.logs ?? []) note(address, index)
  }
  return accounts
}
