// The `busan` command: one verb a file, see commands/.
import { Command } from 'commander'
import { devnetCommand } from './commands/devnet.ts'
import { genesisCommand } from './commands/genesis.ts'
import { healthCommand } from './commands/health.ts'
import { initCommand } from './commands/init.ts'
import { keysCommand } from './commands/keys.ts'
import { nodeCommand } from './commands/node.ts'
import { reportFailure } from './failure.ts'
import { VERSION } from './version.ts'

const program = new Command('busan')
  .description("Busan Chain: the city's Ethereum-compatible chain")
  .version(VERSION)
  .showSuggestionAfterError()
  .showHelpAfterError('(busan --help lists the commands)')
  .addCommand(devnetCommand())
  .addCommand(nodeCommand())
  .addCommand(initCommand())
  .addCommand(genesisCommand())
  .addCommand(keysCommand())
  .addCommand(healthCommand())

try {
  await program.parseAsync()
} catch (error) {
  reportFailure(error)
}
