import { errorMessage } from '@busan/primitives'
import type { Libp2p } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { p2pError } from './errors.ts'

/** Where a host listens when nothing is configured. */
export const DEFAULT_LISTEN = ['/ip4/127.0.0.1/tcp/0']

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/EADDRINUSE/, 'the port is in use: stop the program that holds it, or configure another port'],
  [/EACCES/, 'the port needs privileges: use one above 1023'],
  [
    /EADDRNOTAVAIL|ENOTFOUND/,
    'this machine does not have that address: listen on 0.0.0.0 or on one it has',
  ],
]

/** @throws CodedError `invalid-listen-address` for text that is not a TCP multiaddr. */
export function requireTcpAddresses(addresses: readonly string[]): string[] {
  for (const address of addresses) {
    if (isTcp(address)) continue
    throw p2pError(
      'invalid-listen-address',
      `not a TCP multiaddr: ${address.slice(0, 200)}; write for example /ip4/0.0.0.0/tcp/30303`,
      { details: { address: address.slice(0, 200) } },
    )
  }
  return [...addresses]
}

/** Starts the node. @throws CodedError `listen-failed` naming the addresses and what to do. */
export async function startListening(node: Libp2p, listen: readonly string[]): Promise<void> {
  try {
    await node.start()
  } catch (cause) {
    await node.stop()
    const report = errorMessage(cause)
    const failed = listen.filter((address) => report.includes(address))
    const remedy = REMEDIES.find(([pattern]) => pattern.test(report))?.[1] ?? report.split('\n')[0]
    throw p2pError(
      'listen-failed',
      `cannot listen on ${failed.join(', ') || listen.join(', ')}: ${remedy}`,
      {
        details: { addresses: failed },
        cause,
      },
    )
  }
}

function isTcp(address: string): boolean {
  try {
    return multiaddr(address)
      .getComponents()
      .some((component) => component.name === 'tcp')
  } catch {
    return false
  }
}
