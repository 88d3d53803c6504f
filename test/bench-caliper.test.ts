// What `bench caliper` tells Caliper and reads from its log.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { benchmarkConfig, networkConfig, readReport } from '../bench/lib/caliper-files.ts'

const ROUND = ['20000', '0', '4007.2', '3.10', '0.41', '1.77', '2611.4']
const HEADING = [
  ...['Name', 'Succ', 'Fail', 'Send Rate (TPS)', 'Max Latency (s)', 'Min Latency (s)'],
  ...['Avg Latency (s)', 'Throughput (TPS)'],
]

/** A table as Caliper logs it. */
function table(...rows: readonly (readonly string[])[]): string {
  const lines = [HEADING, ...rows].map((cells) => `| ${cells.join('  | ')}   |`)
  return `2026.11.28-00:07:39.568\u001b[32m info \u001b[39m [caliper] [report-builder] \t
+-----------+-------+
${lines.join('\n|-----------|-------|\n')}
+-----------+-------+
`
}

const log = (...rows: readonly (readonly string[])[]) =>
  `${rows.map((row) => table(row)).join('')}\u001b[32m info \u001b[39m ### All test results ###\n${table(...rows)}`

describe('the bench with Caliper', () => {
  it('has each round sent at its fixed rate by the workload, which learns its part', () => {
    const config = benchmarkConfig([{ work: 'erc20', count: 400, perSecond: 90 }], {
      workers: 2,
      module: '/bench/workload.ts',
    })
    assert.deepEqual(config, {
      test: {
        name: 'busan-chain',
        workers: { number: 2 },
        rounds: [
          {
            label: 'erc20',
            txNumber: 400,
            rateControl: { type: 'fixed-rate', opts: { tps: 90 } },
            workload: { module: '/bench/workload.ts', arguments: { work: 'erc20', count: 400 } },
          },
        ],
      },
    })
    assert.deepEqual(networkConfig('http://127.0.0.1:8545'), {
      caliper: { blockchain: 'json-rpc' },
      url: 'http://127.0.0.1:8545',
    })
  })

  it('reads the rounds from the last table, not from the ones before', () => {
    const rows = [
      ['transfers', ...ROUND],
      ['erc20', ...ROUND],
    ]
    assert.deepEqual(readReport(log(...rows), 2), [HEADING, ...rows])
  })

  it('says how many rounds are there when one is missing, or all are', () => {
    assert.throws(() => readReport(log(['transfers', ...ROUND]), 2), /reports 1 of 2 rounds/)
    assert.throws(() => readReport('2026 error: socket hang up', 2), /reports 0 of 2 rounds/)
  })
})
