// The quick judgements, all of them even when one fails: lint and format, types, structure, Solidity lint.
import { spawnSync } from 'node:child_process'

const CHECKS = [
  { name: 'lint and format', command: ['biome', 'check', '--error-on-warnings'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'structure', command: ['node', '--test', '--test-reporter=dot', 'test/*.test.ts'] },
  { name: 'solidity lint', command: ['solhint', '--max-warnings', '0', 'contracts/**/*.sol'] },
  { name: 'solidity format', command: ['prettier', '--check', 'contracts/**/*.sol'] },
] as const

let failures = 0
for (const { name, command } of CHECKS) {
  const startedMs = performance.now()
  const [program, ...args] = command
  const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${program}`, args, {
    encoding: 'utf8',
  })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (status !== 0) {
    failures++
    console.log(`${stdout}${stderr}`)
  }
}
process.exitCode = failures > 0 ? 1 : 0
