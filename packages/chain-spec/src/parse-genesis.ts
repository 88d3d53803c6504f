import { errorMessage } from '@busan/primitives'
import type { z } from 'zod'
import type { ChainSpec, Consensus } from './chain-spec.ts'
import { createChainSpec } from './create-chain-spec.ts'
import type { Kzg } from './custom-crypto.ts'
import { foldKeys } from './fold-keys.ts'
import { describeExtraDataFault } from './genesis-extra-data.ts'
import { QBFT_MIX_HASH } from './genesis-header.ts'
import { formatPath, type GenesisProblem, invalidGenesis } from './genesis-problem.ts'
import { genesisSchema } from './genesis-schema.ts'
import { isJsonObject, type Json, parseJson } from './json.ts'

/** Longest genesis file, in characters. */
export const GENESIS_LENGTH_MAX = 64 * 1024 * 1024

/** What the code that reads a genesis may add to it. */
export interface GenesisOptions {
  /** Verifies blob proofs: the point evaluation precompile (EIP-4844) fails without it. */
  readonly kzg?: Kzg
}

/**
 * Reads the genesis file of a QBFT network, geth's format with Besu's `config.qbft`.
 * @throws CodedError `invalid-genesis` that lists every problem with its JSON path
 */
export function parseGenesis(text: string, options: GenesisOptions = {}): ChainSpec {
  return readSpec(text, 'bft', options)
}

/**
 * Reads the genesis file of any Ethereum chain whose blocks are only imported, without consensus rules.
 * `qbftAfter` of the result gives defaults that mean nothing.
 * @throws CodedError `invalid-genesis`
 */
export function parseImportedGenesis(text: string, options: GenesisOptions = {}): ChainSpec {
  return readSpec(text, 'ethereum', options)
}

/** The file as JSON in canonical spelling and order of keys; throws like {@link parseGenesis}. */
export function readGenesisJson(text: string): { readonly [key: string]: Json } {
  const problems: GenesisProblem[] = []
  const folded = foldKeys(genesisSchema, readObject(text), problems)
  if (problems.length > 0 || !isJsonObject(folded)) throw invalidGenesis(problems)
  return folded
}

function readSpec(text: string, consensus: Consensus, options: GenesisOptions): ChainSpec {
  const problems: GenesisProblem[] = []
  const folded = foldKeys(genesisSchema, readObject(text), problems)
  if (consensus === 'bft') problems.push(...findQbftProblems(folded))
  const read = genesisSchema.safeParse(folded)
  if (!read.success) problems.push(...read.error.issues.map(toProblem))
  if (!read.success || problems.length > 0) throw invalidGenesis(problems)
  return createChainSpec(read.data, consensus, options.kzg)
}

function readObject(text: string): { readonly [key: string]: Json } {
  if (text.length > GENESIS_LENGTH_MAX) {
    const message = `has ${text.length} characters, at most ${GENESIS_LENGTH_MAX} are read`
    throw invalidGenesis([{ path: '', message: `the file ${message}` }])
  }
  try {
    const json = parseJson(text)
    if (isJsonObject(json)) return json
  } catch (error) {
    throw invalidGenesis([{ path: '', message: `the file is not JSON: ${errorMessage(error)}` }])
  }
  throw invalidGenesis([{ path: '', message: 'the file must hold one JSON object' }])
}

/** What only a QBFT network must have; reads the JSON, so that it speaks up beside other problems. */
function findQbftProblems(folded: Json): GenesisProblem[] {
  if (!isJsonObject(folded)) return []
  const problems: GenesisProblem[] = []
  const config = isJsonObject(folded.config) ? folded.config : {}
  for (const engine of ['clique', 'ethash']) {
    if (config[engine] === undefined) continue
    const message = `${engine} is not supported: this node runs QBFT (config.qbft)`
    problems.push({ path: `config.${engine}`, message })
  }
  if (config.qbft === undefined) {
    problems.push({ path: 'config.qbft', message: 'is missing: it says how blocks are agreed on' })
  }
  const totalDifficulty = config.terminalTotalDifficulty
  if (totalDifficulty !== undefined && !isZero(totalDifficulty)) {
    const message = 'must be 0 or absent: a QBFT network has no merge'
    problems.push({ path: 'config.terminalTotalDifficulty', message })
  }
  problems.push(...findSealFieldProblems(folded))
  return problems
}

function findSealFieldProblems(folded: { readonly [key: string]: Json }): GenesisProblem[] {
  const { extraData, mixHash } = folded
  const problems: GenesisProblem[] = []
  if (extraData === undefined)
    problems.push({ path: 'extraData', message: 'is missing: it names the first validators' })
  if (typeof extraData === 'string' && /^0x([0-9a-f]{2})*$/i.test(extraData)) {
    const fault = describeExtraDataFault(extraData as `0x${string}`)
    if (fault !== undefined) problems.push({ path: 'extraData', message: fault })
  }
  const isQbft = typeof mixHash === 'string' && mixHash.toLowerCase() === QBFT_MIX_HASH
  if (!isQbft) {
    problems.push({ path: 'mixHash', message: `must be ${QBFT_MIX_HASH}, the mark of QBFT` })
  }
  return problems
}

function isZero(value: Json): boolean {
  return value === 0 || (typeof value === 'string' && /^(0x)?0+$/i.test(value))
}

function toProblem(issue: z.core.$ZodIssue): GenesisProblem {
  return { path: formatPath(issue.path), message: issue.message }
}
