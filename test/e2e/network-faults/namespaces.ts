// Network namespaces joined by a bridge: each node is a machine of its own, and nothing outside is touched.
import { execFile, execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'

/** One place in the test's own network. */
export interface Namespace {
  readonly name: string
  /** IPv4 address on the bridge. */
  readonly address: string
}

/** A bridge with its members; the bridge stands in a namespace too. */
export interface BridgedNamespaces {
  readonly hub: Namespace
  readonly members: readonly Namespace[]
}

const NETNS_FOLDER = '/run/netns'
const PREFIX = 'busan-faults-'
const SUBNET = '10.77.0'

/** Why namespaces cannot be made here, in words; undefined when they can. Packages: iproute2, iptables. */
export function namespacesRefused(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only'
  for (const [command, name] of [
    ['ip', 'iproute2'],
    ['tc', 'iproute2'],
    ['iptables', 'iptables'],
    ['nsenter', 'util-linux'],
  ] as const) {
    try {
      execFileSync('which', [command], { stdio: 'ignore' })
    } catch {
      return `the command "${command}" is missing: install the package ${name}`
    }
  }
  return probe()
}

function probe(): string | undefined {
  const name = `${PREFIX}${process.pid}-probe`
  try {
    run(['ip', 'netns', 'add', name])
    run(within(name, ['ip', 'link', 'add', 'probe', 'type', 'bridge']))
    run(within(name, ['iptables', '-L', 'INPUT', '-n']))
    return undefined
  } catch (error) {
    return `this user may not make network namespaces (root may): ${String(error).split('\n')[0]}`
  } finally {
    removeNamespaces(`${PREFIX}${process.pid}-probe`)
  }
}

/** Namespaces of this process; those that processes left behind which are gone are removed first. */
export function createNamespaces(count: number): BridgedNamespaces {
  removeLeftOvers()
  const prefix = namespacePrefix(process.pid)
  const hub = { name: `${prefix}hub`, address: `${SUBNET}.1` }
  addNamespace(hub.name)
  run(within(hub.name, ['ip', 'link', 'add', 'bridge', 'type', 'bridge']))
  run(within(hub.name, ['ip', 'addr', 'add', `${hub.address}/24`, 'dev', 'bridge']))
  run(within(hub.name, ['ip', 'link', 'set', 'bridge', 'up']))
  const members = Array.from({ length: count }, (_, index) => {
    const member = { name: `${prefix}${index + 1}`, address: `${SUBNET}.${11 + index}` }
    addNamespace(member.name)
    const port = bridgePort(index)
    const peer = ['peer', 'name', 'eth0', 'netns', member.name]
    run(within(hub.name, ['ip', 'link', 'add', port, 'type', 'veth', ...peer]))
    run(within(hub.name, ['ip', 'link', 'set', port, 'master', 'bridge', 'up']))
    run(within(member.name, ['ip', 'addr', 'add', `${member.address}/24`, 'dev', 'eth0']))
    run(within(member.name, ['ip', 'link', 'set', 'eth0', 'up']))
    return member
  })
  return { hub, members }
}

/** The bridge's end of a member's cable, in the hub. */
export function bridgePort(index: number): string {
  return `port${index + 1}`
}

/** A command line that runs in a namespace, as the same process. */
export function within(namespace: string, command: readonly string[]): readonly string[] {
  return ['nsenter', `--net=${NETNS_FOLDER}/${namespace}`, ...command]
}

/** Runs a command to its end. Rejects with what it printed. */
export async function runWithin(namespace: string, command: readonly string[]): Promise<string> {
  const [file, ...args] = within(namespace, command)
  const { stdout } = await promisify(execFile)(file as string, args)
  return stdout
}

/** Names of the namespaces of one process begin with this. */
export function namespacePrefix(pid: number): string {
  return `${PREFIX}${pid}-`
}

/** Ends what still runs in the namespaces of this prefix, and removes them. */
export function removeNamespaces(prefix: string): void {
  for (const name of namespaces().filter((one) => one.startsWith(prefix))) {
    for (const pid of run(['ip', 'netns', 'pids', name]).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It has ended meanwhile.
      }
    }
    run(['ip', 'netns', 'del', name])
  }
}

function removeLeftOvers(): void {
  const owners = namespaces().flatMap((name) => /^busan-faults-(\d+)-/.exec(name)?.[1] ?? [])
  for (const pid of new Set(owners.map(Number))) {
    if (!isRunning(pid)) removeNamespaces(namespacePrefix(pid))
  }
}

function namespaces(): string[] {
  try {
    return readdirSync(NETNS_FOLDER)
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function addNamespace(name: string): void {
  run(['ip', 'netns', 'add', name])
  run(within(name, ['ip', 'link', 'set', 'lo', 'up']))
}

function run([file, ...args]: readonly string[]): string {
  return execFileSync(file as string, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
