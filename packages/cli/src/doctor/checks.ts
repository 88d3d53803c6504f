import { type Check, NothingToCheck } from './check.ts'
import { deployerChecks } from './deployers.ts'
import type { Endpoint } from './endpoint.ts'
import { indexerChecks } from './indexers.ts'
import { otterscanChecks } from './otterscan.ts'
import { walletChecks } from './wallets.ts'

/** Everything that the doctor looks at, tool by tool. */
export const CHECKS: readonly Check[] = [
  ...walletChecks,
  ...deployerChecks,
  ...indexerChecks,
  ...otterscanChecks,
]

/** What became of a check; `why` is for a person. */
export interface Finding {
  readonly check: Check
  readonly outcome: 'ok' | 'failed' | 'skipped'
  readonly why?: string
}

/** Runs the checks one after the other: the endpoint may be anybody's. */
export async function runChecks(endpoint: Endpoint, checks = CHECKS): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of checks) findings.push(await runCheck(check, endpoint))
  return findings
}

async function runCheck(check: Check, endpoint: Endpoint): Promise<Finding> {
  try {
    await check.run(endpoint)
    return { check, outcome: 'ok' }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { check, outcome: error instanceof NothingToCheck ? 'skipped' : 'failed', why }
  }
}
