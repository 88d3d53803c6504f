// What holds of the city's contracts together, judged by what the compiler made of them.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Compiled, compilerWarnings, readCompiled } from '../../scripts/contract-build.ts'
import { contractSizes, isTooLarge } from '../../scripts/contract-sizes.ts'
import { buildContracts } from './artifacts.ts'

/** Code lies elsewhere and may be replaced by who holds a key. Clones (ERC-1167) name their code for ever. */
const UPGRADEABLE = /Upgradeable|UUPS|ERC1967|Beacon|^Proxy$|ProxyAdmin/
const JUMPDEST = 0x5b
const PUSH1 = 0x60
const PUSH32 = 0x7f
const CALLCODE = 0xf2
const DELEGATECALL = 0xf4
const SELFDESTRUCT = 0xff
/** STOP, JUMP, RETURN, REVERT, INVALID, SELFDESTRUCT: what follows is reached by a jump or not at all. */
const ENDS = new Set([0x00, 0x56, 0xf3, 0xfd, 0xfe, SELFDESTRUCT])

let all: Compiled[]

before(async () => {
  await buildContracts()
  all = readCompiled()
})

test('every contract can be deployed: code and initcode are within EIP-170 and EIP-3860', () => {
  assert.deepEqual(contractSizes(all).filter(isTooLarge), [], 'npm run contracts:sizes')
})

test('the compiler warns of nothing in our contracts and tests', () => {
  assert.deepEqual(compilerWarnings(), [])
})

test('no contract is upgradeable: no proxy, and no code of others but that of linked libraries runs as its own', () => {
  const problems: string[] = []
  for (const one of all.filter(({ isDeployable }) => isDeployable)) {
    const { contractName, deployedLinkReferences, bases, abi } = one
    const names = [...bases, ...abi].map(({ name = '' }) => name)
    const suspects = names.filter((name) => UPGRADEABLE.test(name) || /^upgrade/.test(name))
    problems.push(...suspects.map((name) => `${contractName}: ${name}`))
    const opcodes = opcodesOf(one.deployedBytecode)
    const links = Object.values(deployedLinkReferences).flatMap(Object.values).flat().length
    // OpenZeppelin's Multicall calls the contract itself.
    const own = bases.some(({ name }) => name === 'Multicall') ? 1 : 0
    const calls = opcodes.filter((opcode) => opcode === DELEGATECALL).length
    if (calls > links + own) problems.push(`${contractName}: ${calls} DELEGATECALL, ${links} links`)
    if (opcodes.includes(CALLCODE)) problems.push(`${contractName}: CALLCODE`)
    if (opcodes.includes(SELFDESTRUCT)) problems.push(`${contractName}: SELFDESTRUCT`)
  }
  assert.deepEqual(problems, [])
})

/** Opcodes that can run: without what PUSH carries, and without the data and metadata that follow. */
function opcodesOf(bytecode: string): number[] {
  // Places of linked libraries are not hex.
  const code = Buffer.from(bytecode.slice(2).replaceAll(/__\$\w{34}\$__/g, '00'.repeat(20)), 'hex')
  // The last two bytes are the size of the metadata before them.
  const end = code.length - 2 - code.readUInt16BE(code.length - 2)
  const opcodes: number[] = []
  let isReachable = true
  for (let place = 0; place < end; place++) {
    const opcode = code[place] as number
    isReachable ||= opcode === JUMPDEST
    if (!isReachable) continue
    opcodes.push(opcode)
    if (ENDS.has(opcode)) isReachable = false
    if (opcode >= PUSH1 && opcode <= PUSH32) place += opcode - PUSH1 + 1
  }
  return opcodes
}
