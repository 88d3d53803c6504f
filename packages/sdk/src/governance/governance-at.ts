import { createPublicClient, http } from 'viem'
import { type Governance, readGovernance } from './read-governance.ts'

/** Reads governance through a node's JSON-RPC. @param block default: the latest */
export async function governanceAt(rpcUrl: string, block?: bigint): Promise<Governance> {
  const client = createPublicClient({ transport: http(rpcUrl, { batch: true }) })
  return readGovernance(client as never, block)
}

/**
 * Where two states of governance differ: a line for each value, with its path. The block is left out: time alone is no
 * difference.
 */
export function governanceDifferences(expected: Governance, actual: Governance): readonly string[] {
  const [before, after] = [flatten(expected), flatten(actual)]
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths
    .filter((path) => path !== 'blockNumber' && before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? 'absent'}, now ${after.get(path) ?? 'absent'}`)
}

function flatten(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path, JSON.stringify(value)]])
  const inner = Object.entries(value).map(([key, item]) =>
    flatten(item, path === '' ? key : `${path}.${key}`),
  )
  return new Map(inner.flatMap((one) => [...one]))
}
