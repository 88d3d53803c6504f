import { type Address, type Hex, toAddress, toQuantity } from '@busan/primitives'
import type { FeePolicyName } from './config-schema.ts'
import { isJsonObject, type Json } from './json.ts'
import { parseGenesis, readGenesisJson } from './parse-genesis.ts'

/** A genesis file as JSON. */
export type GenesisDocument = { readonly [key: string]: Json }

/** What a network sets over its template. */
export interface GenesisDocumentOptions {
  /** A genesis file, as JSON or as its text. */
  readonly template: GenesisDocument | string
  /** QBFT genesis extraData with the first validators (`encodeExtraData` of qbft makes it). */
  readonly extraData: Hex
  readonly chainId?: bigint
  /** Seconds since the Unix epoch. */
  readonly timestamp?: bigint
  /** Milliseconds between blocks, at least 1; whole seconds are written as Besu's seconds key. */
  readonly blockPeriodMs?: number
  readonly requestTimeoutSeconds?: number
  /** Absent: the template's. `freeGas` also sets the base fee to 0. */
  readonly feePolicy?: FeePolicyName
  /** Balances in wei, added to the template's accounts or replacing their balances. */
  readonly balances?: ReadonlyMap<Address, bigint>
}

/**
 * Fills a template and returns the genesis file: canonical spelling and order of keys, accounts ascending.
 * @throws CodedError `invalid-genesis` when the result is no valid genesis
 */
export function createGenesisDocument(options: GenesisDocumentOptions): string {
  const { template, extraData, chainId, timestamp, feePolicy } = options
  const text = typeof template === 'string' ? template : formatJson(template)
  const base = readGenesisJson(text)
  const config = isJsonObject(base.config) ? base.config : {}
  const filled: GenesisDocument = {
    ...base,
    config: {
      ...config,
      ...(chainId === undefined ? {} : { chainId: chainIdNumber(chainId) }),
      ...(feePolicy === undefined ? {} : { feePolicy }),
      qbft: { ...(isJsonObject(config.qbft) ? config.qbft : {}), ...qbftKeys(options) },
    },
    ...(timestamp === undefined ? {} : { timestamp: toQuantity(timestamp) }),
    ...(feePolicy === 'freeGas' ? { baseFeePerGas: '0x0' } : {}),
    extraData,
    alloc: fillAlloc(base.alloc, options.balances ?? new Map()),
  }
  const document = `${formatJson(readGenesisJson(formatJson(filled)))}\n`
  parseGenesis(document)
  return document
}

/** geth reads a chain id only as a JSON number. */
function chainIdNumber(chainId: bigint): Json {
  return chainId <= Number.MAX_SAFE_INTEGER ? Number(chainId) : toQuantity(chainId)
}

function qbftKeys({ blockPeriodMs, requestTimeoutSeconds }: GenesisDocumentOptions) {
  return {
    ...(blockPeriodMs === undefined ? {} : periodKeys(blockPeriodMs)),
    ...(requestTimeoutSeconds === undefined
      ? {}
      : { requesttimeoutseconds: requestTimeoutSeconds }),
  }
}

/** A milliseconds key of the template would win over the seconds, so it goes. */
function periodKeys(blockPeriodMs: number): Record<string, Json> {
  return blockPeriodMs % 1000 === 0
    ? { blockperiodseconds: blockPeriodMs / 1000, xblockperiodmilliseconds: null }
    : { xblockperiodmilliseconds: blockPeriodMs }
}

function fillAlloc(alloc: Json | undefined, balances: ReadonlyMap<Address, bigint>): Json {
  const accounts: Record<string, Json> = isJsonObject(alloc) ? { ...alloc } : {}
  for (const [address, balanceWei] of balances) {
    const key = toAddress(address)
    const account = accounts[key]
    accounts[key] = {
      ...(isJsonObject(account) ? account : {}),
      balance: toQuantity(balanceWei),
    }
  }
  return accounts
}

function formatJson(json: Json): string {
  const quantityForBigint = (_key: string, value: unknown) =>
    typeof value === 'bigint' ? toQuantity(value) : value
  return JSON.stringify(json, quantityForBigint, 2)
}
