import type { Hex } from '@busan/primitives'
import websocket from '@fastify/websocket'
import fastify, { type FastifyReply } from 'fastify'
import type { Matcher } from './matcher.ts'
import type { Side } from './order-book.ts'
import {
  CANCELLATION_SCHEMA,
  parseSignedOrder,
  SIGNED_ORDER_SCHEMA,
  type SignedOrderText,
  toJson,
} from './order-text.ts'

const BODY_MAX_BYTES = 4_096
const FEED_MAX_CLIENTS = 256
const FEED_MAX_BUFFERED_BYTES = 1_048_576

/** A running server. */
export interface ExchangeServer {
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves a matcher over REST (`POST /orders`, `POST /cancellations`, `GET /depth`, `GET /trades`) and WebSocket
 * (`/feed`: each message is an array of trades).
 * @param options.port 0 for a free one
 */
export async function createExchangeServer(
  matcher: Matcher,
  options: { readonly host?: string; readonly port: number },
): Promise<ExchangeServer> {
  const app = fastify({ bodyLimit: BODY_MAX_BYTES })
  await app.register(websocket, { options: { maxPayload: BODY_MAX_BYTES } })
  app.post('/orders', { schema: { body: SIGNED_ORDER_SCHEMA } }, async (request, reply) =>
    answer(reply, await matcher.place(parseSignedOrder(request.body as SignedOrderText))),
  )
  app.post('/cancellations', { schema: { body: CANCELLATION_SCHEMA } }, async (request, reply) => {
    const { orderId, signature } = request.body as { orderId: Hex; signature: Hex }
    return answer(reply, await matcher.cancel(orderId, signature))
  })
  app.get('/depth', { schema: { querystring: DEPTH_SCHEMA } }, async (request, reply) => {
    const { levels } = request.query as { levels: number }
    const of = (side: Side) => matcher.depth(side, levels)
    return sendJson(reply, { buy: of('buy'), sell: of('sell') })
  })
  app.get('/trades', { schema: { querystring: TRADES_SCHEMA } }, async (request, reply) => {
    const { after, limit } = request.query as { after: number; limit: number }
    return sendJson(reply, matcher.trades(after, limit))
  })
  app.get('/feed', { websocket: true }, (socket) => {
    const clients = app.websocketServer.clients
    if (clients.size > FEED_MAX_CLIENTS) socket.close(1013, 'too many clients')
  })
  matcher.onTrades((trades) => {
    const text = toJson(trades)
    for (const client of app.websocketServer.clients) {
      // A reader that does not keep up asks /trades for what it missed.
      if (client.bufferedAmount > FEED_MAX_BUFFERED_BYTES) client.terminate()
      else if (client.readyState === client.OPEN) client.send(text)
    }
  })
  const url = await app.listen({ host: options.host ?? '127.0.0.1', port: options.port })
  return { url, close: () => app.close() }
}

const DEPTH_SCHEMA = {
  type: 'object',
  properties: { levels: { type: 'integer', minimum: 1, maximum: 100, default: 10 } },
}

const TRADES_SCHEMA = {
  type: 'object',
  properties: {
    after: { type: 'integer', minimum: 0, default: 0 },
    limit: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
  },
}

type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string; readonly message: string }

function answer(reply: FastifyReply, verdict: Answer): FastifyReply {
  if (verdict.ok) return sendJson(reply, verdict.value)
  return sendJson(reply.code(422), { reason: verdict.reason, message: verdict.message })
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json').send(toJson(value))
}
