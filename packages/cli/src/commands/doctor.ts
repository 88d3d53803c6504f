import { CodedError } from '@busan/primitives'
import { Command } from 'commander'
import { askNode } from '../ask-node.ts'
import { type Finding, runChecks } from '../doctor/checks.ts'
import { createEndpoint } from '../doctor/endpoint.ts'
import { formatTable } from '../table.ts'

/** `busan doctor`: which wallets and tools would work with an endpoint, and what keeps the others from it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check what wallets and tools need of a JSON-RPC endpoint, ours or any other')
    .option('--rpc <url>', 'JSON-RPC address', 'http://127.0.0.1:8545')
    .action(async ({ rpc }: { rpc: string }) => {
      // One question first, so that an endpoint that is not there is not forty findings.
      await askNode(rpc, 'eth_chainId')
      const findings = await runChecks(createEndpoint(rpc))
      console.log(report(findings))
      const failed = findings.filter(({ outcome }) => outcome === 'failed').length
      if (failed > 0) throw new CodedError('unhealthy', `${failed} checks failed`)
    })
}

/** A row for each tool, the score, and a line for each check that did not pass. */
export function report(findings: readonly Finding[]): string {
  const tools = [...new Set(findings.map(({ check }) => check.tool))]
  const count = (outcome: Finding['outcome'], tool?: string) =>
    findings.filter((one) => one.outcome === outcome && (!tool || one.check.tool === tool)).length
  const rows = tools.map((tool) => [
    tool,
    ...(['ok', 'failed', 'skipped'] as const).map((outcome) => String(count(outcome, tool))),
  ])
  const judged = count('ok') + count('failed')
  const score = judged === 0 ? 0 : Math.floor((100 * count('ok')) / judged)
  const remarks = findings
    .filter(({ outcome }) => outcome !== 'ok')
    .map(({ check, outcome, why }) => `${outcome} ${check.tool}: ${check.name}\n       ${why}`)
  return [
    formatTable([['tool', 'ok', 'failed', 'skipped'], ...rows]),
    `score ${score} of 100: ${count('ok')} of ${judged} checks; ${count('skipped')} found nothing to look at`,
    ...remarks,
  ].join('\n\n')
}
