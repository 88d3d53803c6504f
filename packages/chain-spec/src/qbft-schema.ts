import { z } from 'zod'
import { address, count, expected, quantity, UINT64_MAX, UINT256_MAX } from './scalar-schema.ts'

const INT32_MAX = 2 ** 31 - 1
/** Longest wait that timers can hold: 2^31 ms. */
const SECONDS_MAX = 2_000_000
const VALIDATORS_MAX = 10_000
const TRANSITIONS_MAX = 10_000
/** Whoever asks whether a block is a tail block looks at this many headers. */
const TAIL_BLOCKS_MAX = 1_000
/** A `block` past this is a Unix time under the wrong key: Besu reads it so when a time fork is active. */
const BLOCK_MAX = 1_000_000_000n

const CONTRACT_MODE =
  'validators from a contract are not supported: they are listed in block headers (mode blockheader)'

const refusedContract = z.unknown().refine(() => false, { error: CONTRACT_MODE })

const selectionMode = z.unknown().transform((value, context): 'blockheader' => {
  const isContract = typeof value === 'string' && value.toLowerCase() === 'contract'
  if (isContract) context.addIssue(CONTRACT_MODE)
  else if (typeof value !== 'string' || value.toLowerCase() !== 'blockheader') {
    context.addIssue('must be "blockheader"')
  }
  return 'blockheader'
})

/** What both `config.qbft` and its transitions may say. */
const timing = {
  blockperiodseconds: count(1, SECONDS_MAX).optional(),
  xblockperiodmilliseconds: count(0, SECONDS_MAX * 1_000).optional(),
  xemptyblockperiodseconds: count(0, SECONDS_MAX).optional(),
  // Ours; Besu ignores it.
  xtailblocks: count(0, TAIL_BLOCKS_MAX).optional(),
  blockreward: quantity(0n, UINT256_MAX).optional(),
  validatorselectionmode: selectionMode.optional(),
  validatorcontractaddress: refusedContract.optional(),
}

/** `config.qbft`, Besu's names. */
export const qbftSchema = z.object(
  {
    epochlength: count(1, INT32_MAX).optional(),
    ...timing,
    requesttimeoutseconds: count(1, SECONDS_MAX).optional(),
    miningbeneficiary: address.optional(),
    futuremessageslimit: count(0, INT32_MAX).optional(),
    futuremessagesmaxdistance: count(0, INT32_MAX).optional(),
    // Besu sizes its own buffers by these three; ours have fixed bounds.
    gossipedhistorylimit: count(0, INT32_MAX).optional(),
    messagequeuelimit: count(0, INT32_MAX).optional(),
    duplicatemessagelimit: count(0, INT32_MAX).optional(),
    startblock: quantity(0n, UINT64_MAX)
      .refine((block) => block === 0n, {
        error: 'must be 0: a chain that began under IBFT is not supported',
      })
      .optional(),
  },
  expected('an object'),
)

const validators = z
  .array(address, expected('a list'))
  .min(1, { error: 'must name at least one validator' })
  .max(VALIDATORS_MAX)
  .refine((list) => new Set(list).size === list.length, { error: 'names a validator twice' })

const transitionSchema = z
  .object(
    {
      block: quantity(1n, UINT64_MAX)
        .refine((block) => block < BLOCK_MAX, {
          error: 'is a Unix time, not a block: use the key time',
        })
        .optional(),
      time: quantity(1n, UINT64_MAX).optional(),
      validators: validators.optional(),
      ...timing,
      miningbeneficiary: z
        .union([z.literal(''), address], { error: 'must be 0x and 40 hex digits, or "" for none' })
        .optional(),
    },
    expected('an object'),
  )
  .superRefine((transition, context) => {
    if ((transition.block === undefined) === (transition.time === undefined)) {
      context.addIssue('needs exactly one of block and time')
    } else if (transition.validators !== undefined && transition.time !== undefined) {
      context.addIssue('validators are replaced at a block: use the key block')
    }
  })

/** `config.transitions.qbft`. */
export const transitionsSchema = z
  .array(transitionSchema, expected('a list'))
  .max(TRANSITIONS_MAX)
  .superRefine((transitions, context) => {
    const starts = transitions.map(({ block, time }) => block ?? time ?? 0n)
    if (new Set(transitions.map(({ time }) => time === undefined)).size > 1) {
      context.addIssue('must all use block or all use time: their order is not defined otherwise')
      return
    }
    for (const [index, start] of starts.entries()) {
      const previous = starts[index - 1]
      if (previous !== undefined && start <= previous) {
        context.addIssue({
          code: 'custom',
          path: [index],
          message: `must start after the transition before it, at ${previous}; starts at ${start}`,
        })
      }
    }
  })

/** `config.qbft` as read. */
export type QbftKeys = z.output<typeof qbftSchema>

/** One entry of `config.transitions.qbft` as read. */
export type QbftTransition = z.output<typeof transitionSchema>
