// The contracts of governed networks as the genesis builder takes them: `node scripts/system-contracts.ts` compiles and
// writes chain-config/system-contracts.json; test/interop/system-contracts.test.ts fails when it is older than a source.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bytesToHex, type Hex, keccak256 } from '@busan/primitives'

/** Where the file lies. */
export const SYSTEM_CONTRACTS_FILE = 'chain-config/system-contracts.json'

const ROOT = path.join(import.meta.dirname, '..')

/**
 * In the order in which their constructors run. `recovery`: what everyone can call without being judged by the permission
 * registry; each of these contracts judges its caller itself.
 */
const CONTRACTS: readonly { name: string; address: Hex; recovery?: readonly string[] }[] = [
  {
    name: 'CityAccessManager',
    address: '0x000000000000000000000000000000000000b001',
    recovery: ['schedule', 'execute', 'cancel', 'grantRole', 'revokeRole', 'updateAuthority'],
  },
  {
    name: 'CityTimelock',
    address: '0x000000000000000000000000000000000000b002',
    recovery: ['schedule', 'scheduleBatch', 'execute', 'executeBatch', 'cancel'],
  },
  {
    name: 'GuardianCouncil',
    address: '0x000000000000000000000000000000000000b003',
    recovery: ['stop'],
  },
  {
    name: 'PermissionRegistry',
    address: '0x0000000000000000000000000000000000008888',
    recovery: [
      ...['setMode', 'setAccount', 'setFactory'],
      ...['declareEmergency', 'extendEmergency', 'endEmergency'],
    ],
  },
  { name: 'AllianceRegistry', address: '0x000000000000000000000000000000000000aaaa' },
  { name: 'ValidatorRegistry', address: '0x0000000000000000000000000000000000007777' },
  { name: 'NodeRegistry', address: '0x0000000000000000000000000000000000009999' },
  { name: 'CityGenesis', address: '0x000000000000000000000000000000000000b000' },
]

interface AbiEntry {
  readonly type: string
  readonly name?: string
  readonly inputs?: readonly { readonly type: string }[]
}

/** The file as it should be, from what Hardhat has compiled. */
export function systemContracts(): string {
  const contracts = CONTRACTS.map(({ name, address, recovery = [] }) => {
    const file = `artifacts/contracts/governance/${name}.sol/${name}.json`
    const { abi, bytecode } = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as {
      abi: readonly AbiEntry[]
      bytecode: Hex
    }
    return {
      name,
      address,
      recovery: recovery.map((wanted) => selectorOf(wanted, abi)),
      abi: abi.filter(({ type }) => type === 'constructor'),
      bytecode,
    }
  })
  return `${JSON.stringify(contracts, null, 2)}\n`
}

function selectorOf(name: string, abi: readonly AbiEntry[]) {
  const entry = abi.find((one) => one.type === 'function' && one.name === name)
  if (entry?.inputs === undefined) throw new Error(`no function ${name}`)
  const signature = `${name}(${entry.inputs.map(({ type }) => type).join(',')})`
  const selector = bytesToHex(keccak256(new TextEncoder().encode(signature)).subarray(0, 4))
  return { signature, selector }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  execFileSync(path.join(ROOT, 'node_modules/.bin/hardhat'), ['build', '--quiet'], { cwd: ROOT })
  writeFileSync(path.join(ROOT, SYSTEM_CONTRACTS_FILE), systemContracts())
}
