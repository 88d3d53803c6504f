import type { ChainSpec } from '@busan/chain-spec'
import type { Address, Clock, Hash } from '@busan/primitives'
import { type BlockRun, createBlockRun } from './block-run.ts'
import { completeHeader, draftHeader } from './draft-header.ts'
import { blockUnbuildable } from './errors.ts'
import { TRANSACTION_GAS } from './intrinsic-gas.ts'
import type { PermissionsAt } from './permissions.ts'
import type { BlockTemplate, BuiltBlock, ExecutionReason, Transaction } from './types.ts'
import { contextOf } from './vm/block-context.ts'
import type { MachinePool } from './vm/machine-pool.ts'

/** Executable transactions in order; `txpool.executable` fits. */
export type Candidates = Iterable<Transaction> & { skipSender(sender: Address): void }

/** What building a block needs. */
export interface BlockBuilding {
  readonly spec: ChainSpec
  readonly machines: MachinePool
  readonly permissionsAt: PermissionsAt
  readonly clock: Pick<Clock, 'nowMs'>
}

/**
 * Most bytes of transactions in a block made here. Half of what EIP-7934 lets a block have, so that a full block
 * still crosses the network within a round.
 */
const TRANSACTIONS_SIZE_BYTES_MAX = 4 * 1024 * 1024

/** Reasons that no later block on this chain cures, or only an act of its administrators. */
const PERMANENT_REASONS: ReadonlySet<ExecutionReason> = new Set<ExecutionReason>([
  'nonce-too-low',
  'intrinsic-gas-too-low',
  'blob-transaction',
  'invalid-transaction',
  'not-permitted',
])

/**
 * Fills a block from candidates in their order, leaving out what does not fit or cannot run, until gas, bytes or
 * time run out. The same code as for execution runs each transaction, once.
 */
export async function buildBlock(
  { spec, machines, clock, permissionsAt }: BlockBuilding,
  template: BlockTemplate,
  candidates: Candidates,
  budgetMs: number,
): Promise<BuiltBlock> {
  const deadlineMs = clock.nowMs() + budgetMs
  const draft = draftHeader(template, spec)
  const context = contextOf(draft, spec, template.parent.timestamp)
  return machines.run(spec.commonAt(draft.number, draft.timestamp), async (machine) => {
    machine.reset({ stateRoot: template.parent.stateRoot, context })
    const run = createBlockRun({
      machine,
      spec,
      context,
      permissions: permissionsAt(template.parent.stateRoot),
    })
    await run.begin(draft)
    const isTimeUp = (): boolean => clock.nowMs() >= deadlineMs
    const refused = await fill(run, { candidates, gasLimit: draft.gasLimit, isTimeUp })
    const withdrawals = template.withdrawals?.length ? { withdrawals: template.withdrawals } : {}
    const finished = await run.finish(withdrawals)
    if (!finished.ok) throw blockUnbuildable(finished.message)
    const result = finished.value
    const transactions = result.transactions.map(({ raw }) => raw)
    const block = { header: completeHeader(draft, result), transactions, ...withdrawals }
    return { block, result, refused }
  })
}

async function fill(
  run: BlockRun,
  limits: { readonly candidates: Candidates; readonly gasLimit: bigint; isTimeUp(): boolean },
): Promise<BuiltBlock['refused']> {
  const refused: { hash: Hash; reason: ExecutionReason }[] = []
  let sizeBytes = 0
  for (const transaction of limits.candidates) {
    const gasLeft = limits.gasLimit - run.gasUsed()
    if (gasLeft < TRANSACTION_GAS || limits.isTimeUp()) break
    const fits =
      transaction.gasLimit <= gasLeft &&
      sizeBytes + transaction.raw.length <= TRANSACTIONS_SIZE_BYTES_MAX
    const applied = fits ? await run.apply(transaction) : undefined
    if (applied?.ok === true) {
      sizeBytes += transaction.raw.length
      continue
    }
    // What follows from the same sender would leave a nonce out.
    limits.candidates.skipSender(transaction.sender)
    if (applied !== undefined && PERMANENT_REASONS.has(applied.reason)) {
      refused.push({ hash: transaction.hash, reason: applied.reason })
    }
  }
  return refused
}
