import { readFile } from 'node:fs/promises'
import { type ChainSpec, parseGenesis, parseImportedGenesis } from '@busan/chain-spec'
import { loadKzg } from '@busan/execution'
import { CodedError, errorMessage } from '@busan/primitives'
import type { NodeConfig } from './options.ts'

/** Where an import leaves the genesis, in the data folder. */
export const GENESIS_NAME = 'genesis.json'

/**
 * Reads a genesis file. An engine that makes blocks takes QBFT networks alone; `import` takes any chain.
 * @throws CodedError `file-unreadable` or `invalid-genesis`
 */
export async function readChainSpec(
  file: string,
  engine: NodeConfig['engine'],
): Promise<ChainSpec> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const message = `cannot read the genesis ${file}: ${errorMessage(cause)}`
    throw new CodedError('file-unreadable', message, { cause })
  }
  const options = { kzg: loadKzg() }
  return engine === 'import' && !isQbftGenesis(text)
    ? parseImportedGenesis(text, options)
    : parseGenesis(text, options)
}

/** Text that is no JSON is left to the parser, which says where it breaks. */
function isQbftGenesis(text: string): boolean {
  try {
    return JSON.parse(text).config?.qbft !== undefined
  } catch {
    return true
  }
}
