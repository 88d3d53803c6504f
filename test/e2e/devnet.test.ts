// `busan devnet` as a person uses it: start, look, stop, start again.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { BUSAN, busan, freePorts, rpc, until } from './chain-process.ts'

let folder: string
let ports: number[]
const url = () => `http://127.0.0.1:${ports[0]}`
const flags = () => [
  '--data-path',
  path.join(folder, 'devnet'),
  '--rpc-http-port',
  String(ports[0]),
  '--rpc-ws-port',
  String(ports[1]),
]
const height = async () => Number(await rpc<string>(url(), 'eth_blockNumber'))

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'busan-devnet-'))
  ports = await freePorts(2)
})
after(() => rm(folder, { recursive: true, force: true }))

describe('busan devnet', () => {
  it('runs four validators, says where, prints blocks, stops on SIGINT and continues', async () => {
    const first = startDevnet()
    await until('third block', 60_000, height, (seen) => seen >= 3)
    await until(
      'a line per block',
      10_000,
      async () => first.output(),
      (text) => /#3 .*seals [34]\/4/.test(text),
    )
    for (const wanted of [
      url(),
      'Chain id    51053',
      'MetaMask',
      'Ctrl-C',
      '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    ]) {
      assert.ok(first.output().includes(wanted), `the banner lacks ${wanted}`)
    }
    const genesis = await rpc<{ hash: string }>(url(), 'eth_getBlockByNumber', '0x0', false)
    const reached = await height()
    assert.equal(await first.stop('SIGINT'), 0)

    const second = startDevnet()
    await until('the same chain goes on', 60_000, height, (seen) => seen > reached)
    const again = await rpc<{ hash: string }>(url(), 'eth_getBlockByNumber', '0x0', false)
    assert.equal(again.hash, genesis.hash)
    assert.equal(await second.stop('SIGTERM'), 0)
  })

  it('ends its nodes when it is killed itself', async () => {
    const devnet = startDevnet()
    await until('RPC up', 60_000, height, () => true)
    await devnet.stop('SIGKILL')
    const gone = () =>
      rpc(url(), 'eth_blockNumber').then(
        () => false,
        () => true,
      )
    await until('the RPC node is gone', 20_000, gone, (isGone) => isGone)
  })

  it('refuses a port in use and a folder made otherwise, saying what to do', async () => {
    const devnet = startDevnet()
    await until('RPC up', 60_000, height, () => true)
    const [otherHttp, otherWs] = await freePorts(2)
    const occupied = await busan(['devnet', ...flags()])
    assert.equal(occupied.code, 69)
    assert.match(occupied.output, new RegExp(`port ${ports[0]} is in use.*--rpc-http-port`))
    await devnet.stop('SIGTERM')
    const different = await busan([
      'devnet',
      '--data-path',
      path.join(folder, 'devnet'),
      '--validators',
      '5',
      '--rpc-http-port',
      String(otherHttp),
      '--rpc-ws-port',
      String(otherWs),
    ])
    assert.equal(different.code, 78)
    assert.match(different.output, /made with 4 validators; --reset/)
  })
})

function startDevnet() {
  const child: ChildProcess = spawn(process.execPath, [BUSAN, 'devnet', ...flags()], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  after(() => child.kill('SIGKILL'))
  return {
    output: () => output,
    stop(signal: NodeJS.Signals) {
      child.kill(signal)
      return ended
    },
  }
}
