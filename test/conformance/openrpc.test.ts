import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { METHODS } from '../../packages/rpc/src/methods.ts'
import { send } from '../../packages/rpc/test/client.ts'
import { startNode, type TestNode } from '../../packages/rpc/test/fixture.ts'
import { VECTORS } from './fixture-chain.ts'
import { fill, requestsOf } from './sample-requests.ts'

const OPENRPC = join(VECTORS, 'execution-apis/openrpc.json')
const skip = existsSync(OPENRPC) ? false : `no description of the Ethereum API at ${OPENRPC}`

interface MethodDescription {
  readonly name: string
  readonly result: { readonly schema: object }
}

/** Methods of the description that always answer with an error here: the node holds no keys and builds by consensus. */
const ALWAYS_ERRORS = new Set([
  'eth_sendTransaction',
  'eth_sign',
  'eth_signTransaction',
  'testing_buildBlockV1',
])

let node: TestNode
before(async () => {
  node = await startNode()
})
after(() => node.close())

test('answers have the shape that the Ethereum API describes', { skip }, async (context) => {
  const hashes = await fill(node)
  const newFilter = async (name: string, params: unknown[]) =>
    (await send(node, name, params)).result as string
  const filters = {
    logs: await newFilter('eth_newFilter', [{ fromBlock: 'earliest' }]),
    blocks: await newFilter('eth_newBlockFilter', []),
    pending: await newFilter('eth_newPendingTransactionFilter', []),
  }
  const requests = requestsOf(node, hashes, filters)
  // An empty list is a list of hashes and of logs: "one of" would refuse it.
  const text = readFileSync(OPENRPC, 'utf8').replaceAll('"oneOf"', '"anyOf"')
  const { methods } = JSON.parse(text) as { methods: MethodDescription[] }
  const served = new Set(METHODS.map(({ name }) => name))
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  const problems: string[] = []
  let count = 0
  for (const { name, result } of methods) {
    if (!served.has(name) || ALWAYS_ERRORS.has(name)) continue
    const validate = ajv.compile(result.schema)
    const rows = requests[name]
    if (rows === undefined) problems.push(`${name}: no request in this test`)
    for (const params of rows ?? []) {
      const answer = await send(node, name, params)
      const shown = `${name} ${JSON.stringify(params)}`
      count++
      if (answer.error !== undefined) problems.push(`${shown}: ${answer.error.message}`)
      else if (!validate(answer.result)) {
        const why = validate.errors?.map(
          ({ instancePath, message, params: detail }) =>
            `${instancePath} ${message} ${JSON.stringify(detail)}`,
        )
        problems.push(`${shown}: ${why?.join('; ')}`)
      }
    }
  }
  context.diagnostic(`${count} answers checked`)
  assert.deepEqual(problems, [])
})
