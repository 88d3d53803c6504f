// npm run bench -- execute|chain|rpc|caliper|storm|sync|size|delay [options]: measurements, each comparing things inside one run.
import { printMachine } from './lib/report.ts'

const BENCHES: Readonly<Record<string, () => Promise<{ run(args: string[]): Promise<void> }>>> = {
  execute: () => import('./execute.ts'),
  chain: () => import('./chain.ts'),
  rpc: () => import('./rpc.ts'),
  caliper: () => import('./caliper.ts'),
  storm: () => import('./storm.ts'),
  sync: () => import('./sync.ts'),
  delay: () => import('./delay.ts'),
  size: () => import('./size.ts'),
}

const [name = '', ...args] = process.argv.slice(2)
const load = BENCHES[name]
if (load === undefined) {
  console.error(`which one? npm run bench -- ${Object.keys(BENCHES).join('|')}`)
  process.exitCode = 64
} else {
  printMachine()
  const bench = await load()
  await bench.run(args)
}
