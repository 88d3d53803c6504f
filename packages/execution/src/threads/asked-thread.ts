import { Worker } from 'node:worker_threads'

/** What crosses: plain data, with the number that tells which question an answer belongs to. */
export type Numbered<Content> = Content & { readonly id: number }

/** A thread that answers questions, in whatever order. */
export interface AskedThread<Question, Answer> {
  /**
   * Rejects when the thread is lost.
   * @param transfer buffers that move there and are gone here
   */
  ask(question: Question, transfer?: readonly ArrayBuffer[]): Promise<Answer>
  close(): Promise<void>
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Starts the thread; it keeps no process alive while nobody waits.
 * @param onFailure called once when the thread is lost; what it was asked rejects, then and later
 */
export function createAskedThread<Question extends object, Answer>(
  entry: URL,
  onFailure: (error: unknown) => void,
): AskedThread<Question, Answer> {
  const worker = new Worker(entry)
  worker.unref()
  const waiting = new Map<number, Waiting<Answer>>()
  let lastId = 0
  let failure: unknown
  let isClosing = false
  const fail = (error: unknown): void => {
    if (failure === undefined && !isClosing) onFailure(error)
    failure ??= error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', (answer: Numbered<Answer>) => {
    waiting.get(answer.id)?.resolve(answer)
    waiting.delete(answer.id)
    if (waiting.size === 0) worker.unref()
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread has ended')))
  return {
    ask: async (question, transfer = []) => {
      if (failure !== undefined) throw failure
      const id = ++lastId
      const answer = new Promise<Answer>((resolve, reject) => {
        waiting.set(id, { resolve, reject })
      })
      worker.ref()
      worker.postMessage({ ...question, id }, [...transfer])
      return answer
    },
    close: async () => {
      isClosing = true
      await worker.terminate()
    },
  }
}
