import { spawn } from 'node:child_process'

/** Runs the Solidity tests through Hardhat and counts what it reports. */
export async function runSolidityTests(): Promise<{ passed: number; failed: number }> {
  console.log('\n== contracts: hardhat test solidity')
  const { code, output } = await hardhat(['test', 'solidity'])
  const passed = count(output, /(\d+) passing/g)
  const failed = count(output, /(\d+) failing/g)
  if (code !== 0 || passed === 0) {
    console.log(output)
    return { passed, failed: Math.max(failed, 1) }
  }
  return { passed, failed }
}

function count(output: string, pattern: RegExp): number {
  return [...output.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0)
}

function hardhat(args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn('node_modules/.bin/hardhat', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
