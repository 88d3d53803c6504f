import type { FeePolicy } from '@busan/chain-spec'
import {
  type Address,
  accept,
  asBytes,
  asList,
  asScalar,
  bigintToBytes,
  bytesToAddress,
  type Clock,
  decodeRlp,
  EMPTY_CODE_HASH,
  encodeRlp,
  GWEI,
  type Hash,
  hexToBytes,
  keccakHash,
  refuse,
  type Timer,
  toAddress,
  type Verdict,
} from '@busan/primitives'
import { createMetrics, type Metrics, silentLogger } from '@busan/telemetry'
import {
  createTxPool,
  type HeadState,
  type PoolChange,
  type PoolJournal,
  type PoolLimits,
  type PoolTransaction,
  type TxPool,
} from '../src/index.ts'

/** The chain id of every test transaction. */
export const CHAIN_ID = 51_053n

/** The n-th test account. */
export function account(n: number): Address {
  return toAddress(`0x${(n + 1).toString(16).padStart(40, '0')}`)
}

/**
 * A plain transfer of 1 wei with generous fees, changed by `fields`; the hash and envelope follow.
 */
export function transfer(fields: Partial<PoolTransaction> = {}): PoolTransaction {
  const body = {
    type: 2,
    sender: account(0),
    to: account(99),
    nonce: 0n,
    gasLimit: 21_000n,
    valueWei: 1n,
    data: new Uint8Array(0),
    maxFeePerGasWei: 100n * GWEI,
    maxPriorityFeePerGasWei: GWEI,
    chainId: CHAIN_ID,
    accessList: [],
    authorizationList: [],
    ...fields,
  }
  const raw = fields.raw ?? encode(body)
  return { ...body, raw, hash: fields.hash ?? keccakHash(raw) }
}

/** Reads what {@link transfer} encoded. */
function decode(raw: Uint8Array): Verdict<PoolTransaction, 'malformed-transaction'> {
  try {
    const [sender, nonce, value, feeCap, tip, data] = asList(decodeRlp(raw), 'transaction')
    return accept(
      transfer({
        sender: bytesToAddress(asBytes(sender, 'sender', 20)),
        nonce: asScalar(nonce, 'nonce'),
        valueWei: asScalar(value, 'value'),
        maxFeePerGasWei: asScalar(feeCap, 'fee cap'),
        maxPriorityFeePerGasWei: asScalar(tip, 'tip'),
        data: asBytes(data, 'data'),
      }),
    )
  } catch (error) {
    return refuse('malformed-transaction', String(error))
  }
}

function encode(body: Omit<PoolTransaction, 'raw' | 'hash'>): Uint8Array {
  return encodeRlp([
    hexToBytes(body.sender),
    bigintToBytes(body.nonce),
    bigintToBytes(body.valueWei),
    bigintToBytes(body.maxFeePerGasWei),
    bigintToBytes(body.maxPriorityFeePerGasWei),
    body.data,
  ])
}

/** Accounts that a test sets; unknown ones are rich and fresh. */
interface TestState {
  readonly nonces: Map<Address, bigint>
  readonly balances: Map<Address, bigint>
  readonly codes: Map<Address, Uint8Array>
}

/** An empty state. */
export function createState(): TestState {
  return { nonces: new Map(), balances: new Map(), codes: new Map() }
}

/** A head over a copy of the state; every read takes a turn of the event loop. */
function headOf(state: TestState, fields: Partial<HeadState> = {}): HeadState {
  const nonces = new Map(state.nonces)
  const balances = new Map(state.balances)
  return {
    number: 1n,
    hash: keccakHash(new Uint8Array(1)),
    gasLimit: 30_000_000n,
    nextBaseFeePerGasWei: GWEI,
    timestamp: 1n,
    async account(address) {
      await new Promise((resolve) => setImmediate(resolve))
      const code = state.codes.get(address)
      return {
        nonce: nonces.get(address) ?? 0n,
        balanceWei: balances.get(address) ?? 10n ** 24n,
        codeHash: code === undefined ? EMPTY_CODE_HASH : keccakHash(code),
      }
    },
    code: async (address) => state.codes.get(address) ?? new Uint8Array(0),
    ...fields,
  }
}

/** A clock that moves only when told. */
interface ManualClock extends Clock {
  advance(byMs: number): void
}

/** Starts at the epoch. */
function createManualClock(): ManualClock {
  let nowMs = 0
  let timers: { atMs: number; task: () => void }[] = []
  return {
    nowMs: () => nowMs,
    schedule(delayMs, task): Timer {
      const timer = { atMs: nowMs + delayMs, task }
      timers.push(timer)
      return {
        cancel() {
          timers = timers.filter((kept) => kept !== timer)
        },
      }
    },
    advance(byMs) {
      const untilMs = nowMs + byMs
      for (;;) {
        timers.sort((a, b) => a.atMs - b.atMs)
        const next = timers[0]
        if (next === undefined || next.atMs > untilMs) break
        timers.shift()
        nowMs = next.atMs
        next.task()
      }
      nowMs = untilMs
    },
  }
}

/** A journal on an array that outlives the pool, as a file would. */
export function createArrayJournal(
  records: Uint8Array[] = [],
): PoolJournal & { readonly records: Uint8Array[] } {
  return {
    records,
    replay: () => [...records],
    async append(record) {
      await new Promise((resolve) => setImmediate(resolve))
      records.push(record)
    },
    async rewrite(next) {
      records.splice(0, records.length, ...next)
    },
    close: async () => {},
  }
}

/** A pool with what surrounds it. */
export interface PoolFixture {
  readonly pool: TxPool
  readonly state: TestState
  readonly clock: ManualClock
  readonly metrics: Metrics
  /** Every batch that the pool announced. */
  readonly batches: (readonly PoolChange[])[]
  /** Moves the head: `included` are in the block, the state is what the test made of it. */
  nextHead(included?: readonly PoolTransaction[], fields?: Partial<HeadState>): Promise<void>
}

/** Opens a pool. */
export async function openPool(
  options: {
    readonly feePolicy?: FeePolicy
    readonly limits?: Partial<PoolLimits>
    readonly journal?: PoolJournal
    readonly state?: TestState
  } = {},
): Promise<PoolFixture> {
  const state = options.state ?? createState()
  const clock = createManualClock()
  const metrics = createMetrics()
  const pool = await createTxPool({
    chainId: CHAIN_ID,
    feePolicy: options.feePolicy ?? { kind: 'eip1559' },
    head: headOf(state),
    clock,
    logger: silentLogger,
    metrics,
    decode,
    ...(options.journal ? { journal: options.journal } : {}),
    ...(options.limits ? { limits: options.limits } : {}),
  })
  const batches: (readonly PoolChange[])[] = []
  pool.onChanged((changes) => batches.push(changes))
  return {
    pool,
    state,
    clock,
    metrics,
    batches,
    async nextHead(included = [], fields = {}) {
      for (const { sender, nonce } of included) {
        const known = state.nonces.get(sender) ?? 0n
        if (nonce >= known) state.nonces.set(sender, nonce + 1n)
      }
      await pool.onHead(headOf(state, fields), included)
    },
  }
}

/** The hashes of executable transactions in block order. */
export function executableHashes(pool: TxPool, baseFeePerGasWei = GWEI): Hash[] {
  return [...pool.executable(baseFeePerGasWei)].map(({ hash }) => hash)
}
