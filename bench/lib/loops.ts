// Loops that do nothing but compute, run as calls in both interpreters.
import { parseGenesis } from '@busan/chain-spec'
import { computeGenesisState, createExecutor, type EvmKind } from '@busan/execution'
import { toAddress } from '@busan/primitives'
import { createMemoryStore } from '@busan/storage'
import { genesisDocument } from './chain-state.ts'
import { median, printTable, short, spread, timeMs } from './report.ts'

/** Each counts down from 2^24 on the stack, and works at each turn. */
const LOOPS: Readonly<Record<string, string>> = {
  // Multiplies, adds and stores.
  arithmetic: '5b60019003806003026007016020528060045700',
  // Hashes 64 bytes of which one word changes.
  keccak: '5b600190038060205260406000206000528060045700',
  // Compares, shifts and moves.
  stack: '5b600190038081820180820116905080821890508060011c50508060045700',
  // Reads four slots again and again.
  'storage reads': '5b600190038060031654508060045700',
}
const GAS: Readonly<Record<EvmKind, bigint>> = { fast: 30_000_000n, reference: 5_000_000n }

/** Prints gas a second for each loop and interpreter. */
export async function compareLoops(rounds: number): Promise<void> {
  const codes = Object.entries(LOOPS).map(([name, code], index) => ({
    name,
    at: toAddress(`0x${(0x71 + index).toString(16).repeat(20)}`),
    code: `0x62ffffff${code}`,
  }))
  const alloc = Object.fromEntries(codes.map(({ at, code }) => [at, { code, balance: '0x0' }]))
  const spec = parseGenesis(genesisDocument(alloc))
  const { stateRoot, writes } = await computeGenesisState(spec.alloc)
  const store = createMemoryStore()
  await store.batch(writes)
  const header = spec.genesisHeader(stateRoot)
  const rows = [['loop', 'ours, Mgas/s', 'reference, Mgas/s', 'times the reference']]
  for (const { name, at } of codes) {
    const rates: Record<EvmKind, number[]> = { fast: [], reference: [] }
    for (let round = 0; round <= rounds; round++) {
      for (const evm of ['fast', 'reference'] as const) {
        const executor = createExecutor({ store, spec, evm, blockHashByNumber: () => undefined })
        const gas = GAS[evm]
        const call = () => executor.call({ to: at, gas }, header, { gasCap: gas })
        const ms = await timeMs(async () => {
          const verdict = await call()
          if (!verdict.ok || verdict.value.gasUsed < gas) throw new Error(`${name} ended early`)
        })
        // The first round warms up.
        if (round > 0) rates[evm].push(Number(gas) / ms / 1000)
      }
    }
    const ratio = median(rates.fast) / median(rates.reference)
    rows.push([name, spread(rates.fast), spread(rates.reference), short(ratio)])
  }
  console.log('\nloops, each until its gas is gone')
  printTable(rows)
}
