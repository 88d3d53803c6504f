import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveConfig } from '@busan/node'
import { isCodedError } from '@busan/primitives'

const required = { 'data-path': '/data', 'genesis-file': '/genesis.json' }
const problemsOf = (sources: Parameters<typeof resolveConfig>[0]): string => {
  try {
    resolveConfig(sources)
  } catch (error) {
    assert.ok(isCodedError(error, 'invalid-config'))
    return error.message
  }
  return ''
}

describe('resolveConfig', () => {
  it('prefers flags to environment to file to default', () => {
    const file = { ...required, 'rpc-http-port': 1, 'rpc-ws-port': 1, 'p2p-port': 1 }
    const environment = { BUSAN_RPC_HTTP_PORT: '2', BUSAN_RPC_WS_PORT: '2', PATH: '/bin' }
    const config = resolveConfig({ file, environment, flags: { 'rpc-http-port': '3' } })
    assert.equal(config['rpc-http-port'], 3)
    assert.equal(config['rpc-ws-port'], 2)
    assert.equal(config['p2p-port'], 1)
    assert.equal(config['metrics-port'], 9545)
  })
  it('listens on loopback only unless told otherwise', () => {
    const config = resolveConfig({ flags: required })
    for (const name of ['p2p-host', 'rpc-http-host', 'rpc-ws-host', 'metrics-host'] as const) {
      assert.equal(config[name], '127.0.0.1')
    }
    assert.equal(config['rpc-http-enabled'], false)
    assert.ok(!config['rpc-http-api'].includes('admin'))
  })
  it('refuses unknown names with the one that was meant, all at once', () => {
    const message = problemsOf({
      file: { ...required, 'rpc-htp-port': 1 },
      environment: { BUSAN_DATA_PTH: 'x' },
    })
    assert.match(message, /rpc-htp-port".*did you mean rpc-http-port\?/)
    assert.match(message, /BUSAN_DATA_PTH: unknown setting, did you mean BUSAN_DATA_PATH\?/)
  })
  it('names the origin of a wrong value', () => {
    assert.match(
      problemsOf({ flags: { ...required, 'rpc-http-port': '70000' } }),
      /--rpc-http-port:/,
    )
    assert.match(
      problemsOf({ flags: required, environment: { BUSAN_P2P_PORT: 'many' } }),
      /BUSAN_P2P_PORT:/,
    )
    assert.match(problemsOf({}), /--data-path is required/)
  })
  it('reads lists from text and from arrays', () => {
    const config = resolveConfig({
      file: { ...required, bootnodes: ['a', 'b'] },
      flags: { 'rpc-http-api': 'ETH, net' },
    })
    assert.deepEqual(config.bootnodes, ['a', 'b'])
    assert.deepEqual(config['rpc-http-api'], ['eth', 'net'])
  })
})
