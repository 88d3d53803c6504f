import { ABIS } from '@busan/sdk'
import type { IgnitionModuleBuilder } from '@nomicfoundation/hardhat-ignition/modules'
import { type AbiFunction, type Hex, toFunctionSelector } from 'viem'

type Contract = ReturnType<IgnitionModuleBuilder['contract']>

/**
 * Lets roles call functions of a contract; what is restricted and not named here stays with the admin.
 * @param rights names of functions by role id (`contracts/governance/Roles.sol`)
 * @param after what the deployer does before
 */
export function giveRights(
  m: IgnitionModuleBuilder,
  authority: Contract,
  contract: Contract,
  rights: Readonly<Record<number, readonly string[]>>,
  after: ReturnType<IgnitionModuleBuilder['call']>[] = [],
): void {
  for (const [role, names] of Object.entries(rights)) {
    const selectors = names.map((name) => selectorOf(contract, name))
    const args = [contract, selectors, BigInt(role)]
    m.call(authority, 'setTargetFunctionRole', args, {
      id: `${contract.contractName}_role${role}`,
      after,
    })
  }
}

/** @returns the selector of a function that its contract does not overload */
export function selectorOf({ contractName }: Contract, name: string): Hex {
  const abi = ABIS[contractName as keyof typeof ABIS]
  const found = abi.find((item) => item.type === 'function' && item.name === name)
  if (found === undefined) throw new Error(`${contractName} has no function ${name}`)
  return toFunctionSelector(found as AbiFunction)
}
