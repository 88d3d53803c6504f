// What can go wrong between namespaces: lost packets and thin lines.
import { type BridgedNamespaces, bridgePort, runWithin } from './namespaces.ts'

/** Faults by the members' indexes. */
export interface Faults {
  /** Packets from `from` do not reach `to`. */
  cut(from: readonly number[], to: readonly number[]): Promise<void>
  /** All packets flow again. */
  heal(): Promise<void>
  /** A member's line carries this much each way, in bits per second. */
  limit(member: number, rateBits: number): Promise<void>
  unlimit(member: number): Promise<void>
}

/** @see Faults */
export function createFaults({ hub, members }: BridgedNamespaces): Faults {
  const namespace = (index: number) => members[index]?.name as string
  const address = (index: number) => members[index]?.address as string
  const ends = (member: number) =>
    [
      [namespace(member), 'eth0'],
      [hub.name, bridgePort(member)],
    ] as const

  return {
    async cut(from, to) {
      for (const target of to) {
        const rule = ['-s', from.map(address).join(','), '-j', 'DROP']
        await runWithin(namespace(target), ['iptables', '-A', 'INPUT', ...rule])
      }
    },
    async heal() {
      for (const { name } of members) await runWithin(name, ['iptables', '-F', 'INPUT'])
    },
    async limit(member, rateBits) {
      const shape = ['tbf', 'rate', `${rateBits}bit`, 'burst', '16kb', 'latency', '400ms']
      for (const [name, device] of ends(member))
        await runWithin(name, ['tc', 'qdisc', 'replace', 'dev', device, 'root', ...shape])
    },
    async unlimit(member) {
      for (const [name, device] of ends(member))
        await runWithin(name, ['tc', 'qdisc', 'del', 'dev', device, 'root'])
    },
  }
}
