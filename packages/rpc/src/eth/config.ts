import type { ChainSpec, ForkSchedule } from '@busan/chain-spec'
import { type Address, type Hex, toAddress, toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { forkHash } from '../fork-id.ts'
import { defineMethod, type Method, type RpcContext } from '../method.ts'
import * as nodeResult from '../result/node.ts'

type ScheduledFork = ForkSchedule[number]

/** Precompiled contracts in EIP-7910's names: by address, with the EIP that brought those after Istanbul. */
const PRECOMPILES: readonly (readonly [name: string, address: number, eip?: number])[] = [
  ['ECREC', 0x01],
  ['SHA256', 0x02],
  ['RIPEMD160', 0x03],
  ['ID', 0x04],
  ['MODEXP', 0x05],
  ['BN254_ADD', 0x06],
  ['BN254_MUL', 0x07],
  ['BN254_PAIRING', 0x08],
  ['BLAKE2F', 0x09],
  ['KZG_POINT_EVALUATION', 0x0a, 4844],
  ['BLS12_G1ADD', 0x0b, 2537],
  ['BLS12_G1MSM', 0x0c, 2537],
  ['BLS12_G2ADD', 0x0d, 2537],
  ['BLS12_G2MSM', 0x0e, 2537],
  ['BLS12_PAIRING_CHECK', 0x0f, 2537],
  ['BLS12_MAP_FP_TO_G1', 0x10, 2537],
  ['BLS12_MAP_FP2_TO_G2', 0x11, 2537],
  ['P256VERIFY', 0x100, 7951],
]

/** System contracts in EIP-7910's names; the deposit contract is the chain's. */
const SYSTEM_CONTRACTS: readonly (readonly [name: string, address: Address, eip: number])[] = [
  ['BEACON_ROOTS_ADDRESS', toAddress('0x000f3df6d732807ef1319fb7b8bb8522d0beac02'), 4788],
  [
    'CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS',
    toAddress('0x0000bbddc7ce488642fb579f8b00f3a590007251'),
    7251,
  ],
  ['HISTORY_STORAGE_ADDRESS', toAddress('0x0000f90827f1c53a10cb7a02335b175320002935'), 2935],
  [
    'WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS',
    toAddress('0x00000961ef480eb55e80d19ad83579a64c007002'),
    7002,
  ],
]

/** Which forks the node knows, so that operators can see that all nodes agree before one starts. */
export const configMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_config',
    summary: 'The fork in force, the next one and the last that is scheduled (EIP-7910).',
    params: z.tuple([]),
    result: nodeResult.config,
    handler(_, context) {
      const { number, timestamp } = context.chain.head().header
      const { spec } = context.chain
      const current = spec.forkAt(number, timestamp)
      // A fork that a later one supersedes at the same moment is never in force.
      const steps = spec.forkSchedule.filter((step, index, all) => {
        const after = all[index + 1]
        return after === undefined || startOf(after) !== startOf(step)
      })
      const at = steps.findIndex(({ fork }) => fork === current)
      const next = steps[at + 1]
      const last = next === undefined ? undefined : steps.at(-1)
      return {
        current: describe(steps[at], context),
        next: describe(next, context),
        last: describe(last, context),
      }
    },
  }),
]

function startOf({ activation }: ScheduledFork): string {
  return 'time' in activation ? `time ${activation.time}` : `block ${activation.block}`
}

/** null: not there, or of a time before forks started by time, which the EIP cannot describe. */
function describe(step: ScheduledFork | undefined, { chain }: RpcContext): object | null {
  if (step === undefined || !('time' in step.activation) || step.fork.blobs === undefined) {
    return null
  }
  const { time } = step.activation
  const { spec, genesisHash } = chain
  const genesis = { hash: genesisHash, timestamp: chain.headerByNumber(0n)?.timestamp ?? 0n }
  const { baseFeeUpdateFraction, max, target } = step.fork.blobs
  return {
    activationTime: time <= genesis.timestamp ? 0 : Number(time),
    blobSchedule: { baseFeeUpdateFraction, max, target },
    chainId: toQuantity(spec.chainId),
    forkId: forkHash(spec.forkSchedule, genesis, time),
    ...contractsOf(spec, { number: chain.head().header.number, time }),
  }
}

function contractsOf(
  spec: ChainSpec,
  { number, time }: { readonly number: bigint; readonly time: bigint },
) {
  const rules = spec.commonAt(number, time)
  const precompiles: Record<string, Hex> = {}
  for (const [name, address, eip] of PRECOMPILES) {
    if (eip === undefined || rules.isActivatedEIP(eip)) precompiles[name] = addressOf(address)
  }
  const systemContracts: Record<string, Address> = {}
  // A QBFT network calls none of them.
  if (spec.consensus === 'ethereum') {
    for (const [name, address, eip] of SYSTEM_CONTRACTS) {
      if (rules.isActivatedEIP(eip)) systemContracts[name] = address
    }
    if (rules.isActivatedEIP(6110)) systemContracts.DEPOSIT_CONTRACT_ADDRESS = spec.depositContract
  }
  return { precompiles, systemContracts }
}

function addressOf(value: number): Hex {
  return `0x${value.toString(16).padStart(40, '0')}`
}
