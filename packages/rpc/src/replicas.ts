import {
  bytesToBigint,
  bytesToHex,
  CodedError,
  errorMessage,
  type Hex,
  keccak256,
  toQuantity,
} from '@busan/primitives'
import type { Logger } from '@busan/telemetry'
import { z } from 'zod'
import { RpcError } from './errors.ts'
import { randomId } from './random-id.ts'

/** Set on what one replica asks another: whoever gets it answers by itself, so that nothing goes in circles. */
export const REPLICA_HEADER = 'x-busan-replica'

/**
 * Nodes behind one address. A filter lives where it was made; its id says where, and the others ask there, so that a
 * client needs no sticky sessions.
 */
export interface Replicas {
  /** An id of 16 bytes at most for something that this node keeps: clients read it as a number of 256 bits. */
  newId(): Hex
  /** Whether this node answers for the id itself. */
  isOwn(id: string): boolean
  /**
   * Asks the node that keeps it.
   * @returns the result as it was sent
   * @throws RpcError `filter-not-found` when that node knows none or cannot be asked: clients make a new one then
   */
  ask(method: string, id: string): Promise<unknown>
}

const RANDOM_BITS = 96n
const ID_PATTERN = /^0x[0-9a-f]{1,32}$/i
const ASK_TIMEOUT_MS = 5_000

const answerSchema = z.union([
  z.object({ result: z.unknown().refine((result) => result !== undefined) }),
  z.object({ error: z.object({ message: z.string() }) }),
])

/** @param urls where the replicas answer, this node first, each in the same words everywhere; empty: it is alone */
export function createReplicas(urls: readonly string[], logger: Logger): Replicas {
  const [own, ...others] = urls
  if (own === undefined) {
    return { newId: randomId, isOwn: () => true, ask: () => Promise.reject(notFound()) }
  }
  const ownTag = tagOf(own)
  const urlByTag = new Map(others.map((url) => [tagOf(url), url]))
  if (urlByTag.size !== others.length || urlByTag.has(ownTag)) {
    throw new CodedError('invalid-replicas', 'a replica is named twice: name each by its one URL')
  }
  const keeperOf = (id: string): string | undefined =>
    ID_PATTERN.test(id) ? urlByTag.get(BigInt(id) >> RANDOM_BITS) : undefined
  return {
    newId: () => {
      const random = bytesToBigint(crypto.getRandomValues(new Uint8Array(12)))
      return toQuantity((ownTag << RANDOM_BITS) | random)
    },
    isOwn: (id) => keeperOf(id) === undefined,
    async ask(method, id) {
      const url = keeperOf(id)
      if (url === undefined) throw notFound()
      try {
        const answer = await post(url, { jsonrpc: '2.0', id: 1, method, params: [id] })
        if ('result' in answer) return answer.result
        logger.debug('a replica refused', { method, reason: answer.error.message })
      } catch (error) {
        // Its URL may hold an API key.
        const { host } = new URL(url)
        logger.warn('a replica cannot be asked', { host, method, error: errorMessage(error) })
      }
      throw notFound()
    },
  }
}

async function post(url: string, request: object): Promise<z.infer<typeof answerSchema>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [REPLICA_HEADER]: '1' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  })
  return answerSchema.parse(await response.json())
}

/** 32 bits that tell replicas apart. */
function tagOf(url: string): bigint {
  return BigInt(bytesToHex(keccak256(new TextEncoder().encode(url)).subarray(0, 4)))
}

function notFound(): RpcError {
  return new RpcError('filter-not-found', 'filter not found')
}
