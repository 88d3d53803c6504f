// Sizes of what is deployed, largest first: `npm run contracts:sizes`. Fails when something cannot be deployed.
import { fileURLToPath } from 'node:url'
import { buildContracts } from '../test/interop/artifacts.ts'
import { type Compiled, readCompiled } from './contract-build.ts'

/** Most bytes of code of one contract (EIP-170). */
export const CODE_MAX_BYTES = 24_576
/** Most bytes of code that creates a contract, without its arguments (EIP-3860). */
export const INITCODE_MAX_BYTES = 49_152

/** How large one contract is. */
export interface ContractSize {
  readonly name: string
  readonly codeBytes: number
  readonly initcodeBytes: number
}

/** Sizes of everything that is deployed, largest first. */
export function contractSizes(all: readonly Compiled[]): ContractSize[] {
  return all
    .filter(({ isDeployable }) => isDeployable)
    .map(({ contractName, bytecode, deployedBytecode }) => ({
      name: contractName,
      codeBytes: sizeOf(deployedBytecode),
      initcodeBytes: sizeOf(bytecode),
    }))
    .toSorted((a, b) => b.codeBytes - a.codeBytes)
}

/** Whether the chain would refuse it. */
export function isTooLarge({ codeBytes, initcodeBytes }: ContractSize): boolean {
  return codeBytes > CODE_MAX_BYTES || initcodeBytes > INITCODE_MAX_BYTES
}

/** Places of linked libraries are written as long as addresses. */
function sizeOf(hex: string): number {
  return (hex.length - 2) / 2
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildContracts()
  const sizes = contractSizes(readCompiled())
  console.table(
    Object.fromEntries(
      sizes.map((size) => [
        size.name,
        {
          'code, bytes': size.codeBytes,
          'left of 24,576': CODE_MAX_BYTES - size.codeBytes,
          'initcode, bytes': size.initcodeBytes,
        },
      ]),
    ),
  )
  process.exitCode = sizes.some(isTooLarge) ? 1 : 0
}
