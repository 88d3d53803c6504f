import { CodedError, errorMessage } from '@busan/primitives'
import { type Governance, governanceAt, governanceDifferences } from '@busan/sdk'
import { Command } from 'commander'
import { parseBlock } from '../parse-block.ts'
import { readJsonFile } from '../read-file.ts'

interface Place {
  readonly rpc: string
  readonly block?: bigint
}

/** `busan governance`: who may do what on a governed network, read from its state. */
export function governanceCommand(): Command {
  const governance = new Command('governance').description(
    'who may do what on a governed network: roles, delays, guardians, validators',
  )
  place(governance.command('show'))
    .description('print it as JSON, all of it from the chain')
    .action(async (options: Place) => {
      console.log(JSON.stringify(await read(options), null, 2))
    })
  place(governance.command('check'))
    .description('compare the chain with a file that `show` has written; exit 1 when they differ')
    .argument('<file>')
    .action(async (file: string, options: Place) => {
      const expected = (await readJsonFile(file, 'governance')) as Governance
      const differences = governanceDifferences(expected, await read(options))
      for (const line of differences) console.log(line)
      if (differences.length > 0) process.exitCode = 1
      else console.log(`as ${file} says`)
    })
  return governance
}

function place(command: Command): Command {
  return command
    .option('--rpc <url>', 'JSON-RPC of a node', 'http://127.0.0.1:8545')
    .option('--block <number>', 'state after this block (default: the latest)', parseBlock)
}

async function read({ rpc, block }: Place): Promise<Governance> {
  try {
    return await governanceAt(rpc, block)
  } catch (cause) {
    const [reason] = errorMessage(cause).split('\n')
    throw new CodedError('node-unreachable', `cannot read governance at ${rpc}: ${reason}`, {
      cause,
    })
  }
}
