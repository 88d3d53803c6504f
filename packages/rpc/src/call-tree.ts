import type { StoredBlock } from '@busan/chain'
import { parentOf, traceOptions } from './debug-trace.ts'
import type { RpcContext } from './method.ts'

/** A message as the callTracer tells it. */
export interface CallNode {
  readonly type: string
  readonly from: string
  readonly to?: string
  readonly input: string
  readonly output?: string
  readonly error?: string
  readonly value?: string
  readonly calls?: readonly CallNode[]
}

/** The tree of messages of one transaction, or of each of a block. */
export async function callTrees(
  block: StoredBlock,
  context: RpcContext,
  index?: number,
): Promise<readonly CallNode[]> {
  const options = {
    ...traceOptions({}, context),
    tracer: { name: 'callTracer', options: {} } as const,
    ...(index === undefined ? {} : { index }),
  }
  const { executor } = context.chain
  const traces = await executor.traceBlock(block, parentOf(block, context), options)
  return traces.map((json) => JSON.parse(json) as CallNode)
}

/** A message and how deep it lies. */
export interface FlatNode {
  readonly node: CallNode
  readonly depth: number
  /** It, or one above it, was undone. */
  readonly isUndone: boolean
}

/** All messages of a tree in the order in which they were sent. */
export function flattenTree(root: CallNode): readonly FlatNode[] {
  const flat: FlatNode[] = []
  const visit = (node: CallNode, depth: number, wasUndone: boolean): void => {
    const isUndone = wasUndone || node.error !== undefined
    flat.push({ node, depth, isUndone })
    for (const call of node.calls ?? []) visit(call, depth + 1, isUndone)
  }
  visit(root, 0, false)
  return flat
}
