import { errorMessage, refuse, type Verdict } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import cors from '@fastify/cors'
import fastify from 'fastify'
import { type Hash, numberToHex, toHex } from 'viem'
import { entryPoint08Address } from 'viem/account-abstraction'
import { z } from 'zod'
import { approveOperation, stubApproval } from './approve.ts'
import { type Bundler, createBundler } from './bundler.ts'
import type { Desk } from './desk.ts'
import { estimateGas } from './estimate-gas.ts'
import { includedOperation, operationReceipt } from './find-operation.ts'
import {
  formatOperation,
  type OperationRefusal,
  parseOperation,
  REFUSAL_CODES,
} from './operation.ts'

const BODY_MAX_BYTES = 65_536
const METHOD_NOT_FOUND = -32601
const INVALID_REQUEST = -32600
const INTERNAL = -32603

/** A running server. */
export interface SponsorServer {
  readonly url: string
  close(): Promise<void>
}

const REQUEST = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
})

type Answer = Verdict<unknown, OperationRefusal>
type Method = (desk: Desk, bundler: Bundler, params: readonly unknown[]) => Promise<Answer>

/**
 * Serves the bundler (ERC-7769) and the sponsor's approvals (ERC-7677) over JSON-RPC, to browsers too.
 * @param options.port 0 for a free one
 * @param options.origins web pages that may ask; all when absent
 */
export async function createSponsorServer(
  desk: Desk,
  log: Logger,
  options: { readonly host?: string; readonly port: number; readonly origins?: string[] },
): Promise<SponsorServer> {
  const bundler = createBundler(desk, log)
  const app = fastify({ bodyLimit: BODY_MAX_BYTES })
  await app.register(cors, { origin: options.origins ?? true, methods: ['POST'] })
  app.post('/', async (request) => {
    const parsed = REQUEST.safeParse(request.body)
    if (!parsed.success) {
      return failure(null, INVALID_REQUEST, 'send one JSON-RPC 2.0 request at a time')
    }
    const { id, method, params } = parsed.data
    const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
    if (run === undefined) {
      const text = `the method ${method} does not exist/is not available`
      return failure(id, METHOD_NOT_FOUND, text)
    }
    try {
      const answer = await run(desk, bundler, params)
      if (answer.ok) return { jsonrpc: '2.0', id, result: answer.value }
      return failure(id, REFUSAL_CODES[answer.reason], answer.message)
    } catch (error) {
      log.error('request failed', { method, error })
      return failure(id, INTERNAL, `could not ask the chain: ${errorMessage(error)}`)
    }
  })
  const url = await app.listen({ host: options.host ?? '127.0.0.1', port: options.port })
  return {
    url,
    async close() {
      await app.close()
      await bundler.close()
    },
  }
}

function failure(id: unknown, code: number, message: string) {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

const METHODS: Readonly<Record<string, Method>> = {
  eth_chainId: async (desk) => found(numberToHex(desk.client.chain.id)),
  eth_supportedEntryPoints: async () => found([entryPoint08Address]),
  eth_estimateUserOperationGas: withOperation(async (desk, _, operation) =>
    quantities(await estimateGas(desk, operation)),
  ),
  eth_sendUserOperation: withOperation((_, bundler, operation) => bundler.send(operation)),
  eth_getUserOperationReceipt: withHash(async (desk, _, hash) =>
    found(await operationReceipt(desk.client, hash)),
  ),
  eth_getUserOperationByHash: withHash(async (desk, bundler, hash) => {
    const included = await includedOperation(desk.client, hash)
    const waiting = bundler.pending(hash)
    if (included !== null || waiting === undefined) return found(included)
    return found({
      userOperation: formatOperation(waiting),
      entryPoint: entryPoint08Address,
      transactionHash: null,
      blockHash: null,
      blockNumber: null,
    })
  }),
  pm_getPaymasterStubData: withOperation(async (desk) =>
    quantities({ ok: true, value: await stubApproval(desk) }),
  ),
  pm_getPaymasterData: withOperation(async (desk, _, operation) =>
    quantities(await approveOperation(desk, operation)),
  ),
}

function found(value: unknown): Answer {
  return { ok: true, value }
}

/** Numbers as JSON-RPC writes them. */
function quantities(verdict: Verdict<object, OperationRefusal>): Answer {
  if (!verdict.ok) return verdict
  const entries = Object.entries(verdict.value)
  return found(
    Object.fromEntries(
      entries.map(([key, value]) => [key, typeof value === 'bigint' ? toHex(value) : value]),
    ),
  )
}

function withOperation(
  run: (
    desk: Desk,
    bundler: Bundler,
    operation: Extract<ReturnType<typeof parseOperation>, { ok: true }>['value'],
  ) => Promise<Answer>,
): Method {
  return async (desk, bundler, [value, entryPoint]) => {
    if (String(entryPoint).toLowerCase() !== entryPoint08Address.toLowerCase()) {
      return refuse('invalid-params', `the entry point here is ${entryPoint08Address} (v0.8)`)
    }
    const operation = parseOperation(value)
    return operation.ok ? run(desk, bundler, operation.value) : operation
  }
}

function withHash(run: (desk: Desk, bundler: Bundler, hash: Hash) => Promise<Answer>): Method {
  return async (desk, bundler, [hash]) => {
    const isHash = typeof hash === 'string' && /^0x[0-9a-fA-F]{64}$/.test(hash)
    if (!isHash) return refuse('invalid-params', 'a user operation hash has 32 bytes')
    return run(desk, bundler, hash.toLowerCase() as Hash)
  }
}
