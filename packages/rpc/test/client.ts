import { once } from 'node:events'
import { bytesToHex } from '@busan/primitives'
import type { Wallet } from 'ethers'
import { type ClientOptions, WebSocket } from 'ws'
import { bob, CHAIN_ID, type TestNode } from './fixture.ts'
import { misfit } from './misfit.ts'

/** The answer to one request over HTTP, error or not. */
export interface RpcAnswer {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** Every answer that a test gets is held against the definition of its method. */
function requireFit(name: string, answer: RpcAnswer): void {
  const problem = misfit(name, answer)
  if (problem !== undefined) throw new Error(problem)
}

/** Sends one request and requires HTTP 200. */
export async function send(node: TestNode, method: string, params?: unknown): Promise<RpcAnswer> {
  const { status, body } = await post(node.url, { jsonrpc: '2.0', id: 1, method, params })
  if (status !== 200) throw new Error(`${method}: HTTP ${status}: ${body}`)
  const answer = JSON.parse(body) as RpcAnswer
  requireFit(method, answer)
  return answer
}

/** Sends one request and requires a result. */
export async function call<Result = unknown>(
  node: TestNode,
  method: string,
  ...params: readonly unknown[]
): Promise<Result> {
  const { result, error } = await send(node, method, params)
  if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`)
  return result as Result
}

/** POSTs text as it is, anything else as JSON. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: await response.text(), headers: response.headers }
}

/** A signed transfer or call; fees are generous. */
export async function sign(wallet: Wallet, fields: Record<string, unknown> = {}): Promise<string> {
  return wallet.signTransaction({
    type: 2,
    chainId: CHAIN_ID,
    nonce: 0,
    to: bob.address,
    value: 1n,
    gasLimit: 21_000,
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 10n ** 9n,
    ...fields,
  })
}

/** A WebSocket client that keeps what it was sent. */
export interface TestSocket {
  readonly socket: WebSocket
  request(method: string, ...params: readonly unknown[]): Promise<RpcAnswer>
  /** The next notification's params. */
  notification(): Promise<{ subscription: string; result: unknown }>
  close(): void
}

/** Connects, ready to send. */
export async function connect(url: string, options: ClientOptions = {}): Promise<TestSocket> {
  const socket = new WebSocket(url, options)
  const answers = new Map<number, (answer: RpcAnswer) => void>()
  const inbox: { subscription: string; result: unknown }[] = []
  const waiting: ((params: { subscription: string; result: unknown }) => void)[] = []
  let lastId = 0
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.method !== 'eth_subscription') return answers.get(message.id)?.(message)
    const waiter = waiting.shift()
    if (waiter === undefined) inbox.push(message.params)
    else waiter(message.params)
  })
  await once(socket, 'open')
  return {
    socket,
    async request(method, ...params) {
      const id = ++lastId
      const answer = Promise.withResolvers<RpcAnswer>()
      answers.set(id, answer.resolve)
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      const answered = await withDeadline(answer.promise, method)
      requireFit(method, answered)
      return answered
    },
    notification() {
      const received = inbox.shift()
      if (received !== undefined) return Promise.resolve(received)
      const next = Promise.withResolvers<{ subscription: string; result: unknown }>()
      waiting.push(next.resolve)
      return withDeadline(next.promise, 'notification')
    },
    close: () => socket.terminate(),
  }
}

/** Rejects when the promise takes longer than a test may wait. */
export async function withDeadline<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  const late = Promise.withResolvers<never>()
  const timeout = setTimeout(() => late.reject(new Error(`${what}: nothing within 5 s`)), 5_000)
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timeout))
}

/** ABI encoding of a call of `Error(string)`, as Solidity reverts. */
export function errorString(reason: string): string {
  const text = new TextEncoder().encode(reason)
  const word = (value: number) => value.toString(16).padStart(64, '0')
  const padded = bytesToHex(text)
    .slice(2)
    .padEnd(Math.ceil(text.length / 32) * 64, '0')
  return `0x08c379a0${word(32)}${word(text.length)}${padded}`
}
