import type { WebSocket } from '@fastify/websocket'
import type { Dispatcher } from '../dispatch.ts'
import type { Caller, RpcContext } from '../method.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { createConnectionSubscriptions } from './connection-subscriptions.ts'

/** A client over WebSocket. */
export interface Connection {
  /** Finishes what is running, then closes with 1001. */
  drain(): Promise<void>
  /** Asks for a sign of life; a client that gave none since the last time is cut off. */
  ping(): void
}

/** What a connection is served with. */
export interface ConnectionPorts {
  readonly context: RpcContext
  readonly dispatcher: Dispatcher
  readonly subscriptions: Subscriptions
  readonly caller: Caller
  /** Called once, when the connection is gone. */
  readonly onClosed: () => void
}

/** Close codes of RFC 6455 and its registry. */
const GOING_AWAY = 1001
const UNSUPPORTED_DATA = 1003
const TRY_AGAIN_LATER = 1013

/** Refuses a connection that there is no room for. */
export function refuseConnection(socket: WebSocket): void {
  socket.close(TRY_AGAIN_LATER, 'too many connections')
}

/** Serves one connection: requests run side by side up to a limit, and a client that does not read is dropped. */
export function serveConnection(socket: WebSocket, ports: ConnectionPorts): Connection {
  const { limits, logger } = ports.context
  const send = (text: string) => sendOrDrop(socket, text, ports.context)
  const subscriptions = createConnectionSubscriptions(
    { subscriptions: ports.subscriptions, send },
    limits.subscriptionsPerConnection,
  )
  const caller: Caller = { ...ports.caller, subscriber: subscriptions }
  const running = new Set<Promise<void>>()
  let isAlive = true

  async function handle(message: string): Promise<void> {
    const { text: response } = await ports.dispatcher.dispatch(message, caller)
    if (response === undefined) return
    send(response)
    subscriptions.announce(response)
  }

  function start(message: string): void {
    const task = handle(message).finally(() => {
      running.delete(task)
      if (socket.isPaused && running.size < limits.requestsPerConnection) socket.resume()
    })
    running.add(task)
    if (running.size >= limits.requestsPerConnection) socket.pause()
  }

  socket.on('message', (data, isBinary) => {
    isAlive = true
    if (isBinary) socket.close(UNSUPPORTED_DATA, 'only text is supported')
    else start(String(data))
  })
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('error', (error) => logger.debug('websocket error', { error }))
  socket.on('close', () => {
    subscriptions.endAll()
    ports.onClosed()
  })

  return {
    async drain() {
      await Promise.all(running)
      socket.close(GOING_AWAY, 'server is stopping')
    },
    ping() {
      if (!isAlive) return socket.terminate()
      isAlive = false
      socket.ping()
    },
  }
}

/** What a client does not read piles up in this process, so there is an end to it. */
function sendOrDrop(socket: WebSocket, text: string, { limits, logger }: RpcContext): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount <= limits.webSocketBufferBytes) {
    socket.send(text)
    return
  }
  const bufferedBytes = socket.bufferedAmount
  logger.warn('dropped a websocket client that does not read', { bufferedBytes })
  socket.close(TRY_AGAIN_LATER, 'too slow')
}
