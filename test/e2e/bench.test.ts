// The benches run and measure something; what they measure is for people to judge.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'

const DEADLINE_MS = 240_000

async function bench(...args: readonly string[]): Promise<string> {
  const command = ['bench/main.ts', ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: DEADLINE_MS })
  return stdout
}

describe('a bench', () => {
  it('runs blocks in the stock library and in both interpreters, to the same state', async () => {
    const text = await bench('execute', '--accounts', '1200', '--rounds', '1', '--work', 'storage')
    assert.match(text, /storage: blocks of 200, state roots equal/)
    assert.match(text, /^stock .*\n^ours, reference evm .*\n^ours .*/m)
  })

  it('puts a load on a chain, and finds all of it included', async () => {
    const text = await bench('chain', '--targets', 'busan-1', '--count', '400')
    assert.match(text, /^busan, 1 validator +transfers +400 +400 /m)
    assert.match(text, /^busan, 1 validator +erc20 +400 +400 /m)
  })

  it('has Caliper put the same load on the chain, and reports what both found', async () => {
    const text = await bench('caliper', '--count', '400', '--rounds', '1')
    for (const work of ['transfers', 'erc20']) {
      assert.match(text, new RegExp(`^our generator +${work} +400 +0 `, 'm'))
      assert.match(text, new RegExp(`^Caliper +${work} +400 +0 `, 'm'))
    }
  })

  it('has a node take over a chain, and weighs what a transaction leaves on disk', async () => {
    const small = ['--work', 'transfers', '--count', '400']
    assert.match(await bench('sync', ...small), /^transfers +[1-9]/m)
    assert.match(await bench('size', ...small), /^on disk, whole folder +[1-9]/m)
  })

  it('watches the rounds of a network in calm and under a storm of traces', async () => {
    const size = ['--validators', '1', '--traces', '20', '--seconds', '4', '--rounds', '1']
    const text = await bench('storm', ...size)
    assert.match(text, /^calm +[1-9].*\n^20 heavy traces at once +[1-9]/m)
    assert.match(text, /^what became of the traces: .*\d+ traced/m)
  })

  it('asks a chain for everything that it reads', async () => {
    const text = await bench('rpc', '--targets', 'busan-1', '--rounds', '1', '--ms', '50')
    for (const read of ['chainId', 'getBalance', 'call', 'block', 'fullBlock', 'logs', 'receipt']) {
      assert.match(text, new RegExp(`^${read} +busan, 1 validator +[1-9]`, 'm'))
    }
  })
})
