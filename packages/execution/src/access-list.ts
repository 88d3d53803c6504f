import type { Header } from '@busan/chain-spec'
import {
  type Address,
  accept,
  bytesToHash,
  type Clock,
  toAddress,
  type Verdict,
} from '@busan/primitives'
import { authorityOf } from './authorizations.ts'
import { type CallExecution, type CallWatch, call } from './call.ts'
import { contractAddress } from './contract-address.ts'
import { callTimeout } from './errors.ts'
import type { CallOptions } from './executor.ts'
import type { ExecutionListener, StepView } from './interpreter/ports.ts'
import { wordToAddressHex, wordToBytes } from './interpreter/words.ts'
import { DEAF_LISTENER } from './trace/tracer.ts'
import type { AccessListResult, CallReason, CallRequest, Transaction } from './types.ts'

type AccessList = Transaction['accessList']

/** How deep on the stack an opcode finds what it touches, and how many items it needs (geth's table). */
const ACCOUNT_OPCODES: Readonly<
  Record<number, { readonly depth: number; readonly needs: number }>
> = {
  49: { depth: 1, needs: 1 },
  59: { depth: 1, needs: 1 },
  60: { depth: 1, needs: 1 },
  63: { depth: 1, needs: 1 },
  241: { depth: 2, needs: 5 },
  242: { depth: 2, needs: 5 },
  244: { depth: 2, needs: 5 },
  250: { depth: 2, needs: 5 },
  255: { depth: 1, needs: 1 },
}
const SLOAD = 84
const SSTORE = 85

/** Lists differ from run to run only when code looks at the gas that it has; then the last one is good enough. */
const RUNS_MAX = 16

/** What listing accesses needs. */
export interface AccessListing extends CallExecution {
  readonly clock: Pick<Clock, 'nowMs'>
}

/**
 * Runs a call until the list of what it touches stays the same with that list, as geth does. All runs together have
 * the time of one call.
 * @throws CodedError `call-timeout`
 */
export async function accessListOf(
  execution: AccessListing,
  request: CallRequest,
  header: Header,
  options: CallOptions = {},
): Promise<Verdict<AccessListResult, CallReason>> {
  const { timeoutMs = Number.POSITIVE_INFINITY } = options
  const deadlineMs = execution.clock.nowMs() + timeoutMs
  let accessList = request.accessList ?? []
  for (let run = 1; ; run++) {
    if (execution.clock.nowMs() >= deadlineMs) throw callTimeout(timeoutMs)
    const touched = new Touched(accessList)
    const watch = watchWith(touched, execution)
    const given = { ...request, accessList }
    const ran = await call(execution, given, header, { ...options, watch })
    if (!ran.ok) return ran
    const next = touched.list()
    if (isSame(accessList, next) || run === RUNS_MAX) {
      return accept({ accessList, result: ran.value })
    }
    accessList = next
  }
}

function watchWith(touched: Touched, { spec }: CallExecution): CallWatch {
  return {
    starts: (machine, message) => {
      const { from, to } = message
      const nonce = machine.state.accountAt(from)?.nonce ?? 0n
      const fitting = message.authorizationList.filter(
        ({ chainId }) => chainId === 0n || chainId === spec.chainId,
      )
      touched.exclude([
        from,
        to ?? contractAddress(from, nonce),
        ...fitting.flatMap((one) => authorityOf(one) ?? []),
        ...machine.precompiles.addresses.map((address) => toAddress(`0x${address}`)),
      ])
      machine.listen(touched.listener)
    },
    ends: (machine) => machine.listen(undefined),
  }
}

/** Addresses and slots in the order in which they are first touched. */
class Touched {
  readonly listener: ExecutionListener = {
    ...DEAF_LISTENER,
    wantsSteps: true,
    stepStarts: (step) => this.#look(step),
  }
  readonly #slots = new Map<Address, Set<bigint>>()
  readonly #excluded = new Set<Address>()

  constructor(accessList: AccessList) {
    for (const { address, storageKeys } of accessList) {
      const slots = this.#of(address)
      for (const key of storageKeys) slots.add(BigInt(key))
    }
  }

  exclude(addresses: readonly Address[]): void {
    for (const address of addresses) this.#excluded.add(address)
  }

  list(): AccessList {
    return [...this.#slots].map(([address, slots]) => ({
      address,
      storageKeys: [...slots].map((slot) => bytesToHash(wordToBytes(slot))),
    }))
  }

  #look({ opcode, stack, stackSize, address }: StepView): void {
    if (opcode === SLOAD || opcode === SSTORE) {
      if (stackSize > 0) this.#of(toAddress(address)).add(stack[stackSize - 1] as bigint)
      return
    }
    const place = ACCOUNT_OPCODES[opcode]
    if (place === undefined || stackSize < place.needs) return
    const seen = toAddress(wordToAddressHex(stack[stackSize - place.depth] as bigint))
    if (!this.#excluded.has(seen)) this.#of(seen)
  }

  #of(address: Address): Set<bigint> {
    const slots = this.#slots.get(address) ?? new Set()
    this.#slots.set(address, slots)
    return slots
  }
}

function isSame(one: AccessList, other: AccessList): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
