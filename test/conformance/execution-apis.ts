// The request and response pairs of the public execution-apis suite, on the chain that comes with them.
// `node test/conformance/execution-apis.ts [FOLDER] [PATTERN]` prints a table; PATTERN is a part of METHOD/CASE.
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createNode, importChainFile, type Node, resolveConfig } from '@busan/node'
import { silentLogger } from '@busan/telemetry'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { misfit } from '../../packages/rpc/test/misfit.ts'
import { VECTORS } from './fixture-chain.ts'

/** The folder of the suite beside the repository. */
export const SUITE = join(VECTORS, 'execution-apis')

/** Why the suite is skipped where it is not laid out; false where it is. */
export const SKIP_WITHOUT_SUITE: string | false = existsSync(join(SUITE, 'chain.rlp'))
  ? false
  : `no execution-apis suite at ${SUITE}: put its tests folder there, or name the parent in BUSAN_VECTORS`

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** What came back for a request. */
export interface Answer {
  readonly result?: Json
  readonly error?: { readonly code: number; readonly message?: string; readonly data?: Json }
}

interface Exchange {
  readonly request: { readonly method: string }
  readonly want: Answer
}

/** One file: requests in order, each with the answer that is wanted. */
export interface Case {
  /** `METHOD/NAME`. */
  readonly name: string
  readonly method: string
  /** Results need only fit the schema; errors are compared all the same. */
  readonly isSpecOnly: boolean
  readonly exchanges: readonly Exchange[]
}

/** A node on the imported chain of a suite. */
export interface SuiteNode {
  /** What differs from the case; empty: nothing. */
  run(one: Case): Promise<readonly string[]>
  /** The answer to a request of one's own. */
  ask(method: string, params: readonly unknown[]): Promise<Answer>
  close(): Promise<void>
}

/** Every case of a suite in its order: methods, then names. */
export function readCases(folder: string): readonly Case[] {
  return globSync(join(folder, '*/*.io'))
    .sort()
    .map((file) => {
      const name = relative(folder, file).replace(/\.io$/, '')
      const lines = readFileSync(file, 'utf8').split('\n')
      const take = (mark: string) =>
        lines.filter((line) => line.startsWith(mark)).map((line) => JSON.parse(line.slice(3)))
      const wants: Answer[] = take('<< ')
      return {
        name,
        method: name.split('/')[0] as string,
        isSpecOnly: lines.some((line) => /^\/\/\s*speconly:/.test(line)),
        exchanges: take('>> ').map((request, index) => ({ request, want: wants[index] as Answer })),
      }
    })
}

/** Imports the suite's chain with every check, moves to the heads that it names and serves it over HTTP. */
export async function startSuiteNode(folder: string): Promise<SuiteNode> {
  const dataPath = mkdtempSync(join(tmpdir(), 'busan-execution-apis-'))
  const genesisFile = join(folder, 'genesis.json')
  const chain = { dataPath, genesisFile, logger: silentLogger }
  const { head } = await importChainFile(chain, join(folder, 'chain.rlp'))
  const node = await startNode(dataPath)
  const url = node.addresses().http as string
  await checkHeads(url, folder, head.hash)
  const validators = readValidators(join(folder, 'openrpc.json'))
  return {
    async run({ exchanges, isSpecOnly }) {
      const problems: string[] = []
      for (const { request, want } of exchanges) {
        const got = await post(url, request)
        const validate = isSpecOnly ? validators(request.method) : undefined
        problems.push(...compareAnswers(got, want, validate))
        const problem = misfit(request.method, got)
        if (problem !== undefined) problems.push(problem)
      }
      return problems
    },
    ask: (method, params) => post(url, { jsonrpc: '2.0', id: 1, method, params }),
    async close() {
      await node.stop()
      rmSync(dataPath, { recursive: true })
    },
  }
}

