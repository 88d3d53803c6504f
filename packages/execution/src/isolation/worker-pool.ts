import type { Worker } from 'node:worker_threads'
import { CodedError } from '@busan/primitives'
import { callTimeout, type ExecutionErrorCode } from '../errors.ts'
import {
  type IsolatedAnswer,
  type IsolatedMethod,
  type IsolatedRequest,
  type ThreadReady,
  unpackError,
} from './protocol.ts'

/** Threads that run requests, one at a time each. */
export interface WorkerPool {
  /**
   * @param timeoutMs after so long the thread that still runs it is ended; what a thread needs to start does not count
   * @throws CodedError `too-many-calls`, `call-timeout`, `call-too-large`, or what the method throws
   */
  run(method: IsolatedMethod, args: readonly unknown[], timeoutMs: number): Promise<unknown>
  /** Ends all threads; what runs rejects. */
  close(): Promise<void>
}

/** How a pool is made. */
export interface WorkerPoolOptions {
  /** Starts a thread that answers requests, see `serveExecutor`. */
  readonly start: () => Worker
  /** Threads at most; each starts when it is first needed. */
  readonly size: number
  /** Requests that may wait; more are refused at once. */
  readonly queueMax: number
  /** How long a request may wait. */
  readonly waitMaxMs: number
}

interface Task {
  readonly request: IsolatedRequest
  readonly timeoutMs: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  timer: NodeJS.Timeout | undefined
}

/** A thread beyond its time is ended this much later: it looks at the clock itself, and answers in better words. */
const GRACE_MS = 1_000

/** A thread that is not ready to answer by then never will be. */
const START_MAX_MS = 60_000

/** Starts no thread yet. */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  return new Threads(options)
}

class Threads implements WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #idle: Worker[] = []
  readonly #busy = new Map<Worker, Task>()
  /** Threads that have a task and are not ready to answer yet. */
  readonly #starting = new Set<Worker>()
  readonly #queue: Task[] = []
  #lastId = 0
  #isClosed = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
  }

  run(method: IsolatedMethod, args: readonly unknown[], timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(endedThread())
      const waiting = this.#queue.length
      if (waiting >= this.#options.queueMax) return reject(tooManyCalls(`${waiting} wait already`))
      const request = { id: ++this.#lastId, method, args }
      const task: Task = { request, timeoutMs, resolve, reject, timer: undefined }
      this.#queue.push(task)
      this.#next()
      if (this.#starting.size === 0) this.#limitWait()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const { reject, timer } of this.#queue.splice(0)) {
      clearTimeout(timer)
      reject(endedThread())
    }
    const workers = [...this.#idle, ...this.#busy.keys()]
    await Promise.all(workers.map((worker) => worker.terminate()))
  }

  #next(): void {
    const { size } = this.#options
    while (this.#queue.length > 0 && !this.#isClosed) {
      const free = this.#idle.pop() ?? (this.#busy.size < size ? this.#launch() : undefined)
      if (free === undefined) return
      this.#assign(free, this.#queue.shift() as Task)
    }
  }

  #launch(): Worker {
    const worker = this.#options.start()
    worker.unref()
    this.#starting.add(worker)
    worker.on('message', (answer: IsolatedAnswer | ThreadReady) => {
      if ('isReady' in answer) return this.#begin(worker)
      this.#settle(worker, ({ resolve, reject }) =>
        'error' in answer ? reject(unpackError(answer.error)) : resolve(answer.value),
      )
      worker.unref()
      if (!this.#isClosed) this.#idle.push(worker)
      this.#next()
    })
    worker.on('error', (error) => this.#lose(worker, lostThread(error)))
    worker.on('exit', () => this.#lose(worker, endedThread()))
    return worker
  }

  #assign(worker: Worker, task: Task): void {
    this.#busy.set(worker, task)
    worker.ref()
    this.#limitRun(worker, this.#starting.has(worker) ? START_MAX_MS : task.timeoutMs + GRACE_MS)
    worker.postMessage(task.request)
  }

  /** The thread has started: from now on the time of its first task counts, and that of the tasks behind it. */
  #begin(worker: Worker): void {
    this.#starting.delete(worker)
    const task = this.#busy.get(worker)
    if (task !== undefined) this.#limitRun(worker, task.timeoutMs + GRACE_MS)
    this.#limitWait()
  }

  #limitRun(worker: Worker, limitMs: number): void {
    const task = this.#busy.get(worker) as Task
    clearTimeout(task.timer)
    task.timer = setTimeout(() => {
      this.#settle(worker, ({ reject, timeoutMs }) => reject(callTimeout(timeoutMs)))
      void worker.terminate()
    }, limitMs).unref()
  }

  #limitWait(): void {
    for (const task of this.#queue) {
      task.timer ??= setTimeout(() => this.#giveUp(task), this.#options.waitMaxMs).unref()
    }
  }

  #settle(worker: Worker, outcome: (task: Task) => void): void {
    const task = this.#busy.get(worker)
    if (task === undefined) return
    this.#busy.delete(worker)
    clearTimeout(task.timer)
    outcome(task)
  }

  #lose(worker: Worker, error: unknown): void {
    this.#starting.delete(worker)
    this.#settle(worker, ({ reject }) => reject(error))
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#next()
  }

  #giveUp(task: Task): void {
    const at = this.#queue.indexOf(task)
    if (at < 0) return
    this.#queue.splice(at, 1)
    task.reject(tooManyCalls(`this one has waited ${this.#options.waitMaxMs / 1000} s`))
  }
}

function tooManyCalls(why: string): CodedError<ExecutionErrorCode> {
  const advice = 'ask again later, or a node with more threads for calls'
  return new CodedError('too-many-calls', `too many calls at once: ${why}; ${advice}`)
}

function endedThread(): CodedError<ExecutionErrorCode> {
  return new CodedError('too-many-calls', 'the thread that ran this call has ended: ask again')
}

function lostThread(error: unknown): unknown {
  const code = (error as { code?: unknown }).code
  if (code !== 'ERR_WORKER_OUT_OF_MEMORY') return error
  const message = 'the call needs more memory than a call may have'
  return new CodedError<ExecutionErrorCode>('call-too-large', message)
}
