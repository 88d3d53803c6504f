import { measureGas } from './contract-gas.ts'
import { hardhat } from './hardhat.ts'

/** Runs the Solidity tests through Hardhat, compares gas with what is recorded, and counts what is reported. */
export async function runSolidityTests(): Promise<{ passed: number; failed: number }> {
  console.log('\n== contracts: hardhat test solidity')
  const { code, output } = await hardhat(['test', 'solidity'])
  const passed = count(output, /(\d+) passing/g)
  const failed = count(output, /(\d+) failing/g)
  if (code !== 0 || passed === 0) {
    console.log(output)
    return { passed, failed: Math.max(failed, 1) }
  }
  const gas = await measureGas('check')
  if (gas.code === 0) return { passed: passed + 1, failed }
  console.log(`${gas.output}\nif this gas is meant: npm run contracts:gas -- --update`)
  return { passed, failed: failed + 1 }
}

function count(output: string, pattern: RegExp): number {
  return [...output.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0)
}
