// npm run bench -- size: what a transaction takes on a validator's disk, by the table that it goes to.
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { ZERO_HASH } from '@busan/primitives'
import { type KeyValueStore, keys, openLevelStore } from '@busan/storage'
import { silentLogger } from '@busan/telemetry'
import { offerLoad } from './lib/offer-load.ts'
import { printTable, short } from './lib/report.ts'
import { startValidators } from './lib/targets.ts'

const ACCOUNT = new Uint8Array(20)
const WORD = new Uint8Array(32)

/** A key of each table: its first byte is the table's. */
const TABLES: Readonly<Record<string, readonly Uint8Array[]>> = {
  'state, all versions': [keys.stateNode(WORD)],
  'accounts and slots, tables': [keys.account(WORD), keys.slot(WORD, WORD), keys.stateNumber(WORD)],
  'transactions in blocks': [keys.body(0n)],
  receipts: [keys.receipts(0n)],
  'block of a transaction': [keys.transactionLocation(ZERO_HASH)],
  'blocks of an account': [keys.appearances(ACCOUNT, 0n)],
  'logs by address and topic': [keys.log('address', ACCOUNT, 0n), keys.log('topic', ACCOUNT, 0n)],
  headers: [keys.header(0n, ZERO_HASH)],
}

/** `--work transfers,erc20`, `--count N` transactions of each. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      work: { type: 'string', default: 'transfers,erc20' },
      count: { type: 'string', default: '20000' },
    },
  })
  const works = values.work.split(',')
  const columns: Measured[] = []
  for (const work of works) columns.push(await measure(work, Number(values.count)))
  const names = [...Object.keys(TABLES), 'on disk, whole folder']
  console.log('\nbytes a transaction, with what the blocks around them take')
  printTable([
    ['', ...works],
    ...names.map((name) => [name, ...columns.map((column) => short(column.get(name) ?? 0))]),
  ])
}

/** Bytes a transaction by the name of a table. */
type Measured = ReadonlyMap<string, number>

async function measure(work: string, count: number): Promise<Measured> {
  const { network, first } = await startValidators(1)
  try {
    const { included } = await offerLoad(first.url, { work, count })
    await first.end('SIGTERM')
    const folder = path.join(network.folder, first.name, 'data')
    const onDisk = folderBytes(folder)
    const store = await openLevelStore(path.join(folder, 'database'), { logger: silentLogger })
    const measured = new Map<string, number>()
    for (const [name, samples] of Object.entries(TABLES)) {
      measured.set(name, (await tableBytes(store, samples)) / included)
    }
    await store.close()
    return measured.set('on disk, whole folder', onDisk / included)
  } finally {
    await network.close()
  }
}

async function tableBytes(store: KeyValueStore, samples: readonly Uint8Array[]): Promise<number> {
  let bytes = 0
  for (const [prefix = 0] of samples) {
    const range = { gte: Uint8Array.of(prefix), lt: Uint8Array.of(prefix + 1) }
    for await (const [key, value] of store.range(range)) bytes += key.length + value.length
  }
  return bytes
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(path.join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0)
}
