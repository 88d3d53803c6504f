import path from 'node:path'
import { CodedError, errorMessage } from '@busan/primitives'
import { type AuditFinding, auditAt, type CityAudit } from '@busan/sdk'
import { Command } from 'commander'
import { parseBlock } from '../parse-block.ts'
import { readJsonFile } from '../read-file.ts'
import { formatTable } from '../table.ts'

interface AuditSettings {
  readonly rpcUrl: string
  readonly block?: bigint
  readonly fromBlock?: bigint
  readonly deploymentId: string
  readonly addresses?: string
  readonly json?: boolean
}

const DEPLOYMENTS = path.join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  '..',
  'ignition',
  'deployments',
)

/** `busan city audit`: recomputes the city's books at a block; exit 1 when something differs. */
export function auditCommand(): Command {
  return new Command('audit')
    .description(
      'recompute reserves, vouchers and the books of the fund from public data; exit 1 on a difference',
    )
    .option(
      '--rpc, --rpc-url <url>',
      'JSON-RPC of any node that has state of the block',
      'http://127.0.0.1:8545',
    )
    .option('--block <number>', 'what holds after this block (default: the latest)', parseBlock)
    .option('--from-block <number>', 'first block of events (default: the deployment)', parseBlock)
    .option('--deployment-id <id>', 'folder in ignition/deployments', 'chain-51053')
    .option('--addresses <file>', 'deployed_addresses.json, in place of a folder')
    .option('--json', 'print the whole report as JSON')
    .action(audit)
}

async function audit(settings: AuditSettings): Promise<void> {
  const { deploymentId, addresses } = settings
  const file = addresses ?? path.join(DEPLOYMENTS, deploymentId, 'deployed_addresses.json')
  const report = await read(settings, await readJsonFile(file, 'addresses of the contracts'))
  console.log(settings.json === true ? formatJson(report) : formatReport(report))
  if (differing(report).length > 0) process.exitCode = 1
}

/** @throws CodedError `node-unreachable`: whatever keeps the books from being read is no difference */
async function read(settings: AuditSettings, addresses: unknown): Promise<CityAudit> {
  const { rpcUrl, block, fromBlock } = settings
  const bounds = {
    ...(block === undefined ? {} : { block }),
    ...(fromBlock === undefined ? {} : { fromBlock }),
  }
  try {
    return await auditAt(rpcUrl, addresses, bounds)
  } catch (cause) {
    const [reason] = errorMessage(cause).split('\n')
    const next =
      'nothing is known of the books: check the addresses, or ask a node that has these blocks'
    throw new CodedError('node-unreachable', `cannot audit at ${rpcUrl}: ${reason}; ${next}`, {
      cause,
    })
  }
}

/** Amounts as decimal text, since JSON has no whole numbers of this size. */
function formatJson(report: CityAudit): string {
  const text = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  return JSON.stringify(report, text, 2)
}

/** The report for people: a table, then each difference with its rows and how to count again. */
function formatReport(report: CityAudit): string {
  const { blockNumber, blockHash, chainId, timestamp, absent } = report
  const time = new Date(Number(timestamp) * 1_000).toISOString()
  const wrong = differing(report)
  return [
    `Chain ${chainId} after block ${blockNumber} of ${time}, ${blockHash}`,
    `${report.eventCount} events from block ${report.fromBlock} on, ${report.callCount} calls`,
    ...absent.map((name) => `Not deployed at this block, so not audited: ${name}`),
    '',
    formatTable([
      ['CLAIM', 'EXPECTED', '', 'FOUND', 'UNIT', 'DIFFERENCE', 'WHAT'],
      ...report.findings.map(rowOf),
    ]),
    '',
    ...wrong.flatMap(explain),
    wrong.length === 0
      ? `All ${report.findings.length} claims hold: every difference is zero.`
      : `${wrong.length} of ${report.findings.length} claims do not hold. ${NEXT}`,
  ].join('\n')
}

const NEXT =
  'Run the same audit at another node first: one that withholds events makes differences too. If they stay, ' +
  'audit earlier blocks (--block) to find the first with the difference, and read what its transactions did.'

const differing = ({ findings }: CityAudit): readonly AuditFinding[] =>
  findings.filter(({ difference }) => difference !== 0n)

function rowOf(finding: AuditFinding): readonly string[] {
  const { id, expected, relation, found, unit, difference, what } = finding
  const sign = relation === 'equal' ? '=' : '>='
  return [id, String(expected), sign, String(found), unit, String(difference), what]
}

/** Rows of one claim that are printed; JSON has all. */
const SHOWN = 10

function explain({ id, of, what, difference, differing: rows, check }: AuditFinding): string[] {
  const more = rows.length > SHOWN ? [`  ... and ${rows.length - SHOWN} more (--json)`] : []
  return [
    `${id}: not so that ${what} (difference ${difference})`,
    ...rows.slice(0, SHOWN).map((row) => `  ${row}`),
    ...more,
    `  in ${of}`,
    `  count again: ${check}`,
    '',
  ]
}
