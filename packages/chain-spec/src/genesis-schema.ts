import { bigintToBytes8, bytesToHex, type Hash, toHash } from '@busan/primitives'
import { z } from 'zod'
import { configSchema, forkStarts } from './config-schema.ts'
import { FORKS } from './fork-schedule.ts'
import { GAS_LIMIT_MAX, GAS_LIMIT_MIN } from './gas-limit.ts'
import {
  address,
  expected,
  hash,
  hexBytes,
  quantity,
  UINT64_MAX,
  UINT256_MAX,
} from './scalar-schema.ts'

const EXTRA_DATA_SIZE_BYTES_MAX = 1_048_576
const CODE_SIZE_BYTES_MAX = 16_777_216
/** Keeps the blob fee, which is exponential in this, computable. */
const EXCESS_BLOB_GAS_MAX = 2n ** 32n - 1n

/** A storage key or value: up to 32 bytes of hex, 0x optional, left-padded. */
const word = z.unknown().transform((value, context): Hash => {
  const digits = typeof value === 'string' ? value.replace(/^0x/i, '') : ''
  if (typeof value !== 'string' || !/^[0-9a-f]{0,64}$/i.test(digits)) {
    context.addIssue('must be up to 32 bytes of hex')
    return z.NEVER
  }
  return toHash(`0x${digits.padStart(64, '0')}`)
})

const storageSchema = z
  .custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    { error: 'must be an object of slots' },
  )
  .transform((slots, context): ReadonlyMap<Hash, Hash> => {
    const storage = new Map<Hash, Hash>()
    for (const [key, value] of Object.entries(slots)) {
      const [slot, content] = [word.safeParse(key), word.safeParse(value)]
      if (!slot.success) issueAt(context, key, 'must be a slot of up to 32 bytes of hex')
      else if (!content.success) issueAt(context, key, 'must hold up to 32 bytes of hex')
      else if (storage.has(slot.data)) issueAt(context, key, 'names a slot for the second time')
      else storage.set(slot.data, content.data)
    }
    return storage
  })

/** One account of `alloc`. */
export const accountSchema = z.object(
  {
    comment: z.unknown().optional(),
    balance: quantity(0n, UINT256_MAX).optional(),
    nonce: quantity(0n, UINT64_MAX).optional(),
    code: hexBytes(CODE_SIZE_BYTES_MAX).optional(),
    storage: storageSchema.optional(),
    // Besu's files carry these two and comment as notes without meaning.
    privateKey: z.unknown().optional(),
    version: z.unknown().optional(),
  },
  expected('an object'),
)

const nonce = quantity(0n, UINT64_MAX).transform((value) => bytesToHex(bigintToBytes8(value)))

/** A genesis file. Keys are in the order in which tools write them. */
export const genesisSchema = z
  .object(
    {
      config: configSchema,
      nonce: nonce.optional(),
      timestamp: quantity(0n, UINT64_MAX).optional(),
      extraData: hexBytes(EXTRA_DATA_SIZE_BYTES_MAX).optional(),
      gasLimit: quantity(GAS_LIMIT_MIN, GAS_LIMIT_MAX),
      gasUsed: quantity(0n, UINT64_MAX).optional(),
      difficulty: quantity(0n, UINT256_MAX),
      mixHash: hash.optional(),
      coinbase: address.optional(),
      number: quantity(0n, 0n).optional(),
      parentHash: hash.optional(),
      baseFeePerGas: quantity(0n, UINT256_MAX).optional(),
      blobGasUsed: quantity(0n, UINT64_MAX).optional(),
      excessBlobGas: quantity(0n, EXCESS_BLOB_GAS_MAX).optional(),
      parentBeaconBlockRoot: hash.optional(),
      alloc: z.record(z.string(), accountSchema, expected('an object')).optional(),
    },
    expected('an object'),
  )
  .superRefine((genesis, context) => {
    checkForksAtGenesis(genesis, context)
    checkTransitionTimes(genesis, context)
    checkSystemContracts(genesis, context)
    if (genesis.config.feePolicy === 'freeGas' && (genesis.baseFeePerGas ?? 0n) !== 0n) {
      issueAt(context, 'baseFeePerGas', 'must be 0 or absent where config.feePolicy is "freeGas"')
    }
  })

/** A genesis file as read. */
export type GenesisKeys = z.output<typeof genesisSchema>

/** A fork by time at genesis brings every fork by block with it, so those cannot start later. */
function checkForksAtGenesis(genesis: GenesisKeys, context: z.RefinementCtx): void {
  const starts = forkStarts(genesis.config)
  const timeFork = FORKS.find(({ key }) => {
    const start = starts[key]
    return key.endsWith('Time') && start !== undefined && start <= (genesis.timestamp ?? 0n)
  })
  if (timeFork === undefined) return
  for (const { key } of FORKS) {
    const start = starts[key]
    if (key.endsWith('Block') && start !== undefined && start > 0n) {
      issueAt(
        context,
        key,
        `must be 0: ${timeFork.key} is reached at genesis, got ${start}`,
        'config',
      )
    }
  }
}

function checkTransitionTimes(genesis: GenesisKeys, context: z.RefinementCtx): void {
  for (const [index, { time }] of (genesis.config.transitions?.qbft ?? []).entries()) {
    if (time === undefined || time > (genesis.timestamp ?? 0n)) continue
    context.addIssue({
      code: 'custom',
      path: ['config', 'transitions', 'qbft', index, 'time'],
      message: `is not after the genesis timestamp ${genesis.timestamp ?? 0n}: set config.qbft instead`,
    })
  }
}

/** A registry that is not there would lock everybody out, and nothing could bring it. */
function checkSystemContracts({ config, alloc = {} }: GenesisKeys, context: z.RefinementCtx): void {
  for (const key of ['permissionRegistry', 'validatorRegistry', 'nodeRegistry'] as const) {
    const registry = config.systemContracts?.[key]
    if (registry === undefined || (alloc[registry]?.code ?? '0x') !== '0x') continue
    context.addIssue({
      code: 'custom',
      path: ['config', 'systemContracts', key],
      message: `names ${registry}, which has no code in alloc`,
    })
  }
}

function issueAt(
  context: { addIssue: z.RefinementCtx['addIssue'] },
  key: string,
  message: string,
  parent?: string,
): void {
  context.addIssue({ code: 'custom', path: parent === undefined ? [key] : [parent, key], message })
}
