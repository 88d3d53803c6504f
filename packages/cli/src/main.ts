// The `busan` command: one verb a file, see commands/. Only the module of the verb in use is loaded: a health
// check must not pay for a node.
import { Command } from 'commander'
import { reportFailure } from './failure.ts'
import { VERSION } from './version.ts'

/** A verb: what help says of it, and how its command is loaded. */
interface Verb {
  readonly summary: string
  load(): Promise<Command>
}

const VERBS: Readonly<Record<string, Verb>> = {
  devnet: {
    summary: 'run a local chain: validator processes and one RPC node',
    load: async () => (await import('./commands/devnet.ts')).devnetCommand(),
  },
  node: {
    summary: 'run a node: a validator when it has a key, else an RPC node',
    load: async () => (await import('./commands/node.ts')).nodeCommand(),
  },
  init: {
    summary: 'write a network folder: genesis, keys, configurations, compose.yaml',
    load: async () => (await import('./commands/init.ts')).initCommand(),
  },
  blocks: {
    summary: 'import and export chains as files of RLP blocks',
    load: async () => (await import('./commands/blocks.ts')).blocksCommand(),
  },
  genesis: {
    summary: 'make and identify genesis files',
    load: async () => (await import('./commands/genesis.ts')).genesisCommand(),
  },
  keys: {
    summary: 'make and read encrypted key files',
    load: async () => (await import('./commands/keys.ts')).keysCommand(),
  },
  health: {
    summary: 'exit 0 when a node is ready, 1 with the failing check when it is not',
    load: async () => (await import('./commands/health.ts')).healthCommand(),
  },
  city: {
    summary: "deploy the city's contracts on a development network; audit their books anywhere",
    load: async () => (await import('./commands/city.ts')).cityCommand(),
  },
  sponsor: {
    summary: "bring citizens' operations to the chain and pay for them",
    load: async () => (await import('./commands/sponsor.ts')).sponsorCommand(),
  },
  governance: {
    summary: 'see who may do what on a governed network, and compare it with a file',
    load: async () => (await import('./commands/governance.ts')).governanceCommand(),
  },
  doctor: {
    summary: 'check what wallets and tools need of a JSON-RPC endpoint',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  },
  tx: {
    summary: 'learn where a transaction is, and why it is not in a block',
    load: async () => (await import('./commands/tx.ts')).txCommand(),
  },
  validators: {
    summary: 'see the validators, vote on them, and learn why a chain does not advance',
    load: async () => (await import('./commands/validators.ts')).validatorsCommand(),
  },
}

const program = new Command('busan')
  .description("Busan Chain: the city's Ethereum-compatible chain")
  .version(VERSION)
  .showSuggestionAfterError()
  .showHelpAfterError('(busan --help lists the commands)')

const chosen = process.argv[process.argv[2] === 'help' ? 3 : 2]
for (const [name, verb] of Object.entries(VERBS)) {
  if (name === chosen) program.addCommand(await verb.load())
  else program.command(name).description(verb.summary)
}

try {
  await program.parseAsync()
} catch (error) {
  reportFailure(error)
}
