import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { accept } from '@busan/primitives'
import metaSchema from '@open-rpc/meta-schema'
import { Ajv } from 'ajv'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { METHODS } from '../../packages/rpc/src/methods.ts'
import type { OpenRpcDocument } from '../../packages/rpc/src/openrpc.ts'
import type { NodePermissions } from '../../packages/rpc/src/ports.ts'
import { call, send } from '../../packages/rpc/test/client.ts'
import { alice, startNode, type TestNode } from '../../packages/rpc/test/fixture.ts'
import { VECTORS } from './fixture-chain.ts'
import { fill, requestsOf } from './sample-requests.ts'

const OPENRPC = join(VECTORS, 'execution-apis/openrpc.json')

/** Always an error here: the node holds no keys and builds by consensus. */
const ALWAYS_ERRORS = new Set([
  'eth_sendTransaction',
  'eth_sign',
  'eth_signTransaction',
  'eth_signTypedData',
  'eth_signTypedData_v4',
  'testing_buildBlockV1',
])

/** What changes the node or needs a connection; tests of their own hold their answers against the definitions too. */
const ASKED_ELSEWHERE = new Set([
  'eth_sendRawTransaction',
  'eth_sendRawTransactionSync',
  'eth_subscribe',
  'eth_unsubscribe',
])

let node: TestNode
let document: OpenRpcDocument
let requests: Record<string, unknown[][]>
before(async () => {
  const permissions: NodePermissions = {
    nodes: () => new Set(['12D3KooWOther']),
    accounts: () => new Set([alice.address.toLowerCase()]),
    reload: async () => {},
    change: async () => accept(null),
  }
  node = await startNode({ permissions })
  document = await call<OpenRpcDocument>(node, 'rpc_discover')
  const hashes = await fill(node)
  const newFilter = (name: string, ...params: unknown[]) => call<string>(node, name, ...params)
  requests = requestsOf(node, hashes, {
    logs: await newFilter('eth_newFilter', { fromBlock: 'earliest' }),
    blocks: await newFilter('eth_newBlockFilter'),
    pending: await newFilter('eth_newPendingTransactionFilter'),
  })
})
after(() => node.close())

/** What does not hold of the answers to all requests of a method; its parameters and its result are checked. */
async function problemsOf(
  name: string,
  validate: {
    readonly params: readonly ValidateFunction[]
    readonly results: readonly ValidateFunction[]
  },
): Promise<readonly string[]> {
  const problems: string[] = []
  for (const params of requests[name] ?? []) {
    const shown = `${name} ${JSON.stringify(params).slice(0, 300)}`
    for (const [index, check] of validate.params.entries()) {
      if (params[index] !== undefined && !check(params[index])) {
        problems.push(`${shown}: parameter ${index}: ${reasons(check)}`)
      }
    }
    const { result, error } = await send(node, name, params)
    if (error !== undefined) problems.push(`${shown}: ${error.message}`)
    for (const check of error === undefined ? validate.results : []) {
      if (!check(result)) problems.push(`${shown}: ${reasons(check)}`)
    }
  }
  return problems
}

function reasons({ errors }: ValidateFunction): string {
  const each = errors?.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
  return each?.slice(0, 6).join('; ') ?? ''
}

test('the served description is an OpenRPC document of exactly the methods', () => {
  const { openrpcDocument } = metaSchema as unknown as { openrpcDocument: object }
  const { $schema: _, ...schema } = openrpcDocument as Record<string, unknown>
  const rules = new Ajv({ strict: false, allErrors: true, formats: { uri: true } })
  const validate = rules.compile(withoutMetaSchema(schema))
  assert.ok(validate(document), reasons(validate))
  const names = document.methods.map(({ name }) => name)
  assert.deepEqual(names, METHODS.map(({ name }) => name).toSorted())
  const text = JSON.stringify(document)
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(name in document.components.schemas, name)
  }
  assert.doesNotMatch(text, /\$defs/)
})

test('every parameter has a name of its own', () => {
  for (const { name, params, names } of METHODS) {
    assert.equal(names.length, params.def.items.length, name)
    assert.equal(new Set(names).size, names.length, name)
  }
})

test('requests and answers have the shapes of the served description and of the Ethereum API', async (context) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema({ ...document, $id: 'busan:rpc' })
  const compile = (path: string) => ajv.compile({ $ref: `busan:rpc#/methods/${path}/schema` })
  const external = ethereumApi()
  const problems: string[] = []
  for (const [index, { name, params }] of document.methods.entries()) {
    if (ALWAYS_ERRORS.has(name) || ASKED_ELSEWHERE.has(name)) continue
    if ((requests[name]?.length ?? 0) === 0) problems.push(`${name}: no request in this test`)
    const validate = {
      params: params.map((_, position) => compile(`${index}/params/${position}`)),
      results: [compile(`${index}/result`), external.get(name)].filter(
        (each) => each !== undefined,
      ),
    }
    problems.push(...(await problemsOf(name, validate)))
  }
  const count = Object.values(requests).reduce((sum, rows) => sum + rows.length, 0)
  context.diagnostic(
    `${document.methods.length} methods, ${count} answers checked; ${external.size || 'no'} methods of ${OPENRPC}`,
  )
  assert.deepEqual(problems, [])
})

/** Validators of results by method; none where the description is not laid out. */
function ethereumApi(): ReadonlyMap<string, ValidateFunction> {
  if (!existsSync(OPENRPC)) return new Map()
  // An empty list is a list of hashes and of logs: "one of" would refuse it.
  const text = readFileSync(OPENRPC, 'utf8').replaceAll('"oneOf"', '"anyOf"')
  const { methods } = JSON.parse(text) as OpenRpcDocument
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  return new Map(methods.map(({ name, result }) => [name, ajv.compile(result.schema)]))
}

/** The meta schema refers to JSON Schema's own by an address; what a schema may say is checked when it is compiled. */
function withoutMetaSchema(schema: object): object {
  return JSON.parse(
    JSON.stringify(schema).replaceAll(
      /\{"\$ref":"https:\/\/meta\.json-schema\.tools[^"]*"\}/g,
      'true',
    ),
  )
}
