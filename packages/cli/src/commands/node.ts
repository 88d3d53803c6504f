import { open, rename } from 'node:fs/promises'
import path from 'node:path'
import {
  type CreateNodeOptions,
  createNode,
  NODE_OPTIONS,
  type NodeConfig,
  type NodeOption,
  resolveConfig,
} from '@busan/node'
import { CodedError, errorMessage } from '@busan/primitives'
import { createLogger } from '@busan/telemetry'
import { Command, Option } from 'commander'
import { parse as parseToml, stringify as tomlOf } from 'smol-toml'
import { reportFailure } from '../failure.ts'
import { readTextFile } from '../read-file.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { CLIENT_VERSION } from '../version.ts'

/** Settings whose value is a path; in a file they are relative to that file. */
const PATH_OPTIONS = [
  'data-path',
  'genesis-file',
  'node-private-key-file',
  'key-password-file',
  'p2p-identity-file',
  'permissions-nodes-config-file',
  'permissions-accounts-config-file',
]

/** `busan node`: run one node. Every setting may stand in the file, in BUSAN_* or on the command line. */
export function nodeCommand(): Command {
  const command = new Command('node')
    .description('run a node: a validator when it has a key, else an RPC node')
    .addOption(
      new Option('--config <file>', 'TOML or JSON file; keys are the flag names below').env(
        'BUSAN_CONFIG',
      ),
    )
  for (const [name, option] of Object.entries(NODE_OPTIONS) as [string, NodeOption][]) {
    const value =
      option.placeholder === undefined ? '[true|false]' : `<${option.placeholder.toLowerCase()}>`
    const variable = `BUSAN_${name.toUpperCase().replaceAll('-', '_')}`
    command.addOption(
      new Option(`--${name} ${value}`, `${option.description} (env ${variable})`)
        .preset('true')
        .helpGroup(`${option.group}:`),
    )
  }
  return command.action(async (_, self: Command) => {
    const config = await readConfig(self)
    await runNode(config)
  })
}

async function readConfig(command: Command): Promise<NodeConfig> {
  const { config: file, ...camelFlags } = command.opts<Record<string, string>>()
  const flags = Object.fromEntries(
    Object.entries(camelFlags).map(([name, value]) => [kebab(name), value]),
  )
  return resolveConfig({
    ...(file === undefined ? {} : { file: await readConfigFile(file) }),
    environment: process.env,
    flags,
  })
}

/** Reads settings from TOML, or JSON when the name ends so. @throws CodedError `invalid-config` */
async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  const text = await readTextFile(file, 'configuration')
  let settings: Record<string, unknown>
  try {
    settings = file.endsWith('.json') ? JSON.parse(text) : parseToml(text)
  } catch (cause) {
    throw new CodedError('invalid-config', `${file}: ${errorMessage(cause)}`, { cause })
  }
  for (const name of PATH_OPTIONS) {
    const value = settings[name]
    if (typeof value === 'string') settings[name] = path.resolve(path.dirname(file), value)
  }
  return settings
}

/** The permissions files; a crash leaves the old content or the new. */
const allowlistFiles: CreateNodeOptions['allowlistFiles'] = {
  read: async (file) => parseToml(await readTextFile(file, 'permissions')),
  async write(file, content) {
    const next = `${file}.next`
    const handle = await open(next, 'w', 0o600)
    try {
      await handle.writeFile(`${tomlOf(content)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(next, file)
  },
}

async function runNode(config: NodeConfig): Promise<void> {
  const logger = createLogger({ level: config.logging, format: config['log-format'] })
  const fatal = Promise.withResolvers<never>()
  // It may come before anyone waits for it.
  fatal.promise.catch(() => {})
  const onFatal = fatal.reject
  const options = { config, logger, clientVersion: CLIENT_VERSION, allowlistFiles, onFatal }
  const node = await createNode(options)
  const stopped = stopOnSignals((reason) => {
    logger.info('stopping', { reason })
    return node.stop()
  })
  try {
    await Promise.race([stopped, fatal.promise])
  } catch (error) {
    reportFailure(error)
    await node.stop()
    process.exit(process.exitCode)
  }
  // A library's idle timer must not keep a stopped node alive.
  process.exit(0)
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
