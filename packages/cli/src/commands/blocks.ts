import { type ChainFileReport, exportChainFile, importChainFile } from '@busan/node'
import { createLogger } from '@busan/telemetry'
import { Command, InvalidArgumentError } from 'commander'

interface FolderFlags {
  readonly dataPath: string
  readonly genesis?: string
}

/** `busan blocks`: chains as files of RLP blocks, in geth's format. */
export function blocksCommand(): Command {
  const blocks = new Command('blocks').description(
    'import and export chains as files of RLP blocks',
  )
  withFolder(blocks.command('import'))
    .description(
      'verify and store the blocks of a file; serve them with: busan node --engine import',
    )
    .argument('<file>', 'RLP of one block after another, as geth export writes it')
    .action(async (file: string, flags: FolderFlags) => {
      const report = await importChainFile(folderOf(flags), file)
      const known = report.known === 0 ? '' : `, ${report.known} were there already`
      console.log(`imported ${report.blocks} blocks${known}; ${headLine(report)}`)
    })
  withFolder(blocks.command('export'))
    .description('write blocks of a stopped node to a new file')
    .argument('<file>', 'file to write; must not exist')
    .option('--first <n>', 'first block; default 1', parseNumber)
    .option('--last <n>', 'last block; default the head', parseNumber)
    .action(async (file: string, flags: FolderFlags & { first?: bigint; last?: bigint }) => {
      const report = await exportChainFile(folderOf(flags), file, flags)
      console.log(`exported ${report.blocks} blocks; ${headLine(report)}`)
    })
  return blocks
}

function withFolder(command: Command): Command {
  return command
    .requiredOption('--data-path <dir>', 'folder of the database')
    .option('--genesis <file>', 'genesis of the chain; default: genesis.json in the data folder')
}

function folderOf({ dataPath, genesis }: FolderFlags) {
  return {
    dataPath,
    ...(genesis === undefined ? {} : { genesisFile: genesis }),
    logger: createLogger({ level: 'warn', format: 'pretty' }),
  }
}

function headLine({ head }: ChainFileReport): string {
  return `the head is block ${head.number} ${head.hash}`
}

function parseNumber(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('a block number is expected')
  return BigInt(text)
}
