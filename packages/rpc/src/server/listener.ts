import cors from '@fastify/cors'
import websocket from '@fastify/websocket'
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify'
import type { Dispatcher } from '../dispatch.ts'
import type { Caller, RpcContext } from '../method.ts'
import type { Subscriptions } from '../subscriptions.ts'
import {
  type AccessRules,
  corsOrigin,
  isAllowedHost,
  isAllowedOrigin,
  isLoopback,
} from './access.ts'
import { type CallerRules, type Callers, createCallers } from './callers.ts'
import {
  addHealthRoutes,
  addHttpRoutes,
  addPlainRoutes,
  answerGet,
  credentialsOf,
  KEY_PATH,
} from './http.ts'
import { listen, type Place } from './listen.ts'
import { type Connection, refuseConnection, serveConnection } from './websocket.ts'

/** One address that is listened on, and what it serves. */
export interface ListenerOptions extends AccessRules, CallerRules {
  readonly place: Place
  /** Namespaces, such as `eth` or `admin`. */
  readonly apis: readonly string[]
  /** Allows methods that change the node on an address that other machines reach. Default: loopback only. */
  readonly allowsOperator?: boolean
}

/** Nobody but who is on this machine gets there. */
function isOwn(place: Place): boolean {
  return 'path' in place || isLoopback(place.host)
}

/** A running listener. */
export interface Listener {
  /** 0 for a Unix socket. */
  readonly port: number
  connections(): number
  close(): Promise<void>
}

/** What listeners share. */
export interface ListenerPorts {
  readonly context: RpcContext
  readonly dispatcher: Dispatcher
  readonly subscriptions: Subscriptions
}

const CORS_MAX_AGE_SECONDS = 600

/**
 * Listens for WebSocket connections and, when `transport` is `http`, for POSTed requests and health probes.
 * @throws CodedError `listen-failed`
 */
export async function createListener(
  ports: ListenerPorts,
  options: ListenerOptions & { readonly transport: 'http' | 'websocket' },
): Promise<Listener> {
  const { context, dispatcher } = ports
  const { limits } = context
  const server = fastify({
    bodyLimit: limits.requestSizeBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: 2 * limits.requestTimeoutMs,
    logger: false,
  })
  const base = {
    apis: new Set(options.apis.map((api) => api.toLowerCase())),
    isOperator: options.allowsOperator ?? isOwn(options.place),
  }
  const callers = createCallers(options, base, context.clock)
  const connections = new Set<Connection>()

  let isClosing = false
  // A connection that was busy when closing began would stay open, and hold the close up, until it times out.
  server.addHook('onSend', async (_, reply) => {
    if (isClosing) reply.header('connection', 'close')
  })
  addAccessChecks(server, ports, options)
  await server.register(cors, {
    origin: corsOrigin(options),
    methods: ['GET', 'POST'],
    maxAge: CORS_MAX_AGE_SECONDS,
    strictPreflight: false,
  })
  await server.register(websocket, {
    options: { maxPayload: limits.requestSizeBytes },
    preClose: async () => {
      await Promise.all([...connections].map((connection) => connection.drain()))
    },
  })
  addWebSocketRoutes(server, { ...ports, callers, connections })
  addPlainRoutes(server)
  if (options.transport === 'http') {
    addHttpRoutes(server, { dispatcher, callers })
    addHealthRoutes(server, context)
  }
  const port = await listen(server, options.place)
  const stopPings = pingRegularly(connections, context)
  return {
    port,
    connections: () => connections.size,
    async close() {
      stopPings()
      isClosing = true
      await closeWithin(server, context)
    },
  }
}

function addAccessChecks(
  server: FastifyInstance,
  { context }: ListenerPorts,
  rules: AccessRules,
): void {
  let isHintGiven = false
  server.addHook('onRequest', async (request, reply) => {
    const { host, origin } = request.headers
    const isHealth = /^\/(liveness|readiness)(\?|$)/.test(request.url)
    if (!isHealth && !isAllowedHost(host, rules)) {
      if (!isHintGiven) {
        const fix = 'add the name to the allowed hosts, or use an IP address'
        context.logger.warn('refused a request for an unknown Host', { host, fix })
      }
      isHintGiven = true
      return reply.code(403).type('text/plain; charset=utf-8').send('invalid host specified\n')
    }
    if (request.headers.upgrade !== undefined && !isAllowedOrigin(origin, rules)) {
      return reply.code(403).type('text/plain; charset=utf-8').send('origin not allowed\n')
    }
    return undefined
  })
}

function addWebSocketRoutes(
  server: FastifyInstance,
  ports: ListenerPorts & { readonly callers: Callers; readonly connections: Set<Connection> },
): void {
  const { connections, context, callers } = ports
  const identifiedBy = new WeakMap<FastifyRequest, Caller>()
  for (const url of ['/', '/ws', KEY_PATH]) {
    server.route({
      method: 'GET',
      url,
      handler: answerGet,
      async preValidation(request, reply) {
        if (request.headers.upgrade === undefined) return undefined
        const identified = await callers.identify(credentialsOf(request))
        if ('why' in identified) {
          return reply
            .code(identified.status)
            .type('text/plain; charset=utf-8')
            .send(`${identified.why}\n`)
        }
        identifiedBy.set(request, identified.caller)
        return undefined
      },
      wsHandler(socket, request) {
        const caller = identifiedBy.get(request)
        if (caller === undefined || connections.size >= context.limits.webSocketConnections) {
          return refuseConnection(socket)
        }
        const onClosed = () => connections.delete(connection)
        const connection = serveConnection(socket, { ...ports, caller, onClosed })
        connections.add(connection)
      },
    })
  }
}

function pingRegularly(connections: ReadonlySet<Connection>, { clock, limits }: RpcContext) {
  let timer = clock.schedule(limits.webSocketPingMs, pingAll)
  function pingAll(): void {
    for (const connection of [...connections]) connection.ping()
    timer = clock.schedule(limits.webSocketPingMs, pingAll)
  }
  return () => timer.cancel()
}

/** Requests in flight are answered; those that take too long are cut off. */
async function closeWithin(server: FastifyInstance, { clock, limits }: RpcContext): Promise<void> {
  const timer = clock.schedule(limits.closeTimeoutMs, () => {
    server.server.closeAllConnections()
    for (const client of server.websocketServer.clients) client.terminate()
  })
  await server.close().finally(() => timer.cancel())
}
