import { nearestName } from '@busan/primitives'
import { z } from 'zod'
import { formatPath, type GenesisProblem, type JsonPath } from './genesis-problem.ts'
import { isJsonObject, type Json } from './json.ts'

/** Keys that are refused with a reason of their own, by lower-case path without array positions. */
const REFUSED_KEYS: Readonly<Record<string, string>> = {
  'config.ibft': 'IBFT is not supported: this node runs QBFT (config.qbft)',
  'config.ibft2': 'IBFT 2.0 is not supported: this node runs QBFT (config.qbft)',
  'config.istanbul': 'GoQuorum settings are not supported: write them as Besu config.qbft',
  'config.amsterdamtime': 'Amsterdam is not supported: forks go up to Osaka and its BPO forks',
  'config.futureeipstime': 'forks after Osaka are not supported',
  'config.qbft.emptyblockperiodseconds': 'write xemptyblockperiodseconds, as Besu spells it',
  'config.qbft.blockperiodmilliseconds': 'write xblockperiodmilliseconds, as Besu spells it',
  'config.qbft.tailblocks': 'write xtailblocks',
  'config.qbft.maxrequesttimeoutseconds': 'is a GoQuorum key: the round timer has a fixed cap here',
  'config.qbft.ceil2nby3block': 'is a GoQuorum key: the quorum is always ceil(2n/3) here',
  'config.qbft.pertxgaslimit': 'is not supported: a transaction has the gas cap of EIP-7825',
  'config.transitions.ibft2': 'IBFT 2.0 is not supported: write config.transitions.qbft',
  'config.transitions.qbft.emptyblockperiodseconds':
    'write xemptyblockperiodseconds, as Besu spells it',
  'config.transitions.qbft.blockperiodmilliseconds':
    'write xblockperiodmilliseconds, as Besu spells it',
  'config.transitions.qbft.tailblocks': 'write xtailblocks',
}

/**
 * Rewrites a file to the schema's spelling and order of keys, since case does not count in a genesis file
 * (Besu). Keys that are null are left out. Unknown and repeated keys, and alloc keys that are no address,
 * become problems and are left out too, so that every other problem can still be found.
 */
export function foldKeys(
  schema: z.core.$ZodType,
  value: Json,
  problems: GenesisProblem[],
  path: JsonPath = [],
): Json {
  if (schema instanceof z.ZodOptional) return foldKeys(schema.unwrap(), value, problems, path)
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    const items: readonly Json[] = value
    return items.map((item, index) => foldKeys(schema.element, item, problems, [...path, index]))
  }
  if (!isJsonObject(value)) return value
  if (schema instanceof z.ZodRecord) {
    return foldAccounts(schema.valueType, Object.entries(value), problems, path)
  }
  if (!(schema instanceof z.ZodObject)) return value
  const given = matchKeys(Object.keys(schema.shape), value, problems, path)
  const folded: Record<string, Json> = {}
  for (const [key, inner] of Object.entries<z.core.$ZodType>(schema.shape)) {
    const item = given.get(key)
    if (item !== undefined && item !== null) {
      folded[key] = foldKeys(inner, item, problems, [...path, key])
    }
  }
  return folded
}

/** The object's values by the schema's spelling of their keys. */
function matchKeys(
  names: readonly string[],
  value: { readonly [key: string]: Json },
  problems: GenesisProblem[],
  path: JsonPath,
): ReadonlyMap<string, Json> {
  const spelling = new Map(names.map((name) => [name.toLowerCase(), name]))
  const given = new Map<string, Json>()
  for (const [key, item] of Object.entries(value)) {
    const name = spelling.get(key.toLowerCase())
    const at = formatPath([...path, key])
    if (name === undefined) problems.push({ path: at, message: describeUnknown(at, key, names) })
    else if (given.has(name)) problems.push({ path: at, message: 'is given twice' })
    else given.set(name, item)
  }
  return given
}

function describeUnknown(at: string, key: string, names: readonly string[]): string {
  const reason = REFUSED_KEYS[at.toLowerCase().replace(/\[\d+\]/g, '')]
  if (reason !== undefined) return reason
  const near = key.length <= 64 ? nearestName(key, names) : undefined
  return near === undefined ? 'is not a known key' : `is not a known key; did you mean ${near}?`
}

/** Accounts with their addresses as lower-case 0x text, ascending. */
function foldAccounts(
  accountSchema: z.core.$ZodType,
  accounts: readonly (readonly [string, Json])[],
  problems: GenesisProblem[],
  path: JsonPath,
): Json {
  const byAddress = new Map<string, Json>()
  for (const [key, account] of accounts) {
    const address = `0x${key.toLowerCase().replace(/^0x/, '')}`
    const at = [...path, key]
    if (!/^0x[0-9a-f]{40}$/.test(address)) {
      problems.push({ path: formatPath(at), message: 'is not a 20-byte address' })
    } else if (byAddress.has(address)) {
      problems.push({ path: formatPath(at), message: 'names an account for the second time' })
    } else {
      byAddress.set(address, foldKeys(accountSchema, account, problems, at))
    }
  }
  return Object.fromEntries([...byAddress].sort(([a], [b]) => (a < b ? -1 : 1)))
}
