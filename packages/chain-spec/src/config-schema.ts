import { z } from 'zod'
import { FORKS, type ForkKeys } from './fork-schedule.ts'
import { qbftSchema, transitionsSchema } from './qbft-schema.ts'
import {
  address,
  count,
  expected,
  hash,
  quantity,
  UINT64_MAX,
  UINT256_MAX,
} from './scalar-schema.ts'
import { systemContractsSchema } from './system-contracts-schema.ts'

/** Largest chain id (EIP-2294), so that 2 × id + 36 fits 64 bits. */
const CHAIN_ID_MAX = UINT64_MAX / 2n - 36n
const BLOBS_MAX = 65_536
const EIP170_CODE_SIZE_MAX = 24_576n
const EVM_STACK_SIZE = 1_024n

const flag = z.boolean(expected('true or false'))

const uint64 = quantity(0n, UINT64_MAX)

const blobScheduleEntry = z
  .object(
    {
      target: count(0, BLOBS_MAX),
      max: count(1, BLOBS_MAX),
      baseFeeUpdateFraction: count(1, Number.MAX_SAFE_INTEGER),
    },
    expected('an object'),
  )
  .refine(({ target, max }) => target <= max, { error: 'target must not be above max' })

const blobForks = ['cancun', 'prague', 'osaka', 'bpo1', 'bpo2', 'bpo3', 'bpo4', 'bpo5'] as const

type ForkKey = (typeof FORKS)[number]['key'] | 'eip155Block'

/** In the order of forks; geth names the second half of Spurious Dragon by a key of its own. */
const forkKeyNames = FORKS.flatMap(({ key }): ForkKey[] =>
  key === 'eip158Block' ? ['eip155Block', key] : [key],
)

const forkKeys = Object.fromEntries(forkKeyNames.map((key) => [key, uint64.optional()])) as {
  [Key in ForkKey]: z.ZodOptional<typeof uint64>
}

/** What a transaction pays for its gas, as `config.feePolicy` says it. */
export const FEE_POLICIES = ['eip1559', 'fixedBaseFee', 'freeGas'] as const
export type FeePolicyName = (typeof FEE_POLICIES)[number]

/** A key that Besu lets a network change and this node does not: only its default is accepted. */
function fixedAt(value: bigint) {
  return quantity(0n, UINT256_MAX).refine((given) => given === value, {
    error: `must be ${value}: another value is not supported`,
  })
}

/** `config`: forks, QBFT, fees. geth's and Besu's names, and our `feePolicy`. */
export const configSchema = z
  .object(
    {
      chainId: quantity(1n, CHAIN_ID_MAX),
      ...forkKeys,
      eip150Hash: hash.optional(),
      constantinopleFixBlock: uint64.optional(),
      daoForkBlock: fixedAt(0n).optional(),
      daoForkSupport: flag.optional(),
      terminalTotalDifficulty: quantity(0n, UINT256_MAX).optional(),
      terminalTotalDifficultyPassed: flag.optional(),
      blobSchedule: z
        .object(
          Object.fromEntries(blobForks.map((name) => [name, blobScheduleEntry.optional()])) as {
            [Name in (typeof blobForks)[number]]: z.ZodOptional<typeof blobScheduleEntry>
          },
          expected('an object'),
        )
        .optional(),
      // The three request contracts of Prague: QBFT blocks carry no requests, so the addresses are unused.
      depositContractAddress: address.optional(),
      withdrawalRequestContractAddress: address.optional(),
      consolidationRequestContractAddress: address.optional(),
      feePolicy: z
        .enum(FEE_POLICIES, {
          error: 'must be "eip1559", "fixedBaseFee" or "freeGas"',
        })
        .optional(),
      systemContracts: systemContractsSchema.optional(),
      zeroBaseFee: flag.optional(),
      fixedBaseFee: flag.optional(),
      contractSizeLimit: fixedAt(EIP170_CODE_SIZE_MAX).optional(),
      evmStackSize: fixedAt(EVM_STACK_SIZE).optional(),
      ecCurve: z.literal('secp256k1', { error: 'must be "secp256k1"' }).optional(),
      discovery: z
        .object(
          {
            bootnodes: z
              .array(z.string(), expected('a list'))
              .max(0, { error: 'must be empty: bootnodes are listed in bootnodes.json' })
              .optional(),
          },
          expected('an object'),
        )
        .optional(),
      ethash: z.unknown().optional(),
      clique: z.unknown().optional(),
      qbft: qbftSchema.optional(),
      transitions: z
        .object({ qbft: transitionsSchema.optional() }, expected('an object'))
        .optional(),
    },
    expected('an object'),
  )
  .superRefine((config, context) => {
    const add = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message })
    checkAliases(config, add)
    checkForkOrder(forkStarts(config), add)
    checkBlobForks(config, add)
    checkFees(config, add)
  })

