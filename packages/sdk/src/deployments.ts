import { type Address, getAddress } from 'viem'
import { z } from 'zod'
import { ABIS } from '../generated/abis.ts'

/** A contract of the city. */
export type ContractName = keyof typeof ABIS

/** A contract as viem's actions take it. */
export interface DeployedContract<Name extends ContractName> {
  readonly address: Address
  readonly abi: (typeof ABIS)[Name]
}

const ADDRESSES = z.record(
  z.string().regex(/^[\w-]+#[\w-]+$/),
  z.string().regex(/^0x[0-9a-fA-F]{40}$/),
)

/**
 * Contracts of a deployment, with their ABIs and types.
 * @param addresses content of Ignition's `deployed_addresses.json`, parsed
 * @param names which contracts the caller needs
 * @throws when one is absent, or deployed more than once under that name
 */
export function contractsOf<const Name extends ContractName>(
  addresses: unknown,
  names: readonly Name[],
): { readonly [N in Name]: DeployedContract<N> } {
  const found = names.map((name) => {
    const [first, second] = entriesOf(addresses, name)
    if (first === undefined) throw new Error(`${name} is not in this deployment: deploy its module`)
    if (second !== undefined) throw new Error(`${name} is deployed as ${first[0]} and ${second[0]}`)
    return [name, { address: getAddress(first[1]), abi: ABIS[name] }]
  })
  return Object.fromEntries(found) as { readonly [N in Name]: DeployedContract<N> }
}

/**
 * Where a deployment has contracts of one name, each address once.
 * @param addresses content of Ignition's `deployed_addresses.json`, parsed
 */
export function addressesOf(addresses: unknown, name: ContractName): readonly Address[] {
  return [...new Set(entriesOf(addresses, name).map(([, address]) => getAddress(address)))]
}

function entriesOf(addresses: unknown, name: ContractName): readonly [string, string][] {
  const parsed = ADDRESSES.safeParse(addresses)
  if (!parsed.success) {
    const [first] = parsed.error.issues
    const what = `${first?.message} at ${first?.path.join('.')}`
    throw new Error(`these are not addresses as Ignition writes them: ${what}`)
  }
  return Object.entries(parsed.data).filter(([id]) => id.split('#')[1] === name)
}
