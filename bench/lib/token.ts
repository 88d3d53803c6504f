// OpenZeppelin's ERC-20, compiled when it is asked for.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  type Address,
  bytesToHash,
  concatBytes,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  padLeft,
} from '@busan/primitives'

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract Token is ERC20 {
  constructor() ERC20("Token", "TKN") { _mint(msg.sender, 10 ** 30); }
}`

/** A compiled contract. */
export interface CompiledToken {
  readonly creationCode: Hex
  readonly runtimeCode: Hex
}

/** Compiles the token for forks from Shanghai on. */
export function compileToken(): CompiledToken {
  const require = createRequire(import.meta.url)
  const solc = require('solc') as {
    compile(input: string, callbacks: { import(path: string): { contents: string } }): string
  }
  const input = {
    language: 'Solidity',
    sources: { 'Token.sol': { content: SOURCE } },
    settings: {
      evmVersion: 'shanghai',
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }
  const readImport = (path: string) => ({ contents: readFileSync(require.resolve(path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }))
  const { evm } = output.contracts['Token.sol'].Token
  return {
    creationCode: `0x${evm.bytecode.object}`,
    runtimeCode: `0x${evm.deployedBytecode.object}`,
  }
}

/** Where the token keeps a holder's balance: a mapping in slot 0. */
export function balanceSlot(holder: Address): Hash {
  return bytesToHash(keccak256(concatBytes(padLeft(hexToBytes(holder), 32), new Uint8Array(32))))
}

/** Calldata of `transfer(to, amount)`. */
export function transferData(to: Address, amount: bigint): Hex {
  return `0xa9059cbb${word(BigInt(to))}${word(amount)}`
}

/** Calldata of `balanceOf(holder)`. */
export function balanceOfData(holder: Address): Hex {
  return `0x70a08231${word(BigInt(holder))}`
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, '0')
}