/** `config` as read. */
export type ConfigKeys = z.output<typeof configSchema>

type AddProblem = (key: string, message: string) => void

/** Fork starts with aliases resolved: Besu's `constantinopleFixBlock`, geth's `terminalTotalDifficulty: 0`. */
export function forkStarts(config: ConfigKeys): ForkKeys {
  const isMergedFromGenesis = config.terminalTotalDifficulty === 0n
  return {
    ...config,
    eip158Block: config.eip158Block ?? config.eip155Block,
    petersburgBlock: config.petersburgBlock ?? config.constantinopleFixBlock,
    mergeNetsplitBlock: config.mergeNetsplitBlock ?? (isMergedFromGenesis ? 0n : undefined),
  }
}

function checkAliases(config: ConfigKeys, add: AddProblem): void {
  const aliases = [
    ['eip155Block', 'eip158Block'],
    ['constantinopleFixBlock', 'petersburgBlock'],
  ] as const
  for (const [alias, key] of aliases) {
    const [start, other] = [config[alias], config[key]]
    if (start !== undefined && other !== undefined && start !== other) {
      add(alias, `must equal ${key} (${other}), got ${start}`)
    }
  }
}

function checkForkOrder(starts: ForkKeys, add: AddProblem): void {
  let before: { key: string; start: bigint } | undefined
  for (const { key } of FORKS) {
    const start = starts[key]
    if (start === undefined) continue
    const isSameKind = before?.key.endsWith('Time') === key.endsWith('Time')
    if (before !== undefined && isSameKind && start < before.start) {
      add(key, `must not be before ${before.key} (${before.start}), got ${start}`)
    }
    before = { key, start }
  }
}

function checkBlobForks(config: ConfigKeys, add: AddProblem): void {
  for (const name of blobForks.slice(blobForks.indexOf('bpo1'))) {
    const key = `${name}Time` as 'bpo1Time'
    if (config[key] === undefined) continue
    if (config.osakaTime === undefined) add(key, 'needs osakaTime: it changes only blob counts')
    if (config.blobSchedule?.[name] === undefined) add(key, `needs config.blobSchedule.${name}`)
  }
}

function checkFees(config: ConfigKeys, add: AddProblem): void {
  const { zeroBaseFee, fixedBaseFee, feePolicy } = config
  if (zeroBaseFee && fixedBaseFee) add('zeroBaseFee', 'contradicts fixedBaseFee: choose one')
  const isFixed = zeroBaseFee || fixedBaseFee
  if (isFixed && feePolicy !== undefined && feePolicy !== 'fixedBaseFee') {
    const key = zeroBaseFee ? 'zeroBaseFee' : 'fixedBaseFee'
    add('feePolicy', `"${feePolicy}" contradicts ${key}: choose one`)
  }
  const isAlwaysBeforeLondon = FORKS.slice(FORKS.findIndex(({ name }) => name === 'london')).every(
    ({ key }) => config[key] === undefined,
  )
  const isPriced = isFixed || (feePolicy !== undefined && feePolicy !== 'eip1559')
  if (isPriced && isAlwaysBeforeLondon) {
    add('londonBlock', 'is missing: a fee policy needs the base fee of London')
  }
}
