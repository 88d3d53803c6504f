import { existsSync, readFileSync } from 'node:fs'
import { type CodedError, isCodedError } from '@busan/primitives'
import { type GenesisProblem, type Json, parseGenesis, QBFT_MIX_HASH } from '../src/index.ts'

/** RLP [32 zero bytes, [], [], 0, []]: a genesis without validators. */
export const EMPTY_EXTRA_DATA = `0xe5a0${'00'.repeat(32)}c0c080c0` as const

const ALL_FORKS = {
  homesteadBlock: 0,
  londonBlock: 0,
  shanghaiTime: 0,
  cancunTime: 0,
  pragueTime: 0,
  osakaTime: 0,
}

export type Keys = { readonly [key: string]: Json }

/** A valid genesis with every fork active, as JSON. */
export function genesisWith(top: Keys = {}, config: Keys = {}, qbft: Keys = {}): Keys {
  return {
    config: { chainId: 51053, ...ALL_FORKS, qbft, ...config },
    extraData: EMPTY_EXTRA_DATA,
    mixHash: QBFT_MIX_HASH,
    gasLimit: '0x2aea540',
    difficulty: '0x1',
    ...top,
  }
}

/** As {@link genesisWith}, without any fork. */
export function frontierGenesis(top: Keys = {}, config: Keys = {}): Keys {
  return { ...genesisWith(top), config: { chainId: 51053, qbft: {}, ...config } }
}

export function parse(genesis: Keys) {
  return parseGenesis(JSON.stringify(genesis))
}

/** The problems found in a file, as `path: message`. */
export function problemsOf(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    if (!isCodedError(error, 'invalid-genesis')) throw error
    const problems = (error as CodedError).details.problems as GenesisProblem[]
    return problems.map(({ path, message }) => `${path}: ${message}`)
  }
  return []
}

const vectors = new URL('../../../../shared/vectors/', import.meta.url)

/** Text of a test vector, or undefined where the vectors are not laid out beside the repository. */
export function readVector(path: string): string | undefined {
  const file = new URL(path, vectors)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
