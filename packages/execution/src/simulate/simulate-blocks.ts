import { type ChainSpec, encodeBlock, encodeHeader, type Header } from '@busan/chain-spec'
import { accept, type Clock, type Hash, keccakHash, type Verdict } from '@busan/primitives'
import type { KeyValueStore } from '@busan/storage'
import { finishBlock } from '../block-run.ts'
import { completeHeader } from '../draft-header.ts'
import { callTimeout } from '../errors.ts'
import { beginEthereumBlock } from '../ethereum/block-rules.ts'
import { createStateSource } from '../state/state-source.ts'
import { createWriteOverlay, type WriteOverlay } from '../state/write-overlay.ts'
import { applyStateOverrides } from '../state-override.ts'
import { contextOf } from '../vm/block-context.ts'
import { type BlockHashByNumber, createMachine } from '../vm/machine.ts'
import { createPacer } from '../vm/pacer.ts'
import { createLogCollector } from './log-collector.ts'
import { type PlannedBlock, planBlocks } from './plan.ts'
import { type RanCall, runSimulatedCall, type SimulatedSetting } from './run-call.ts'
import { simulatedHeader } from './simulated-header.ts'
import type { SimulatedBlock, SimulationReason, SimulationRequest } from './types.ts'

/** What simulations run on. */
export interface SimulationExecution {
  readonly spec: ChainSpec
  readonly store: Pick<KeyValueStore, 'get'>
  readonly blockHashByNumber: BlockHashByNumber
  readonly clock: Pick<Clock, 'nowMs'>
}

/** A block, made up or not, that the next one stands on. */
interface Parent {
  readonly header: Header
  readonly hash: Hash
}

/** A simulation on its way: the chain as its blocks see it. */
interface Simulation extends SimulationExecution {
  readonly request: SimulationRequest
  readonly deadlineMs: number
  /** The database with the states of the blocks so far. */
  readonly states: WriteOverlay
  gasLeft: bigint
}

/** Makes up blocks on top of `base` as geth does, and tells what their calls did; nothing is stored. */
export async function simulateBlocks(
  execution: SimulationExecution,
  request: SimulationRequest,
  base: Parent,
): Promise<Verdict<readonly SimulatedBlock[], SimulationReason>> {
  const plan = planBlocks(base.header, request.blocks)
  if (!plan.ok) return plan
  const hashes = new Map<bigint, Hash>()
  const simulation: Simulation = {
    ...execution,
    request,
    deadlineMs: execution.clock.nowMs() + request.timeoutMs,
    states: createWriteOverlay(execution.store),
    blockHashByNumber: (number) => hashes.get(number) ?? execution.blockHashByNumber(number),
    gasLeft: request.gasCap,
  }
  const blocks: SimulatedBlock[] = []
  let parent = base
  for (const planned of plan.value) {
    const block = await simulateBlock(simulation, planned, parent)
    if (!block.ok) return block
    blocks.push(block.value)
    hashes.set(planned.number, block.value.hash)
    parent = block.value
  }
  return accept(blocks)
}

async function simulateBlock(
  simulation: Simulation,
  plan: PlannedBlock,
  parent: Parent,
): Promise<Verdict<SimulatedBlock, SimulationReason>> {
  const { spec, request } = simulation
  const draft = simulatedHeader(spec, plan, parent, request.isValidating)
  const setting = await placeMachine(simulation, plan, { draft, parent })
  const { machine, context } = setting
  const overridden = applyStateOverrides(machine, plan.stateOverrides)
  if (!overridden.ok) return overridden
  if (spec.consensus === 'ethereum') await beginEthereumBlock(machine, context, draft)
  const ran = await runCalls(simulation, plan, setting)
  if (!ran.ok) return ran
  const withdrawals = plan.override.withdrawals ?? []
  const transactions = ran.value.map(({ transaction }) => transaction)
  const receipts = ran.value.map(({ receipt }) => receipt)
  const body = { withdrawals }
  const finished = await finishBlock({ machine, spec, context }, { body, transactions, receipts })
  if (!finished.ok) return refuseSystemCall(finished.message)
  simulation.states.lay(finished.value.stateWrites)
  const header = completeHeader(draft, finished.value)
  const raws = transactions.map(({ raw }) => raw)
  return accept({
    header,
    hash: keccakHash(encodeHeader(header)),
    sizeBytes: encodeBlock({ header, transactions: raws, withdrawals }).length,
    transactions,
    withdrawals,
    calls: ran.value.map(({ result }) => result),
  })
}

function refuseSystemCall(message: string) {
  return { ok: false, reason: 'invalid-system-call', message } as const
}

/** A machine of its own: precompiles may be moved, and each block may be of another fork. */
async function placeMachine(
  simulation: Simulation,
  { number, timestamp, override }: PlannedBlock,
  { draft, parent }: { readonly draft: Header; readonly parent: Parent },
): Promise<SimulatedSetting> {
  const { spec, clock, request, deadlineMs } = simulation
  const timeLeftMs = deadlineMs - clock.nowMs()
  if (timeLeftMs <= 0) throw callTimeout(request.timeoutMs)
  const seen = contextOf(draft, spec, parent.header.timestamp)
  const context = {
    ...seen,
    blobBaseFeePerGasWei: override.blobBaseFeePerGasWei ?? seen.blobBaseFeePerGasWei,
  }
  const machine = await createMachine({
    source: createStateSource(simulation.states),
    rules: spec.commonAt(number, timestamp),
    blockHashByNumber: simulation.blockHashByNumber,
    pacer: createPacer(clock),
    evm: 'fast',
  })
  const { stateRoot } = parent.header
  machine.reset({ stateRoot, context, timeoutMs: timeLeftMs, lenientBlockHash: true })
  return {
    machine,
    context,
    chainId: spec.chainId,
    isFree: spec.feePolicy.kind === 'freeGas',
    isValidating: request.isValidating,
    logs: createLogCollector(request.traceTransfers),
  }
}

async function runCalls(
  simulation: Simulation,
  { calls }: PlannedBlock,
  setting: SimulatedSetting,
): Promise<Verdict<readonly RanCall[], SimulationReason>> {
  const ran: RanCall[] = []
  for (const call of calls) {
    await setting.machine.pacer.pause()
    const used = ran.at(-1)?.receipt.cumulativeGasUsed ?? 0n
    const one = await runSimulatedCall(setting, call, { used, cap: simulation.gasLeft })
    if (!one.ok) return one
    simulation.gasLeft -= one.value.result.gasUsed
    ran.push(one.value)
  }
  return accept(ran)
}
