import { bytesToHex, equalBytes, type Hex, toQuantity } from '@busan/primitives'
import type { SyncState } from '../interpreter/ports.ts'
import { wordToHex } from '../interpreter/words.ts'
import { type AccountSnapshot, snapshotOf } from './account-snapshot.ts'
import { Looks } from './looks.ts'
import { DEAF_LISTENER, type SizeBudget, type Tracer, type TransactionStart } from './tracer.ts'

/** geth's options of the prestateTracer. */
export interface PrestateOptions {
  readonly diffMode?: boolean
  readonly disableCode?: boolean
  readonly disableStorage?: boolean
  readonly includeEmpty?: boolean
}

/** The accounts and slots that a transaction looks at, before it and, in diffMode, after it. */
export function createPrestateTracer(options: PrestateOptions, budget: SizeBudget): Tracer {
  const looks = new Looks(options, budget)
  let transaction: TransactionStart | undefined
  return {
    listener: {
      ...DEAF_LISTENER,
      wantsSteps: true,
      stepStarts: (step) => looks.stepStarts(step),
      stepEnds: (end) => looks.stepEnds(end),
      messageStarts: (message) => looks.messageStarts(message),
    },
    start: (starting) => {
      transaction = starting
      looks.start(starting)
    },
    end: () => {},
    json: () => {
      if (transaction === undefined) throw new TypeError('the transaction has not begun')
      return JSON.stringify(describe(looks, transaction.state, options))
    },
  }
}

function describe(looks: Looks, state: SyncState, options: PrestateOptions): object {
  const { before, removed } = looks
  const post = options.diffMode === true ? takeDifferences(before, removed, state, options) : {}
  const shown = [...before].filter(([, { isEmpty }]) => options.includeEmpty === true || !isEmpty)
  const pre = Object.fromEntries(shown.map(([address, held]) => [address, formatAccount(held)]))
  return options.diffMode === true ? { post, pre } : pre
}

/** Leaves in `before` what has changed, and says what it has become. */
function takeDifferences(
  before: Map<Hex, AccountSnapshot>,
  removed: ReadonlySet<Hex>,
  state: SyncState,
  options: PrestateOptions,
): Record<Hex, object> {
  const post: Record<Hex, object> = {}
  for (const [address, old] of before) {
    if (removed.has(address)) continue
    const now = snapshotOf(state, address, options.disableCode === true)
    const storage = takeSlotDifferences(old.storage, (slot) => state.slotAt(address, slot))
    const changed = {
      ...(now.balance === old.balance ? {} : { balance: toQuantity(now.balance) }),
      ...(now.nonce === old.nonce || now.nonce === 0n ? {} : { nonce: Number(now.nonce) }),
      ...(equalBytes(now.code, old.code) || now.code.length === 0
        ? {}
        : { code: bytesToHex(now.code) }),
      ...(now.codeHash === old.codeHash ? {} : { codeHash: now.codeHash ?? NO_HASH }),
      ...(Object.keys(storage.after).length === 0 ? {} : { storage: storage.after }),
    }
    const isSame =
      Object.keys(changed).length === 0 && !storage.hasChanged && now.nonce === old.nonce
    if (isSame) before.delete(address)
    else post[address] = changed
  }
  return post
}

const NO_HASH = `0x${'00'.repeat(32)}`

function takeSlotDifferences(
  storage: Map<bigint, bigint>,
  read: (slot: bigint) => bigint,
): { readonly after: Record<string, Hex>; readonly hasChanged: boolean } {
  const after: Record<string, Hex> = {}
  let hasChanged = false
  for (const [slot, old] of storage) {
    const now = read(slot)
    if (old === 0n || now === old) storage.delete(slot)
    if (now === old) continue
    hasChanged = true
    if (now !== 0n) after[wordToHex(slot)] = wordToHex(now)
  }
  return { after, hasChanged }
}

function formatAccount({ balance, nonce, code, codeHash, storage }: AccountSnapshot): object {
  const slots = Array.from(storage, ([slot, value]) => [wordToHex(slot), wordToHex(value)])
  return {
    balance: toQuantity(balance),
    ...(code.length === 0 ? {} : { code: bytesToHex(code) }),
    ...(codeHash === undefined ? {} : { codeHash }),
    ...(nonce === 0n ? {} : { nonce: Number(nonce) }),
    ...(slots.length === 0 ? {} : { storage: Object.fromEntries(slots) }),
  }
}
