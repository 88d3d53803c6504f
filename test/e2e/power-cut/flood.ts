// As many transactions as validators take: their pools are never empty while it runs.
import { type Hex, privateKeyToAddress } from '@busan/primitives'
import { senderKey, strangerOf } from '../../../bench/lib/chain-state.ts'
import { createSigner } from '../../../bench/lib/load.ts'
import { rpc } from '../chain-process.ts'
import { ask, type RpcCall } from '../network-faults/ask.ts'
import { type Load, pause, type Targets } from '../network-faults/load.ts'

/** Accounts that send to one validator: nonces of one account never race through two of them. */
const SENDERS_EACH = 50
const PER_SENDER = 10
/** Transfers go to so many accounts, so that the state stays small enough to be hashed whole after each cut. */
const RECIPIENTS = 2_000
const PENDING_MAX = 4_000

/** Balances that the senders need in the genesis. */
export function floodAlloc(validators: number): Record<string, { readonly balance: Hex }> {
  const addresses = Array.from({ length: validators * SENDERS_EACH }, (_, index) =>
    privateKeyToAddress(senderKey(index)),
  )
  return Object.fromEntries(
    addresses.map((one) => [one, { balance: `0x${(10n ** 24n).toString(16)}` }]),
  )
}

/** Floods every validator from accounts of its own until stopped. */
export function startFlood(
  targets: Targets,
  chainId: bigint,
  validators: number,
): Omit<Load, 'served'> {
  const sign = createSigner(Number(chainId))
  let sent = 0
  let isStopped = false

  async function turn(url: string, validator: number): Promise<void> {
    const { pending } = await rpc<{ pending: Hex }>(url, 'txpool_status')
    if (Number(pending) > PENDING_MAX) return pause(50)
    const own = Array.from({ length: SENDERS_EACH }, (_, i) =>
      senderKey(validator * SENDERS_EACH + i),
    )
    const asked = own.map(
      (key): RpcCall => ['eth_getTransactionCount', privateKeyToAddress(key), 'pending'],
    )
    const nonces = await ask(url, asked)
    const calls = own.flatMap((key, index) => {
      const first = Number(nonces[index]?.result)
      return Array.from({ length: PER_SENDER }, (_, i): RpcCall => {
        const to = strangerOf(`flood ${sent++ % RECIPIENTS}`)
        const fields = { to, value: 1n, gasLimit: 21_000n, nonce: first + i }
        return ['eth_sendRawTransaction', sign(key, fields).raw]
      })
    })
    await ask(url, calls)
  }

  async function drive(validator: number): Promise<void> {
    while (!isStopped) {
      const target = targets()[validator]
      // A validator that dies in the middle of a question is the point of the test.
      if (target !== undefined) await turn(target.url, validator).catch(() => pause(50))
      else await pause(50)
    }
  }

  const drives = Array.from({ length: validators }, (_, index) => drive(index))
  return {
    sent: () => sent,
    async stop() {
      isStopped = true
      await Promise.all(drives)
    },
  }
}
