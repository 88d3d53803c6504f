import { spawn } from 'node:child_process'

/** Runs Hardhat in the repository, or in a copy of it, and collects what it prints. */
export function hardhat(
  args: readonly string[],
  cwd = process.cwd(),
): Promise<{ code: number; output: string }> {
  const child = spawn('node_modules/.bin/hardhat', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
