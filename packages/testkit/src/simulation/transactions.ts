// Proposals that name transactions, and the questions for those that a node does not have.
import { assert, type Hash, present } from '@busan/primitives'
import { COMPACT_PROPOSAL_CODE, openCompactProposal } from '@busan/qbft'
import type { SimulatedNode } from './node.ts'
import { isHonest, nodeAt, type World } from './world.ts'

/** What a compact proposal of this node stands for: the checkers read whole messages. */
export function wholeMessage({ process }: SimulatedNode, bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== COMPACT_PROPOSAL_CODE) return bytes
  const opened = openCompactProposal(bytes)
  assert(opened.ok, 'a validator sends what it can read')
  const { hashes, expand } = opened.value
  return expand(
    present(process, 'process')
      .validator.transactions(hashes)
      .map((raw) => present(raw, 'own transaction')),
  )
}

/** As the transport's deadline. */
const ASK_MS = 1500

/** Goes there and back over the network; liars do not answer. */
export function askForTransactions(
  world: World,
  node: SimulatedNode,
  peer: number,
  hashes: readonly Hash[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const { network, clock, trace, elapsedMs } = world
  trace.note(`${elapsedMs()} ${node.index}>${peer} asks for ${hashes.length} transactions`)
  return new Promise((resolve) => {
    clock.schedule(ASK_MS, () => resolve([]))
    const answer = () => {
      const { process } = nodeAt(world, peer)
      if (process === undefined || !isHonest(world, peer)) return
      const raws = process.validator.transactions(hashes)
      network.send(peer, node.index, { kind: 'call', run: () => resolve(raws) })
    }
    network.send(node.index, peer, { kind: 'call', run: answer })
  })
}
