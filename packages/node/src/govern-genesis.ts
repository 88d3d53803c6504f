import { parseGenesis } from '@busan/chain-spec'
import { type GenesisContract, runGenesisConstructors } from '@busan/execution'
import {
  type Address,
  CodedError,
  type Hex,
  isAddress,
  keccak256,
  present,
  toAddress,
  toQuantity,
} from '@busan/primitives'
import { z } from 'zod'

const address = z.string().refine(isAddress, 'must be a 20-byte 0x address').transform(toAddress)
const seconds = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1)

/** Who governs a network from its first block on; the file of `--governance`. */
const planSchema = z.strictObject({
  /** Announces to the timelock, and administers members, permissions and validators. */
  committee: address,
  /** May stop things together. */
  guardians: z
    .array(z.strictObject({ account: address, weight: z.number().int().min(1).max(1000) }))
    .min(1),
  /** Weight that carries a stop. */
  guardianVotes: z.number().int().min(1),
  adminDelaySeconds: seconds.default(7 * 86_400),
  consensusDelaySeconds: seconds.default(14 * 86_400),
  /** Blocks from one change of validators to the next. */
  validatorIntervalBlocks: z.number().int().min(1).max(1_000_000).default(600),
  permissionMode: z.enum(['open', 'deployListed', 'allListed']).default('deployListed'),
  /** First accounts that may deploy. */
  deployers: z.array(address).default([]),
  /** Contracts whose calls count as deployment. */
  factories: z.array(address).default([toAddress('0x4e59b44847b379578588920ca78fbf26c0b4956c')]),
  /** Founding members; the first run the validators, one each, in the order in which those are given. */
  members: z.array(z.strictObject({ name: z.string().min(1).max(64), account: address })).min(4),
})

type Plan = z.output<typeof planSchema>

const fileSchema = z.array(
  z.object({
    name: z.string(),
    address,
    recovery: z.array(z.object({ signature: z.string(), selector: z.string() })),
    abi: z.custom<GenesisContract['abi']>(Array.isArray),
    bytecode: z.string().transform((text) => text as Hex),
  }),
)

type ContractFile = z.output<typeof fileSchema>[number]

/** What {@link governGenesis} works on. */
export interface GovernGenesisOptions {
  /** A genesis file, as text. */
  readonly template: string
  /** chain-config/system-contracts.json, read. */
  readonly contracts: unknown
  /** The plan, read from JSON. */
  readonly plan: unknown
  readonly validators: readonly Address[]
  /** Seconds since the epoch. */
  readonly genesisTimestamp: number
}

/** A change of delays takes five days in OpenZeppelin's AccessManager: the set-up runs so long before the genesis. */
const SET_UP_SECONDS = 5 * 86_400

/**
 * Adds the governance contracts to a genesis: they were constructed at their addresses, set up and handed over to those
 * whom the plan names; the permission registry is in force.
 * @returns the genesis file, as text
 * @throws CodedError `invalid-config` for a plan that does not hold
 */
export async function governGenesis(options: GovernGenesisOptions): Promise<string> {
  const plan = readPlan(options)
  const files = fileSchema.parse(options.contracts)
  const addressOf = (name: string) =>
    present(files.find((file) => file.name === name)?.address, `the contract ${name}`)
  const args = argumentsOf(plan, options.validators, { files, addressOf })
  const contracts = files.map((file) => ({
    ...file,
    leavesCode: file.name !== 'CityGenesis',
    args: present(args[file.name], `the arguments of ${file.name}`),
  }))
  const accounts = await runGenesisConstructors(
    parseGenesis(options.template),
    contracts,
    BigInt(Math.max(1, options.genesisTimestamp - SET_UP_SECONDS)),
  )
  const base = JSON.parse(options.template)
  const alloc = accounts.map(({ address, nonce, code, storage }) => [
    address,
    {
      comment: present(
        files.find((file) => file.address === address),
        'a contract',
      ).name,
      balance: '0x0',
      nonce: toQuantity(nonce),
      code,
      storage: Object.fromEntries(storage),
    },
  ])
  const systemContracts = {
    permissionRegistry: addressOf('PermissionRegistry'),
    validatorRegistry: addressOf('ValidatorRegistry'),
    nodeRegistry: addressOf('NodeRegistry'),
    recovery: files
      .filter(({ recovery }) => recovery.length > 0)
      .map((file) => ({ to: file.address, selectors: file.recovery.map((one) => one.selector) })),
  }
  return JSON.stringify({
    ...base,
    config: { ...base.config, systemContracts },
    alloc: { ...base.alloc, ...Object.fromEntries(alloc) },
  })
}

