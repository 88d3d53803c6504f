import {
  type Abi,
  type AbiFunction,
  type Address,
  type Hex,
  keccak256,
  toFunctionSelector,
  toFunctionSignature,
} from 'viem'
import { ROLES, roleName } from './roles.ts'
import { SYSTEM_ADDRESSES, type SystemContractName, systemContract } from './system-contracts.ts'

/** What of a viem client this needs; a public client fits. */
export interface GovernanceClient {
  readContract(call: {
    readonly address: Address
    readonly abi: Abi
    readonly functionName: string
    readonly args?: readonly unknown[]
    readonly blockNumber: bigint
  }): Promise<unknown>
  getCode(place: {
    readonly address: Address
    readonly blockNumber: bigint
  }): Promise<Hex | undefined>
  getBlockNumber(): Promise<bigint>
  getChainId(): Promise<number>
}

/** Who may do what on a governed network, at one block; plain JSON. */
export interface Governance {
  readonly chainId: number
  readonly blockNumber: number
  readonly contracts: Readonly<Record<SystemContractName, GovernedContract>>
  /** Roles that somebody holds, by name. */
  readonly roles: Readonly<Record<string, readonly RoleMember[]>>
  readonly timelock: {
    readonly minDelaySeconds: number
    readonly proposers: readonly Address[]
    readonly cancellers: readonly Address[]
    /** The zero address: anyone. */
    readonly executors: readonly Address[]
    /** The timelock alone: what changes it waits too. */
    readonly admins: readonly Address[]
  }
  readonly guardians: {
    readonly votes: number
    readonly members: readonly { readonly account: Hex; readonly weight: number }[]
  }
  readonly permissionMode: string
  readonly validators: readonly { readonly validator: Address; readonly organisation: string }[]
}

/** A contract and who may call its restricted functions. */
export interface GovernedContract {
  readonly address: Address
  readonly codeHash: Hex
  /** Whether every restricted function is closed. */
  readonly isClosed: boolean
  /** Seconds until a change of the rights below takes effect. */
  readonly adminDelaySeconds: number
  /** Roles by function; those that are the administrator's alone are left out. */
  readonly functions: Readonly<Record<string, string>>
}

/** A holder of a role. */
export interface RoleMember {
  readonly account: Address
  /** Seconds that its calls wait. */
  readonly executionDelaySeconds: number
}

const MODES = ['open', 'deployListed', 'allListed', 'emergency']
const TIMELOCK_ADMIN = `0x${'00'.repeat(32)}` as const

type Read = (name: SystemContractName, functionName: string, ...args: unknown[]) => Promise<never>

/** Reads governance from the state after one block: every field from the chain, none from a file. */
export async function readGovernance(
  client: GovernanceClient,
  block?: bigint,
): Promise<Governance> {
  const blockNumber = block ?? (await client.getBlockNumber())
  const read: Read = async (name, functionName, ...args) =>
    (await client.readContract({
      ...systemContract(name),
      functionName,
      args,
      blockNumber,
    })) as never
  const names = Object.keys(SYSTEM_ADDRESSES) as SystemContractName[]
  const contracts = await Promise.all(
    names.map(async (name) => {
      const code = await client.getCode({ address: SYSTEM_ADDRESSES[name], blockNumber })
      if (code === undefined) throw new Error(`${name} is not on this chain: it is not governed`)
      return [name, await readContract(read, name, keccak256(code))] as const
    }),
  )
  return {
    chainId: await client.getChainId(),
    blockNumber: Number(blockNumber),
    contracts: Object.fromEntries(contracts) as Governance['contracts'],
    roles: await readRoles(read),
    timelock: await readTimelock(read),
    guardians: await readGuardians(read),
    permissionMode: MODES[Number(await read('PermissionRegistry', 'mode'))] ?? 'unknown',
    validators: await readValidators(read),
  }
}

async function readContract(
  read: Read,
  name: SystemContractName,
  codeHash: Hex,
): Promise<GovernedContract> {
  const { address, abi } = systemContract(name)
  const writing = (abi as Abi).filter(
    (item): item is AbiFunction =>
      item.type === 'function' && !['view', 'pure'].includes(item.stateMutability),
  )
  const functions: [string, string][] = []
  for (const item of writing) {
    const role = await read(
      'CityAccessManager',
      'getTargetFunctionRole',
      address,
      toFunctionSelector(item),
    )
    if (role !== ROLES.ADMIN) functions.push([toFunctionSignature(item), roleName(role)])
  }
  return {
    address,
    codeHash,
    isClosed: await read('CityAccessManager', 'isTargetClosed', address),
    adminDelaySeconds: Number(await read('CityAccessManager', 'getTargetAdminDelay', address)),
    functions: Object.fromEntries(functions),
  }
}

async function readRoles(read: Read): Promise<Governance['roles']> {
  const roles: [string, readonly RoleMember[]][] = []
  for (const [name, id] of Object.entries(ROLES)) {
    const accounts: readonly Address[] = await read('CityAccessManager', 'membersOf', id)
    const members = accounts.toSorted().map(async (account): Promise<RoleMember> => {
      const [, delay]: [boolean, number] = await read('CityAccessManager', 'hasRole', id, account)
      return { account, executionDelaySeconds: delay }
    })
    if (members.length > 0) roles.push([name, await Promise.all(members)])
  }
  return Object.fromEntries(roles)
}

async function readTimelock(read: Read): Promise<Governance['timelock']> {
  const holders = async (role: Hex): Promise<readonly Address[]> =>
    ((await read('CityTimelock', 'getRoleMembers', role)) as readonly Address[]).toSorted()
  return {
    minDelaySeconds: Number(await read('CityTimelock', 'getMinDelay')),
    proposers: await holders(await read('CityTimelock', 'PROPOSER_ROLE')),
    cancellers: await holders(await read('CityTimelock', 'CANCELLER_ROLE')),
    executors: await holders(await read('CityTimelock', 'EXECUTOR_ROLE')),
    admins: await holders(TIMELOCK_ADMIN),
  }
}

async function readGuardians(read: Read): Promise<Governance['guardians']> {
  const count: bigint = await read('GuardianCouncil', 'getSignerCount')
  const signers: readonly Hex[] = await read('GuardianCouncil', 'getSigners', 0n, count)
  const members = signers.toSorted().map(async (account) => ({
    account,
    weight: Number(await read('GuardianCouncil', 'signerWeight', account)),
  }))
  return {
    votes: Number(await read('GuardianCouncil', 'threshold')),
    members: await Promise.all(members),
  }
}

async function readValidators(read: Read): Promise<Governance['validators']> {
  const list: readonly Address[] = await read('ValidatorRegistry', 'getValidators')
  return Promise.all(
    list.map(async (validator) => {
      const id: Hex = await read('ValidatorRegistry', 'organisationOf', validator)
      return { validator, organisation: await read('AllianceRegistry', 'nameOf', id) }
    }),
  )
}
