import { chmod, stat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { CodedError, errorMessage } from '@busan/primitives'
import type { FastifyInstance } from 'fastify'

/** An address, or a Unix socket. */
export type Place =
  | {
      readonly host: string
      /** 0 takes any free one. */
      readonly port: number
    }
  | { readonly path: string }

/**
 * Binds a server to an address or a Unix socket, which its owner alone may use.
 * @returns the port, which the machine chose when 0 was asked for; 0 for a socket
 * @throws CodedError `listen-failed`; the server is closed then
 */
export async function listen(server: FastifyInstance, place: Place): Promise<number> {
  try {
    if ('path' in place) {
      await removeStaleSocket(place.path)
      await server.listen({ path: place.path })
      await chmod(place.path, OWNER_ONLY)
      return 0
    }
    return Number(new URL(await server.listen(place)).port)
  } catch (error) {
    await server.close()
    const isTaken = (error as { readonly code?: string }).code === 'EADDRINUSE'
    const why = isTaken ? 'it is in use' : errorMessage(error)
    const fix = 'stop the program that holds it, or choose another'
    const name = 'path' in place ? place.path : `${place.host}:${place.port}`
    throw new CodedError('listen-failed', `cannot listen on ${name}: ${why}; ${fix}`, {
      details: { ...place },
      cause: error,
    })
  }
}

const OWNER_ONLY = 0o600

/** What a process that was killed has left; a socket that somebody listens on stays, and so does any other file. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isSocket() !== true) return
  const isHeld = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).once('error', () => resolve(false))
    probe.once('connect', () => probe.destroy())
  })
  if (!isHeld) await unlink(path)
}
