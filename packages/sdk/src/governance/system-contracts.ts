import type { Address } from 'viem'
import { ABIS } from '../../generated/abis.ts'
import type { ContractName, DeployedContract } from '../deployments.ts'

/** Where the governance contracts of a governed network stand from its genesis on. */
export const SYSTEM_ADDRESSES = {
  ValidatorRegistry: '0x0000000000000000000000000000000000007777',
  PermissionRegistry: '0x0000000000000000000000000000000000008888',
  NodeRegistry: '0x0000000000000000000000000000000000009999',
  AllianceRegistry: '0x000000000000000000000000000000000000aaaa',
  CityAccessManager: '0x000000000000000000000000000000000000b001',
  CityTimelock: '0x000000000000000000000000000000000000b002',
  GuardianCouncil: '0x000000000000000000000000000000000000b003',
} as const satisfies Partial<Record<ContractName, Address>>

/** A governance contract. */
export type SystemContractName = keyof typeof SYSTEM_ADDRESSES

/** A governance contract as viem's actions take it. */
export function systemContract<Name extends SystemContractName>(
  name: Name,
): DeployedContract<Name> {
  return { address: SYSTEM_ADDRESSES[name], abi: ABIS[name] }
}
