// `busan devnet` as a person uses it: start, look, stop, start again.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { busan, freePorts, rpc, until } from './chain-process.ts'
import { type DevnetPlace, type DevnetProcess, devnetPlace, startDevnet } from './devnet-process.ts'

let place: DevnetPlace
const started: DevnetProcess[] = []
const start = () => {
  const devnet = startDevnet(place)
  started.push(devnet)
  return devnet
}
const height = async () => Number(await rpc<string>(place.url, 'eth_blockNumber'))

beforeEach(async () => {
  place = await devnetPlace()
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((devnet) => devnet.stop('SIGKILL')))
  await place.remove()
})

describe('busan devnet', () => {
  it('runs four validators, says where, prints blocks, stops on SIGINT and continues', async () => {
    const first = start()
    await until('third block', 60_000, height, (seen) => seen >= 3)
    await until(
      'a line per block',
      10_000,
      async () => first.output(),
      (text) => /#3 .*seals [34]\/4/.test(text),
    )
    for (const wanted of [
      place.url,
      'Chain id    51053',
      'MetaMask',
      'Ctrl-C',
      '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    ]) {
      assert.ok(first.output().includes(wanted), `the banner lacks ${wanted}`)
    }
    const genesis = await rpc<{ hash: string }>(place.url, 'eth_getBlockByNumber', '0x0', false)
    const reached = await height()
    assert.equal(await first.stop('SIGINT'), 0)

    const second = start()
    await until('the same chain goes on', 60_000, height, (seen) => seen > reached)
    const again = await rpc<{ hash: string }>(place.url, 'eth_getBlockByNumber', '0x0', false)
    assert.equal(again.hash, genesis.hash)
    assert.equal(await second.stop('SIGTERM'), 0)
  })

  it('ends its nodes when it is killed itself', async () => {
    const devnet = start()
    await until('RPC up', 60_000, height, () => true)
    await devnet.stop('SIGKILL')
    const gone = () =>
      rpc(place.url, 'eth_blockNumber').then(
        () => false,
        () => true,
      )
    await until('the RPC node is gone', 20_000, gone, (isGone) => isGone)
  })

  it('refuses a port in use and a folder made otherwise, saying what to do', async () => {
    const devnet = start()
    await until('RPC up', 60_000, height, () => true)
    const [otherHttp, otherWs] = await freePorts(2)
    const occupied = await busan(['devnet', ...place.flags])
    assert.equal(occupied.code, 69)
    assert.match(occupied.output, new RegExp(`port ${place.httpPort} is in use.*--rpc-http-port`))
    await devnet.stop('SIGTERM')
    const different = await busan([
      'devnet',
      '--data-path',
      place.folder,
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