function readPlan({ plan, validators }: GovernGenesisOptions): Plan {
  const read = planSchema.safeParse(plan)
  if (!read.success) {
    const problems = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw invalid(problems.join('\n  '))
  }
  const { guardians, guardianVotes, members } = read.data
  const weight = guardians.reduce((sum, guardian) => sum + guardian.weight, 0)
  if (guardianVotes > weight) {
    throw invalid(`guardianVotes: ${guardianVotes} can never be reached with a weight of ${weight}`)
  }
  if (validators.length < 4) {
    throw invalid(`validators: a governed network has at least 4, got ${validators.length}`)
  }
  if (members.length < validators.length) {
    throw invalid(`members: ${members.length} cannot run ${validators.length} validators, one each`)
  }
  return read.data
}

/** Constructor arguments by contract, and within by name. */
function argumentsOf(
  plan: Plan,
  validators: readonly Address[],
  setting: { readonly files: readonly ContractFile[]; addressOf(name: string): Address },
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const { addressOf } = setting
  const authority = addressOf('CityAccessManager')
  const setUp = addressOf('CityGenesis')
  const initialMode = ['open', 'deployListed', 'allListed'].indexOf(plan.permissionMode)
  const seats = validators.map((validator, index) => ({
    validator,
    organisation: memberId(present(plan.members[index], 'a member').name),
  }))
  return {
    CityAccessManager: { admin: setUp },
    CityTimelock: {
      minDelay: BigInt(plan.adminDelaySeconds),
      proposers: [plan.committee],
      setUp,
    },
    GuardianCouncil: {
      authority,
      signers: plan.guardians.map(({ account }) => account),
      weights: plan.guardians.map(({ weight }) => BigInt(weight)),
      votes: BigInt(plan.guardianVotes),
      stops: STOPS.map(selectorOf),
    },
    PermissionRegistry: {
      authority,
      initialMode: BigInt(initialMode),
      factories: plan.factories,
      deployers: plan.deployers,
    },
    AllianceRegistry: { authority },
    ValidatorRegistry: {
      authority,
      alliance: addressOf('AllianceRegistry'),
      interval: BigInt(plan.validatorIntervalBlocks),
      seats,
    },
    NodeRegistry: { authority },
    CityGenesis: { plan: setUpPlan(plan, addressOf) },
  }
}

function setUpPlan(plan: Plan, addressOf: (name: string) => Address) {
  return {
    authority: addressOf('CityAccessManager'),
    timelock: addressOf('CityTimelock'),
    guardians: addressOf('GuardianCouncil'),
    permissions: addressOf('PermissionRegistry'),
    validators: addressOf('ValidatorRegistry'),
    nodes: addressOf('NodeRegistry'),
    alliance: addressOf('AllianceRegistry'),
    committee: plan.committee,
    adminDelay: BigInt(plan.adminDelaySeconds),
    consensusDelay: BigInt(plan.consensusDelaySeconds),
    members: plan.members,
  }
}

/** What the guardians may call: cancelling in the authority and the timelock, pauses, halts and the emergency. */
const STOPS = [
  'cancel(address,address,bytes)',
  'cancel(bytes32)',
  'pause(uint8,bytes32)',
  'halt(bytes32,bytes32)',
  'declareEmergency(bytes32)',
]

const textHash = (text: string) => keccak256(new TextEncoder().encode(text))
const memberId = (name: string): Uint8Array => textHash(name)
const selectorOf = (signature: string): Uint8Array => textHash(signature).subarray(0, 4)

function invalid(problems: string): CodedError {
  return new CodedError('invalid-config', `the governance plan does not hold:\n  ${problems}`)
}
