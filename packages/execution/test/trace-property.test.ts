// What tracers tell of random programs fits with what ethereumjs tells, with itself, and with the state.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, hexToBytes, toAddress } from '@busan/primitives'
import fc from 'fast-check'
import { createBlockRun } from '../src/block-run.ts'
import type { TracerSpec, Transaction } from '../src/index.ts'
import { createStateSource } from '../src/state/state-source.ts'
import { DEAF_LISTENER } from '../src/trace/tracer.ts'
import { contextOf } from '../src/vm/block-context.ts'
import { createMachine, type EvmKind } from '../src/vm/machine.ts'
import { createPacer, systemClock } from '../src/vm/pacer.ts'
import { contractAt, DELEGATING } from './random-code.ts'
import { LAST_FORKS, type Scenario, scenario, transactionsOf, worldOf } from './random-world.ts'
import { traceMined } from './tracing.ts'
import { accountOf, createWorld, type GenesisEntry, type World } from './world.ts'

const RUNS = Number(process.env.BUSAN_PROPERTY_RUNS ?? 40)

interface Step {
  readonly pc: number
  readonly op: string
  readonly gas: number
  readonly gasCost: number
  readonly depth: number
  readonly error?: string
}

interface Frame {
  readonly gas: string
  readonly gasUsed: string
  readonly error?: string
  readonly calls?: readonly Frame[]
}

interface Account {
  readonly balance?: string
  readonly nonce?: number
  readonly code?: string
  readonly storage?: Record<string, string>
}
type Accounts = Record<string, Account>

/** Steps of one transaction that are compared: code that fills its stack in a loop has gigabytes to tell. */
const STEPS_MAX = 10_000

/** A step as both interpreters tell it: the stack by its size and its top. */
type Seen = readonly [pc: number, gas: number, depth: number, size: number, top: readonly bigint[]]

for (const lastFork of LAST_FORKS.slice(-5)) {
  test(`steps are those of ethereumjs, up to ${lastFork}`, async () => {
    await fc.assert(
      fc.asyncProperty(scenario.map(withoutRevert), async (drawn) => {
        const world = await worldOf(drawn, lastFork)
        const transactions = transactionsOf(world, drawn)
        const ours = await stepsOf(world, transactions, 'fast')
        assert.deepEqual(ours, await stepsOf(world, transactions, 'reference'))
      }),
      { numRuns: RUNS },
    )
  })
}

/** At a REVERT the library's step event reads the memory that is named before it is paid for, gigabytes too. */
function withoutRevert({ codes, calls }: Scenario): Scenario {
  const cleaned = (byte: number) => (byte === 0xfd ? 0xf3 : byte)
  return {
    codes: codes.map((code) => bytesToHex(hexToBytes(`0x${code}`).map(cleaned)).slice(2)),
    calls: calls.map((call) => ({ ...call, data: call.data.map(cleaned) })),
  }
}

async function stepsOf(world: World, transactions: readonly Transaction[], evm: EvmKind) {
  const { spec, store, hashes, genesis } = world
  const { header } = (await world.mine(genesis, transactions)).block
  const machine = await createMachine({
    source: createStateSource(store),
    rules: spec.commonAt(header.number, header.timestamp),
    blockHashByNumber: (number) => hashes.get(number),
    pacer: createPacer(systemClock),
    evm,
  })
  const context = contextOf(header, spec, genesis.timestamp)
  machine.reset({ stateRoot: genesis.stateRoot, context })
  const run = createBlockRun({ machine, spec, context })
  const steps: Seen[][] = []
  // The library does not tell of the STOP behind the end of code, which geth does.
  const see = (opcode: number, ...seen: Seen): void => {
    const told = steps.at(-1)
    if (opcode !== 0 && told !== undefined && told.length < STEPS_MAX) told.push(seen)
  }
  if (evm === 'fast') {
    machine.listen({
      ...DEAF_LISTENER,
      wantsSteps: true,
      stepStarts: ({ pc, opcode, gas, depth, stack, stackSize }) =>
        see(opcode, pc, gas, depth, stackSize, stack.slice(Math.max(0, stackSize - 4), stackSize)),
    })
  } else {
    machine.vm?.evm.events?.on('step', ({ pc, gasLeft, depth, stack, opcode }) =>
      see(opcode.code, pc, Number(gasLeft), depth, stack.length, stack.slice(-4)),
    )
  }
  for (const transaction of transactions) {
    steps.push([])
    assert.ok((await run.apply(transaction)).ok)
  }
  return steps
}

const STEPS = { name: 'structLogger', options: { disableStack: true, limit: STEPS_MAX } } as const

test('within a frame the gas of each step is that of the one before less its cost', async () => {
  await eachTrace<{ structLogs: readonly Step[] }>(STEPS, ({ structLogs }) => {
    for (const [index, step] of structLogs.entries()) {
      const next = structLogs[index + 1]
      if (next?.depth !== step.depth || /CALL|CREATE/.test(step.op)) continue
      assert.equal(next.gas, step.gas - step.gasCost, `${step.op} at ${step.pc}`)
    }
  })
})

