// TCP relays between nodes: delay, jitter and stalls for kernels without netem. Bytes keep their order.
import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** What the relays do to every byte, from this moment on. */
export interface Weather {
  /** Each way, in milliseconds. */
  delayMs: number
  /** Up to this much more, drawn for each chunk. */
  jitterMs: number
}

/** One relayed way from one node to another. */
export interface RelayRoute {
  readonly listenPort: number
  readonly host: string
  readonly port: number
}

/** Running relays. */
export interface Relays {
  readonly weather: Weather
  /** Open connections: nothing passes through the one at `index` (modulo their number) for a while. */
  stall(index: number, durationMs: number): void
  connections(): number
  close(): Promise<void>
}

/** Starts a listener for each route on `address`. */
export async function startRelays(address: string, routes: readonly RelayRoute[]): Promise<Relays> {
  const weather: Weather = { delayMs: 0, jitterMs: 0 }
  const open = new Set<Conduit>()
  const servers = await Promise.all(
    routes.map((route) =>
      listen(address, route.listenPort, (caller) => {
        const conduit = createConduit(weather, caller, dial(route.port, route.host))
        open.add(conduit)
        caller.once('close', () => open.delete(conduit))
      }),
    ),
  )
  return {
    weather,
    stall: (index, durationMs) => [...open][index % Math.max(1, open.size)]?.stall(durationMs),
    connections: () => open.size,
    async close() {
      for (const conduit of open) conduit.cut()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

interface Conduit {
  stall(durationMs: number): void
  cut(): void
}

/** Joins two sockets; each direction is a queue whose chunks leave when they are due. */
function createConduit(weather: Weather, caller: Socket, callee: Socket): Conduit {
  const stalled = { untilMs: 0 }
  pump(weather, stalled, { from: caller, to: callee })
  pump(weather, stalled, { from: callee, to: caller })
  const cut = () => {
    caller.destroy()
    callee.destroy()
  }
  for (const socket of [caller, callee]) {
    socket.setNoDelay(true)
    socket.once('error', cut)
    socket.once('close', cut)
  }
  return {
    stall(durationMs) {
      stalled.untilMs = Date.now() + durationMs
    },
    cut,
  }
}

function pump(
  weather: Weather,
  stalled: { readonly untilMs: number },
  { from, to }: { from: Socket; to: Socket },
): void {
  let lastDueMs = 0
  const later = (act: () => void) => {
    const arrivesMs = Date.now() + weather.delayMs + Math.random() * weather.jitterMs
    const dueMs = Math.max(arrivesMs, lastDueMs, stalled.untilMs)
    lastDueMs = dueMs
    const waitMs = dueMs - Date.now()
    // Timers of one millisecond fire in the order of their making, so equal waits keep the order.
    setTimeout(act, Math.max(1, Math.ceil(waitMs)))
  }
  const queue: (Uint8Array | 'end')[] = []
  const leave = () => {
    const item = queue.shift()
    if (item === 'end') to.end()
    else if (item !== undefined && !to.destroyed) to.write(item)
  }
  from.on('data', (chunk) => {
    queue.push(chunk)
    later(leave)
  })
  from.on('end', () => {
    queue.push('end')
    later(leave)
  })
}

async function listen(
  host: string,
  port: number,
  onCaller: (caller: Socket) => void,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onCaller)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return server
}
