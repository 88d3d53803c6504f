// Lays a state out on disk and tells its root: senders, a token that all accounts hold, and other accounts.
import { open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { GenesisAccount } from '@busan/chain-spec'
import { computeGenesisState } from '@busan/execution'
import { type Address, bytesToHash, type Hex, privateKeyToAddress } from '@busan/primitives'
import { type BatchOperation, openLevelStore } from '@busan/storage'
import { silentLogger } from '@busan/telemetry'
import { ClassicLevel } from 'classic-level'
import { SENDER_COUNT, senderKey, strangerOf, TOKEN, WRITER, WRITER_CODE } from './chain-state.ts'
import { balanceSlot, compileToken } from './token.ts'

const RICH_WEI = 10n ** 24n

const { folder, accountCount } = workerData as { folder: string; accountCount: number }
const senders = Array.from({ length: SENDER_COUNT }, (_, i) => privateKeyToAddress(senderKey(i)))
const others = Array.from({ length: accountCount - SENDER_COUNT }, (_, i) =>
  strangerOf(`account ${i}`),
)
const { stateRoot, writes } = await computeGenesisState(allocOf([...senders, ...others]))
await layOut(writes)
parentPort?.postMessage(stateRoot)

/** Writes a database as it is after a long time: LevelDB has nothing left to move to its place. */
async function layOut(writes: readonly BatchOperation[]): Promise<void> {
  const store = await openLevelStore(folder, { logger: silentLogger })
  for (let from = 0; from < writes.length; from += 20_000) {
    await store.batch(writes.slice(from, from + 20_000), { sync: false })
  }
  await store.close()
  const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, {
    keyEncoding: 'view',
    compression: false,
  })
  await level.compactRange(Uint8Array.of(0), new Uint8Array(40).fill(0xff))
  await level.close()
  await settle()
}

/** Nothing is left to write in the background of what is measured, and what was read before is in memory. */
async function settle(): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = await open(path.join(folder, name), 'r')
    await file.sync()
    await file.readFile()
    await file.close()
  }
}

function allocOf(holders: readonly Address[]): GenesisAccount[] {
  const account = (address: Address, code: Hex): GenesisAccount => ({
    address,
    code,
    nonce: 0n,
    balanceWei: 0n,
    storage: new Map(),
  })
  const balance = bytesToHash(new Uint8Array(32).fill(0xff, 24))
  const storage = new Map(holders.map((holder) => [balanceSlot(holder), balance]))
  return [
    ...holders.map((holder) => ({ ...account(holder, '0x'), balanceWei: RICH_WEI })),
    { ...account(TOKEN, compileToken().runtimeCode), storage },
    account(WRITER, WRITER_CODE),
  ]
}