test('no frame uses more gas than it has, nor less than the frames within it', async () => {
  const visit = ({ gas, gasUsed, calls = [] }: Frame, isRoot: boolean): void => {
    assert.ok(BigInt(gasUsed) <= BigInt(gas))
    const inner = calls.reduce((sum, call) => sum + BigInt(call.gasUsed), 0n)
    // Refunds make the transaction cheaper than what ran; the stipend of a transfer is a gift.
    const gifts = 2_300n * BigInt(calls.length)
    if (!isRoot) assert.ok(BigInt(gasUsed) + gifts >= inner)
    for (const call of calls) visit(call, false)
  }
  await eachTrace<Frame>({ name: 'callTracer', options: {} }, (root) => visit(root, true))
})

test('the difference that is told turns the state before into the state after', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (drawn) => {
      const world = await worldOf(drawn, 'osakaTime')
      const [transaction] = transactionsOf(world, drawn) as [Transaction]
      const { block, result } = await world.mine(world.genesis, [transaction])
      const tracer = { name: 'prestateTracer', options: { diffMode: true } } as const
      type Difference = { pre: Accounts; post: Accounts }
      const [told] = await traceMined<Difference>(world, [transaction], tracer)
      const { pre, post } = told as Difference
      const coinbase = block.header.coinbase
      const all = [accountOf(0), coinbase, DELEGATING, ...[0, 1, 2].map(contractAt)]
      for (const address of new Set([...all, ...Object.keys(pre), ...Object.keys(post)])) {
        const before = await read(world, world.genesis.stateRoot, address)
        const after = await read(world, result.stateRoot, address)
        if (pre[address] !== undefined)
          assert.deepEqual(withoutSlots(pre[address]), withoutSlots(before))
        const isGone = pre[address] !== undefined && post[address] === undefined
        if (!isGone) assert.deepEqual(apply(before, pre[address], post[address]), after)
      }
    }),
    { numRuns: RUNS },
  )
})

/** geth leaves out what a write looked at that could not be paid for, though its price hangs on it. */
async function hasUnpaidWrite(world: World, transaction: Transaction): Promise<boolean> {
  const tracer = { name: 'structLogger', options: { disableStack: true } } as const
  const traces = await traceMined<{ structLogs: Step[] }>(world, [transaction], tracer)
  return traces.some(({ structLogs }) =>
    structLogs.some(({ op, error }) => op === 'SSTORE' && error !== undefined),
  )
}

test('the accounts before are all that a transaction needs to run the same', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (drawn) => {
      const world = await worldOf(drawn, 'osakaTime')
      const [transaction] = transactionsOf(world, drawn) as [Transaction]
      fc.pre(!(await hasUnpaidWrite(world, transaction)))
      const tracer = { name: 'prestateTracer', options: {} } as const
      const [pre] = await traceMined<Accounts>(world, [transaction], tracer)
      const entries = Object.entries(pre as Accounts).map(([address, account]) => {
        const { nonce = 0, balance = '0x0', code, storage } = account
        const entry = { balance, nonce: `0x${nonce.toString(16)}`, code, storage } as GenesisEntry
        return [address, JSON.parse(JSON.stringify(entry))]
      })
      const rest = { [accountOf(0)]: { balance: '0x0' } }
      const small = await createWorld({ alloc: { ...rest, ...Object.fromEntries(entries) } })
      const [whole, alone] = [
        (await world.mine(world.genesis, [transaction])).result.receipts,
        (await small.mine(small.genesis, [transaction])).result.receipts,
      ]
      assert.deepEqual(alone, whole)
    }),
    { numRuns: RUNS },
  )
})

async function eachTrace<Trace>(spec: TracerSpec, judge: (trace: Trace) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(scenario, async (drawn) => {
      const world = await worldOf(drawn, 'osakaTime')
      const transactions = transactionsOf(world, drawn)
      for (const trace of await traceMined<Trace>(world, transactions, spec)) {
        judge(trace)
      }
    }),
    { numRuns: RUNS },
  )
}

async function read(
  world: World,
  stateRoot: Parameters<World['executor']['stateAt']>[0],
  text: string,
): Promise<Account> {
  const address = toAddress(text)
  const state = world.executor.stateAt(stateRoot)
  const account = await state.account(address)
  const code = bytesToHex(await state.code(address))
  const storage: Record<string, string> = {}
  for (const slot of [0n, 1n, 2n, 3n]) {
    const key = `0x${slot.toString(16).padStart(64, '0')}` as const
    const value = bytesToHex(await state.storage(address, key as never))
    if (BigInt(value) !== 0n) storage[key] = value
  }
  return {
    balance: `0x${(account?.balanceWei ?? 0n).toString(16)}`,
    nonce: Number(account?.nonce ?? 0n),
    code,
    storage,
  }
}

function withoutSlots({ balance, nonce = 0, code = '0x' }: Account) {
  return { balance, nonce, code }
}

/** Slots that stand before and not after were cleared. */
function apply(before: Account, pre: Account | undefined, post: Account | undefined): Account {
  const cleared = Object.keys(pre?.storage ?? {}).map((slot) => [slot, undefined])
  const storage = { ...before.storage, ...Object.fromEntries(cleared), ...post?.storage }
  const { balance = before.balance, nonce = before.nonce, code = before.code } = post ?? {}
  const account = { balance, nonce, code, storage }
  return JSON.parse(JSON.stringify(account)) as Account
}
