import {
  type Address,
  accept,
  bytesToBigint,
  concatBytes,
  hexToBytes,
  keccak256,
  padLeft,
  refuse,
  toChecksumAddress,
  type Verdict,
} from '@busan/primitives'
import type { LoneContract } from './lone-contract.ts'

/** A rule of the city's permission registry (contracts/governance/PermissionRegistry.sol). */
export type PermissionRule = 'emergency' | 'deployer-not-listed' | 'sender-not-listed'

/** What the rules look at. */
export interface RuleSubject {
  readonly sender: Address
  readonly to: Address | null
}

/** `PermissionRegistry.Mode`. */
const MODES = ['Open', 'DeployListed', 'AllListed', 'Emergency'] as const
/** Bits of `permissionsOf`. */
const [SENDER, DEPLOYER, SYSTEM] = [1n, 2n, 4n]

const WORD_SIZE_BYTES = 32

/**
 * Which rule stands against a transaction now, for people to act on; whether it may be in a block is
 * `transactionAllowed` alone. undefined: the registry is not the city's, and keeps its rules to itself.
 */
export async function judgeByRule(
  registry: LoneContract,
  { sender, to }: RuleSubject,
): Promise<Verdict<null, PermissionRule> | undefined> {
  const [mode, permissions, factory] = [
    MODES[Number(await read(registry, 'mode()'))],
    await read(registry, 'permissionsOf(address)', sender),
    to === null ? 0n : await read(registry, 'isFactory(address)', to),
  ]
  if (mode === undefined || permissions === undefined || factory === undefined) return undefined
  const isDeployment = to === null || factory === 1n
  const may = (bits: bigint) => (permissions & bits) !== 0n
  const who = toChecksumAddress(sender)
  if (mode === 'Open' || may(SYSTEM)) return accept(null)
  if (mode === 'Emergency') {
    const message = `mode Emergency: only accounts with SYSTEM may send, and ${who} has it not; wait until it ends`
    return refuse('emergency', message)
  }
  if (isDeployment && !may(DEPLOYER)) {
    const act = to === null ? 'creating contracts' : `calling the factory ${toChecksumAddress(to)}`
    const message = `mode ${mode}: ${act} takes DEPLOYER, and ${who} has it not`
    return refuse('deployer-not-listed', message)
  }
  if (mode === 'AllListed' && !may(SENDER | DEPLOYER)) {
    return refuse(
      'sender-not-listed',
      `mode AllListed: sending takes SENDER, and ${who} has it not`,
    )
  }
  return accept(null)
}

async function read(
  registry: LoneContract,
  signature: string,
  account?: Address,
): Promise<bigint | undefined> {
  const selector = keccak256(new TextEncoder().encode(signature)).subarray(0, 4)
  const argument =
    account === undefined ? new Uint8Array(0) : padLeft(hexToBytes(account), WORD_SIZE_BYTES)
  const answer = await registry.ask(concatBytes(selector, argument))
  return answer?.length === WORD_SIZE_BYTES ? bytesToBigint(answer) : undefined
}
