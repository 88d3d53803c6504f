import { CodedError, errorMessage } from '@busan/primitives'
import type { FastifyInstance } from 'fastify'

/**
 * Binds a server to an address.
 * @returns the port, which the machine chose when 0 was asked for
 * @throws CodedError `listen-failed`; the server is closed then
 */
export async function listen(
  server: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  try {
    const url = await server.listen({ host, port })
    return Number(new URL(url).port)
  } catch (error) {
    await server.close()
    const isTaken = (error as { readonly code?: string }).code === 'EADDRINUSE'
    const why = isTaken ? 'the port is in use' : errorMessage(error)
    const fix = 'stop the program that holds it, or choose another host or port'
    throw new CodedError('listen-failed', `cannot listen on ${host}:${port}: ${why}; ${fix}`, {
      details: { host, port },
      cause: error,
    })
  }
}