function startNode(dataPath: string): Promise<Node> {
  return createNode({
    config: resolveConfig({
      flags: {
        engine: 'import',
        'data-path': dataPath,
        'rpc-http-enabled': 'true',
        'rpc-http-port': '0',
        'rpc-http-api': 'eth,net,web3,txpool,debug,trace,ots,testing',
      },
    }),
    logger: silentLogger,
    clientVersion: 'Busan/v0.0.0/test/node',
    allowlistFiles: { read: async () => ({}), write: async () => {} },
    onFatal(error) {
      throw error
    },
  })
}

/** The forkchoice of the suite must be the node's: an imported chain is final to its end. */
async function checkHeads(url: string, folder: string, headHash: string): Promise<void> {
  const [heads] = JSON.parse(readFileSync(join(folder, 'headfcu.json'), 'utf8')).params
  const wanted = {
    latest: heads.headBlockHash,
    safe: heads.safeBlockHash,
    finalized: heads.finalizedBlockHash,
  }
  for (const [tag, hash] of Object.entries(wanted)) {
    const request = { jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: [tag, false] }
    const { result } = (await post(url, request)) as { result?: { hash: string } }
    if (result?.hash === hash) continue
    throw new Error(`${tag} is ${result?.hash}, the suite says ${hash}; imported up to ${headHash}`)
  }
}

async function post(url: string, request: object): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  })
  return (await response.json()) as Answer
}

function readValidators(file: string): (method: string) => ValidateFunction | undefined {
  const { methods } = JSON.parse(readFileSync(file, 'utf8')) as {
    methods: { name: string; result: { schema: object } }[]
  }
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  return (method) => {
    const schema = methods.find(({ name }) => name === method)?.result.schema
    return schema && ajv.compile(schema)
  }
}

function compareAnswers(
  got: Answer,
  want: Answer,
  validate: ValidateFunction | undefined,
): string[] {
  if (want.error !== undefined) {
    if (got.error === undefined) return [`got ${show(got.result)}, want ${show(want.error)}`]
    const { message: _got, ...ours } = got.error
    const { message: _want, ...theirs } = want.error
    return isDeepStrictEqual(ours, theirs)
      ? []
      : [`error: got ${show(got.error)}, want ${show(want.error)}`]
  }
  if (got.error !== undefined) return [`got ${show(got.error)}, want ${show(want.result)}`]
  if (validate === undefined) return differences(got.result, want.result, 'result')
  if (validate(got.result)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `schema: ${instancePath} ${message} ${show(params)}`,
  )
}

/** Where two answers differ, by path. */
function differences(got: Json | undefined, want: Json | undefined, path: string): string[] {
  if (isDeepStrictEqual(got, want)) return []
  if (!isNode(got) || !isNode(want) || Array.isArray(got) !== Array.isArray(want)) {
    return [`${path}: got ${show(got)}, want ${show(want)}`]
  }
  const ours = got as Record<string, Json>
  const theirs = want as Record<string, Json>
  return [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].flatMap((key) =>
    differences(ours[key], theirs[key], `${path}.${key}`),
  )
}

function isNode(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

async function main(folder: string, pattern: string): Promise<void> {
  const node = await startSuiteNode(folder)
  const rows = new Map<string, { passed: number; count: number }>()
  try {
    for (const one of readCases(folder).filter(({ name }) => name.includes(pattern))) {
      const problems = await node.run(one)
      const row = rows.get(one.method) ?? { passed: 0, count: 0 }
      row.count++
      if (problems.length === 0) row.passed++
      else console.log(`✖ ${one.name}\n    ${problems.slice(0, 6).join('\n    ')}`)
      rows.set(one.method, row)
    }
  } finally {
    await node.close()
  }
  const total = { passed: 0, count: 0 }
  for (const [method, { passed, count }] of rows) {
    console.log(`${method.padEnd(45)} ${String(passed).padStart(4)} of ${count}`)
    total.passed += passed
    total.count += count
  }
  console.log(`${'all'.padEnd(45)} ${String(total.passed).padStart(4)} of ${total.count}`)
  process.exitCode = total.passed === total.count ? 0 : 1
}

if (import.meta.main) await main(process.argv[2] ?? SUITE, process.argv[3] ?? '')
