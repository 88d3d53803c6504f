import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import path from 'node:path'

/** A node running as a child process; its log is NAME/node.log in the network folder. */
export interface NodeProcess {
  readonly name: string
  readonly pid: number | undefined
  /** Called once if the process ends without `stop`, with a line that says how to start it again. */
  onUnexpectedEnd(listener: (message: string) => void): void
  /** SIGTERM, then SIGKILL after 20 s. */
  stop(): Promise<void>
}

const STOP_DEADLINE_MS = 20_000
const BUSAN = path.join(import.meta.dirname, '..', '..', 'bin', 'busan.cjs')

/** Starts `busan node` for one folder of a network. The child ends when this process does. */
export function startNodeProcess(
  folder: string,
  name: string,
  settings: Readonly<Record<string, string | number>> = {},
): NodeProcess {
  const config = path.join(folder, name, 'config.toml')
  const flags = Object.entries(settings).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  const log = openSync(path.join(folder, name, 'node.log'), 'a', 0o600)
  const child = spawn(process.execPath, [BUSAN, 'node', '--config', config, ...flags], {
    stdio: ['ignore', log, log, 'ipc'],
  })
  let stopping = false
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  return {
    name,
    pid: child.pid,
    onUnexpectedEnd(listener) {
      void ended.then((reason) => {
        if (!stopping)
          listener(
            `${name} ended (${reason}); see ${name}/node.log. Start it again: busan node --config ${config}`,
          )
      })
    },
    async stop() {
      stopping = true
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
      await ended
      clearTimeout(force)
    },
  }
}
