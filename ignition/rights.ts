import { ABIS } from '@busan/sdk'
import type { IgnitionModuleBuilder } from '@nomicfoundation/hardhat-ignition/modules'
import { type AbiFunction, toFunctionSelector } from 'viem'

type Contract = ReturnType<IgnitionModuleBuilder['contract']>

/**
 * Lets roles call functions of a contract; what is restricted and not named here stays with the admin.
 * @param rights names of functions by role id (`contracts/governance/Roles.sol`)
 */
export function giveRights(
  m: IgnitionModuleBuilder,
  authority: Contract,
  contract: Contract,
  rights: Readonly<Record<number, readonly string[]>>,
): void {
  const abi = ABIS[contract.contractName as keyof typeof ABIS]
  for (const [role, names] of Object.entries(rights)) {
    const selectors = names.map((name) => {
      const found = abi.find((item) => item.type === 'function' && item.name === name)
      if (found === undefined) throw new Error(`${contract.contractName} has no function ${name}`)
      return toFunctionSelector(found as AbiFunction)
    })
    const args = [contract, selectors, BigInt(role)]
    m.call(authority, 'setTargetFunctionRole', args, {
      id: `${contract.contractName}_role${role}`,
    })
  }
}
