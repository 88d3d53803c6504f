// The same request over and over on kept-alive connections: how many answers come in a second.
import { connect, type Socket } from 'node:net'

const CONNECTIONS = 32

/** What a server made of one kind of request. */
export interface ReadResult {
  readonly perSecond: number
  /** 99 of 100 answers came within so many milliseconds. */
  readonly p99Ms: number
}

/**
 * Asks for so long, each connection again as soon as its answer is complete. Requests and the end of an answer are
 * handled as bytes, so that on a shared machine little of the time is the generator's.
 * @param url http://host:port
 */
export async function hammer(url: string, body: string, durationMs: number): Promise<ReadResult> {
  const { hostname, port, host } = new URL(url)
  const request = Buffer.from(
    `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  const timesMs: number[] = []
  const startedMs = performance.now()
  const endMs = startedMs + durationMs
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      return askUntil(socket, { request, endMs, timesMs })
    }),
  )
  const elapsedMs = performance.now() - startedMs
  const sorted = timesMs.sort((a, b) => a - b)
  return {
    perSecond: (sorted.length / elapsedMs) * 1000,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  }
}

function askUntil(
  socket: Socket,
  load: { readonly request: Buffer; readonly endMs: number; readonly timesMs: number[] },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const answer = new AnswerReader()
    let askedMs = 0
    const ask = () => {
      askedMs = performance.now()
      socket.write(load.request)
    }
    socket.once('connect', ask)
    socket.on('data', (chunk) => {
      if (!answer.isCompletedBy(chunk)) return
      const nowMs = performance.now()
      load.timesMs.push(nowMs - askedMs)
      if (nowMs < load.endMs) return ask()
      socket.end()
      resolve()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the server closed a kept-alive connection')))
  })
}

const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n')

/** Finds the ends of HTTP answers, of a stated length or chunked. */
class AnswerReader {
  #head: Buffer = Buffer.alloc(0)
  /** Bytes that are still to come; undefined before the head is complete or in a chunked answer. */
  #missing: number | undefined
  #isChunked = false
  #tail: Buffer = Buffer.alloc(0)

  isCompletedBy(chunk: Buffer): boolean {
    if (this.#missing === undefined && !this.#isChunked) return this.#readHead(chunk)
    return this.#readBody(chunk)
  }

  #readHead(chunk: Buffer): boolean {
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    const end = bytes.indexOf('\r\n\r\n')
    this.#head = end < 0 ? bytes : Buffer.alloc(0)
    if (end < 0) return false
    const head = bytes.toString('latin1', 0, end).toLowerCase()
    const body = bytes.subarray(end + 4)
    if (!head.startsWith('http/1.1 200')) throw new Error(`unexpected answer: ${head}`)
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
    if (length === undefined) this.#isChunked = true
    else this.#missing = Number(length)
    return this.#readBody(body)
  }

  #readBody(chunk: Buffer): boolean {
    if (this.#missing !== undefined) {
      this.#missing -= chunk.length
      if (this.#missing > 0) return false
      this.#missing = undefined
      return true
    }
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-LAST_CHUNK.length)]).subarray(
      -LAST_CHUNK.length,
    )
    if (!this.#tail.equals(LAST_CHUNK)) return false
    this.#isChunked = false
    this.#tail = Buffer.alloc(0)
    return true
  }
}
