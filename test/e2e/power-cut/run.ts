// node test/e2e/power-cut/run.ts [--times N] [--minutes M] [--flood]: cuts the power of four validators and prints figures.
import { parseArgs } from 'node:util'
import { cutPower } from './cut-power.ts'

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '10' },
    flood: { type: 'boolean', default: false },
  },
})
const times = Number(values.times)
const minutes = Number(values.minutes)
if (!Number.isInteger(times) || times < 1 || !(minutes > 0)) {
  console.error('--times takes a whole number of cuts, --minutes the time after which none follows')
  process.exit(2)
}

const report = await cutPower({
  times,
  deadlineMs: minutes * 60_000,
  isFlooded: values.flood,
  report: console.log,
})
const sorted = [...report.recoverySeconds].sort((a, b) => a - b)
const [median, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
console.log(`
cuts             ${report.cuts}, of them ${report.cutsDuringStart} while starting
blocks           ${report.blocks}, forks ${report.forks}, validators back below a served head ${report.lostHeads}
flood            ${report.flooded} transactions sent
states           ${report.statesChecked} hashed again from disk, each equal to its header's root
served receipts  ${report.receipts}, lost ${report.lostReceipts}
signed claims    ${report.claims}, contradictions ${report.equivocations.length} (${report.heardMessages} messages heard)
recovery         median ${median?.toFixed(1)} s, worst ${worst?.toFixed(1)} s`)
for (const text of report.equivocations) console.log(text)
const wrong = report.equivocations.length + report.forks + report.lostHeads + report.lostReceipts
process.exitCode = wrong > 0 ? 1 : 0
