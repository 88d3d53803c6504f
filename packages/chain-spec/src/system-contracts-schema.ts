import { type Hex, isHex } from '@busan/primitives'
import { z } from 'zod'
import type { SystemContracts } from './chain-spec.ts'
import { address, expected } from './scalar-schema.ts'

/** Contracts that can be reached without a permission, and functions of each: a handful, not an open door. */
const RECOVERY_CONTRACTS_MAX = 16
const RECOVERY_SELECTORS_MAX = 32

const selector = z.unknown().transform((value, context): Hex => {
  if (isHex(value) && value.length === 10) return value.toLowerCase() as Hex
  context.addIssue('must be a function selector: 0x and 8 hex digits')
  return z.NEVER
})

const recoverySchema = z.object(
  {
    to: address,
    selectors: z
      .array(selector, expected('a list'))
      .min(1, { error: 'must name at least one function' })
      .max(RECOVERY_SELECTORS_MAX),
  },
  expected('an object'),
)

/** `config.systemContracts`; ours, no other client has it. */
export const systemContractsSchema = z.object(
  {
    permissionRegistry: address.optional(),
    validatorRegistry: address.optional(),
    nodeRegistry: address.optional(),
    recovery: z
      .array(recoverySchema, expected('a list'))
      .max(RECOVERY_CONTRACTS_MAX)
      .refine((list) => new Set(list.map(({ to }) => to)).size === list.length, {
        error: 'names a contract twice',
      })
      .optional(),
  },
  expected('an object'),
)

type SystemContractsKeys = z.output<typeof systemContractsSchema>

/** What the keys say, `recovery` as a table. */
export function readSystemContracts(keys: SystemContractsKeys | undefined): SystemContracts {
  const recovery = new Map(
    (keys?.recovery ?? []).map(({ to, selectors }) => [to, new Set(selectors)]),
  )
  return {
    permissionRegistry: keys?.permissionRegistry,
    validatorRegistry: keys?.validatorRegistry,
    nodeRegistry: keys?.nodeRegistry,
    recovery,
  }
}
