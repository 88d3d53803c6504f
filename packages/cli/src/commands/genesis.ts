import { type FeePolicyName, parseGenesis } from '@busan/chain-spec'
import { genesisHashOf, writeNewFile } from '@busan/node'
import { CodedError, isAddress, toAddress } from '@busan/primitives'
import { Command, Option } from 'commander'
import { NETWORKS, type NetworkName, networkGenesis } from '../network-folder.ts'
import { readTextFile } from '../read-file.ts'
import { feePolicyOption, GOVERNANCE_HELP, parsePeriodMs } from './init.ts'

/** `busan genesis`: make and identify genesis files. */
export function genesisCommand(): Command {
  const genesis = new Command('genesis').description('make and identify genesis files')
  genesis
    .command('create')
    .description("fill a network's template with its validators")
    .addOption(new Option('--network <name>', 'template').choices(NETWORKS).default('devnet'))
    .requiredOption('--validators <addresses>', 'validator addresses, comma-separated')
    .requiredOption('--out <file>', 'file to write; must not exist')
    .option('--block-period <seconds>', 'time between blocks', parsePeriodMs)
    .option('--governance <file>', GOVERNANCE_HELP)
    .addOption(feePolicyOption())
    .action(
      async (options: {
        network: NetworkName
        validators: string
        out: string
        blockPeriod?: number
        governance?: string
        feePolicy?: FeePolicyName
      }) => {
        const text = await networkGenesis(
          {
            network: options.network,
            genesisTimestamp: Math.floor(Date.now() / 1000),
            ...(options.blockPeriod === undefined ? {} : { blockPeriodMs: options.blockPeriod }),
            ...(options.governance === undefined ? {} : { governance: options.governance }),
            ...(options.feePolicy === undefined ? {} : { feePolicy: options.feePolicy }),
          },
          parseAddresses(options.validators),
        )
        await writeNewFile(options.out, text, 0o644)
        console.log(`${options.out}: genesis hash ${await genesisHashOf(parseGenesis(text))}`)
      },
    )
  genesis
    .command('hash')
    .description('print the hash of the genesis block')
    .argument('<file>')
    .action(async (file: string) => {
      console.log(await genesisHashOf(parseGenesis(await readTextFile(file, 'genesis'))))
    })
  return genesis
}

function parseAddresses(text: string) {
  const addresses = text.split(',').map((part) => part.trim())
  const wrong = addresses.filter((address) => !isAddress(address))
  if (wrong.length > 0) {
    throw new CodedError(
      'invalid-config',
      `--validators: not a 20-byte 0x address: ${wrong.join(', ')}`,
    )
  }
  const unique = new Set(addresses.map(toAddress))
  if (unique.size !== addresses.length) {
    throw new CodedError('invalid-config', '--validators: an address stands twice')
  }
  return [...unique]
}
