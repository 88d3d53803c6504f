import { type Rejection, reject } from '../rejection.ts'
import type { Permissions, PoolTransaction } from '../types.ts'

/** Asks the chain's permission registry. */
export async function checkPermission(
  permissions: Permissions,
  transaction: PoolTransaction,
): Promise<Rejection | undefined> {
  const verdict = await permissions.judge(transaction)
  return verdict.ok ? undefined : reject(verdict.reason, verdict.message)
}
