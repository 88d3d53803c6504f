import path from 'node:path'
import { FEE_POLICIES, type FeePolicyName } from '@busan/chain-spec'
import { Command, InvalidArgumentError, Option } from 'commander'
import { createNetworkFolder, NETWORKS, type NetworkName } from '../network-folder.ts'

/** What `--governance` takes. */
export const GOVERNANCE_HELP =
  'JSON file that says who governs, as chain-config/devnet/governance-plan.json; absent: nobody'

/** `busan init`: a network folder that containers or machines can run. */
export function initCommand(): Command {
  return new Command('init')
    .description(
      'write a network folder: genesis, encrypted keys, a config for each node, compose.yaml',
    )
    .argument('<folder>', 'folder to make; must not exist or be empty')
    .addOption(
      new Option('--network <name>', 'template of the genesis').choices(NETWORKS).default('devnet'),
    )
    .option('--validators <n>', 'number of validators', parseValidators, 4)
    .option('--block-period <seconds>', 'time between blocks', parsePeriodMs)
    .option('--governance <file>', GOVERNANCE_HELP)
    .addOption(feePolicyOption())
    .action(
      async (
        folder: string,
        options: {
          network: NetworkName
          validators: number
          blockPeriod?: number
          governance?: string
          feePolicy?: FeePolicyName
        },
      ) => {
        const target = path.resolve(folder)
        await createNetworkFolder({
          folder: target,
          network: options.network,
          validators: options.validators,
          ...(options.blockPeriod === undefined ? {} : { blockPeriodMs: options.blockPeriod }),
          ...(options.governance === undefined ? {} : { governance: options.governance }),
          ...(options.feePolicy === undefined ? {} : { feePolicy: options.feePolicy }),
          genesisTimestamp: Math.floor(Date.now() / 1000),
          layout: { kind: 'compose' },
        })
        console.log(nextSteps(target, options.validators))
      },
    )
}

function nextSteps(folder: string, validators: number): string {
  const advice =
    validators < 4
      ? '\nNote: fewer than 4 validators survive no Byzantine fault; use 4 or more.'
      : ''
  return `Made ${folder}: ${validators} validators and one RPC node.${advice}
  Run it:          cd ${folder} && docker compose up -d
  One node alone:  busan node --config ${path.join(folder, 'validator-1', 'config.toml')}
  Keep secret:     ${path.join(folder, 'password')} and the *.key.json files`
}

/** `--fee-policy`, the same for every command that makes a genesis. */
export function feePolicyOption(): Option {
  return new Option('--fee-policy <name>', "what gas costs (default: the template's)").choices(
    FEE_POLICIES,
  )
}

/** @throws InvalidArgumentError outside 1 to 100 */
export function parseValidators(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new InvalidArgumentError('a whole number from 1 to 100 is expected')
  }
  return count
}

/** Seconds, with decimals, to milliseconds. @throws InvalidArgumentError outside 0.1 to 3600 s */
export function parsePeriodMs(text: string): number {
  const periodMs = Math.round(Number(text.replace(/s$/, '')) * 1000)
  if (!(periodMs >= 100 && periodMs <= 3_600_000)) {
    throw new InvalidArgumentError('seconds from 0.1 to 3600 are expected')
  }
  return periodMs
}
