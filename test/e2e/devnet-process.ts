// `busan devnet` as a child, for tests that need a chain as a person starts it.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BUSAN, freePorts, rpc, until } from './chain-process.ts'

/** Where a devnet lives and is reached. */
export interface DevnetPlace {
  readonly folder: string
  readonly httpPort: number
  readonly wsPort: number
  readonly url: string
  readonly wsUrl: string
  /** `busan devnet` flags for this place. */
  readonly flags: readonly string[]
  /** Removes the folder. */
  remove(): Promise<void>
}

/** A running `busan devnet`. */
export interface DevnetProcess {
  output(): string
  /** @returns the exit code; null when a signal ended it */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** A folder and two ports that nothing uses. */
export async function devnetPlace(): Promise<DevnetPlace> {
  const parent = await mkdtemp(path.join(tmpdir(), 'busan-devnet-'))
  const folder = path.join(parent, 'devnet')
  const [httpPort, wsPort] = (await freePorts(2)) as [number, number]
  const ports = ['--rpc-http-port', String(httpPort), '--rpc-ws-port', String(wsPort)]
  return {
    folder,
    httpPort,
    wsPort,
    url: `http://127.0.0.1:${httpPort}`,
    wsUrl: `ws://127.0.0.1:${wsPort}`,
    flags: ['--data-path', folder, ...ports],
    // Nodes whose devnet was killed may be writing their last bytes.
    remove: () => rm(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }),
  }
}

/**
 * Starts `busan devnet` in a place.
 * @param environment settings of its nodes, such as BUSAN_RPC_HTTP_API
 */
export function startDevnet(
  place: DevnetPlace,
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): DevnetProcess {
  const args = [BUSAN, 'devnet', ...place.flags, ...flags]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let output = ''
  const collect = (chunk: Uint8Array) => {
    output += new TextDecoder().decode(chunk)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    output: () => output,
    stop(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** Starts a devnet of its own and waits for its first blocks. */
export async function startFreshDevnet(
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ place: DevnetPlace; close(): Promise<void> }> {
  const place = await devnetPlace()
  const devnet = startDevnet(place, flags, environment)
  const height = async () => Number(await rpc<string>(place.url, 'eth_blockNumber'))
  try {
    await until('the devnet makes blocks', 90_000, height, (seen) => seen >= 2)
  } catch (error) {
    await devnet.stop('SIGKILL')
    throw new Error(`${String(error)}\n${devnet.output()}`)
  }
  return {
    place,
    async close() {
      await devnet.stop('SIGTERM')
      await place.remove()
    },
  }
}
