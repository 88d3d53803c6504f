import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Dispatcher } from '../dispatch.ts'
import type { RpcPorts } from '../ports.ts'
import { REPLICA_HEADER } from '../replicas.ts'
import type { Callers, Credentials } from './callers.ts'
import { checkReadiness, defaultThresholds } from './health.ts'

const JSON_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest']

/** JSON-RPC by POST, with geth's statuses: errors of a method travel on HTTP 200. */
export function addHttpRoutes(
  server: FastifyInstance,
  { dispatcher, callers }: { readonly dispatcher: Dispatcher; readonly callers: Callers },
): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    JSON_TYPES,
    { parseAs: 'string' },
    async (_: unknown, body: unknown) => body,
  )
  for (const url of ['/', KEY_PATH]) {
    server.post(url, async (request, reply) => {
      const identified = await callers.identify(credentialsOf(request))
      if ('why' in identified) return plain(reply, identified.status, identified.why)
      const isReplica = request.headers[REPLICA_HEADER] !== undefined
      const caller = isReplica ? { ...identified.caller, isReplica } : identified.caller
      const { text, retryAfterMs } = await dispatcher.dispatch(String(request.body ?? ''), caller)
      if (retryAfterMs !== undefined) {
        reply.code(429).header('retry-after', Math.ceil(retryAfterMs / 1000))
      }
      return reply.type('application/json').send(bodyOf(text))
    })
  }
}

/** Where a partner's requests go: the only place for a key that a wallet can be given. */
export const KEY_PATH = '/k/:key'

/** What a request shows of whoever sends it. */
export function credentialsOf({ params, headers, ip }: FastifyRequest): Credentials {
  const { key } = params as { readonly key?: string }
  const { authorization, origin } = headers
  return { key, authorization, origin, address: ip }
}

/**
 * Node joins text to the headers and encodes the whole once more, and bytes it writes beside them: for a small answer
 * one write is less work, for a large one the copies are more.
 */
const TEXT_SIZE_MAX = 64 * 1024

function bodyOf(response = ''): string | Buffer {
  return response.length > TEXT_SIZE_MAX ? Buffer.from(response) : response
}

/** GET / answers 200 for load balancers; everything but POST, OPTIONS and an upgrade is refused. */
export function addPlainRoutes(server: FastifyInstance): void {
  server.options('/', async (_, reply) => reply.code(200).send())
  server.setNotFoundHandler(async (request, reply) => {
    const isRoot = request.url.split('?', 1)[0] === '/'
    return isRoot ? plain(reply, 405, 'method not allowed') : plain(reply, 404, 'not found')
  })
  server.setErrorHandler(
    async (error: { readonly code?: string; readonly statusCode?: number }, request, reply) => {
      if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
        const size = request.headers['content-length'] ?? `over ${server.initialConfig.bodyLimit}`
        const message = `content length too large (${size}>${server.initialConfig.bodyLimit})`
        await discardRest(request.raw)
        return plain(reply, 413, message)
      }
      if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
        return plain(reply, 415, 'invalid content type, only application/json is supported')
      }
      const status = error.statusCode ?? 500
      return plain(reply, status, status < 500 ? 'bad request' : 'internal error')
    },
  )
}

/** So much of a refused body is read, and for so long, that its sender gets to the answer. */
const DISCARDED_BYTES_MAX = 32 * 1024 * 1024
const DISCARD_MS_MAX = 5_000

/**
 * A connection that is closed with bytes unread is reset, and whoever is still writing sees that in place of the
 * answer (RFC 9112, 9.6).
 */
function discardRest(body: IncomingMessage): Promise<void> {
  if (body.readableEnded || body.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DISCARD_MS_MAX)
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    let sizeBytes = 0
    body.on('data', (chunk: Uint8Array) => {
      sizeBytes += chunk.length
      if (sizeBytes > DISCARDED_BYTES_MAX) done()
    })
    for (const event of ['end', 'close', 'error']) body.once(event, done)
    body.resume()
  })
}

/** The answer to GET / that is not an upgrade. */
export async function answerGet(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const hasBody = Number(request.headers['content-length'] ?? 0) > 0
  return hasBody ? plain(reply, 405, 'method not allowed') : reply.code(200).send()
}

const threshold = z.coerce.number().int().nonnegative().optional()
const readinessQuery = z.strictObject({
  minPeers: threshold,
  maxBlocksBehind: threshold,
  maxHeadAge: threshold,
})

/** Besu's health paths. /liveness: the process answers. /readiness: it should be sent requests. */
export function addHealthRoutes(
  server: FastifyInstance,
  ports: Pick<RpcPorts, 'chain' | 'network' | 'sync' | 'clock'>,
): void {
  server.get('/liveness', async () => ({ status: 'UP' }))
  server.get('/readiness', async (request, reply) => {
    const query = readinessQuery.safeParse(request.query)
    if (!query.success) {
      const [issue] = query.error.issues
      const reason = `${issue?.path.join('.') || 'query'}: ${issue?.message ?? 'invalid'}`
      return reply.code(400).send({ status: 'DOWN', reason })
    }
    const defaults = defaultThresholds(ports)
    const checks = checkReadiness(ports, {
      minPeers: query.data.minPeers ?? defaults.minPeers,
      maxBlocksBehind: query.data.maxBlocksBehind ?? defaults.maxBlocksBehind,
      maxHeadAge: query.data.maxHeadAge ?? defaults.maxHeadAge,
    })
    const failing = checks.filter((check) => !check.ok).map((check) => check.name)
    const status = failing.length === 0 ? 'UP' : 'DOWN'
    return reply.code(failing.length === 0 ? 200 : 503).send({ status, failing, checks })
  })
}

function plain(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${message}\n`)
}
