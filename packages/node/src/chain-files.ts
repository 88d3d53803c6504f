// Chains as files: the RLP of one block after another, as geth exports and imports them.
import { copyFile, mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import { type Chain, importInTurn } from '@busan/chain'
import { type Block, decodeImportedBlock, encodeBlock } from '@busan/chain-spec'
import { createTransactionDecoder } from '@busan/execution'
import {
  CodedError,
  errorMessage,
  type Hash,
  present,
  RLP_PREFIX_SIZE_BYTES_MAX,
  rlpSizeBytes,
} from '@busan/primitives'
import { createMetrics, type Logger } from '@busan/telemetry'
import { createLifecycle } from './lifecycle.ts'
import { openStoredChain } from './open-state.ts'
import { GENESIS_NAME, readChainSpec } from './read-chain-spec.ts'
import { systemClock } from './system-clock.ts'

/** A data folder and the genesis of the chain in it. */
export interface ChainFolderOptions {
  readonly dataPath: string
  /** Absent: genesis.json in the data folder. */
  readonly genesisFile?: string
  readonly logger: Logger
}

/** What an import or export did. */
export interface ChainFileReport {
  /** Blocks that were new, or written. */
  readonly blocks: number
  /** Blocks of the file that the chain had already. */
  readonly known: number
  readonly head: { readonly number: bigint; readonly hash: Hash }
}

/** No block is larger than this, in bytes: more is a damaged file. */
const BLOCK_SIZE_BYTES_MAX = 64 * 1024 * 1024

/**
 * Imports blocks from a file, each fully verified, and leaves the genesis in the data folder. Blocks that the chain
 * has are passed over, so an import that was cut short can be started again.
 * @throws CodedError `block-refused` naming block, field, got and want; the blocks before it stay
 */
export async function importChainFile(
  options: ChainFolderOptions,
  file: string,
): Promise<ChainFileReport> {
  return withChain(options, async (chain) => {
    let blocks = 0
    let known = 0
    for await (const { block, verdict } of importInTurn(chain, readBlocks(file))) {
      if (!verdict.ok) {
        const place = `block ${block.header.number}`
        throw new CodedError('block-refused', `${place}: ${verdict.reason}: ${verdict.message}`)
      }
      if (verdict.value === 'known') known++
      else blocks++
    }
    return { blocks, known, head: headOf(chain) }
  })
}

/**
 * Writes the canonical blocks of a range to a new file, genesis left out unless asked for.
 * @throws CodedError `file-unwritable` when the file exists
 */
export async function exportChainFile(
  options: ChainFolderOptions,
  file: string,
  range: { readonly first?: bigint; readonly last?: bigint } = {},
): Promise<ChainFileReport> {
  return withChain(options, async (chain) => {
    const head = headOf(chain)
    const last = range.last ?? head.number
    const output = await open(file, 'wx').catch((cause: unknown) => {
      throw new CodedError('file-unwritable', `cannot write ${file}: ${errorMessage(cause)}`)
    })
    let blocks = 0
    try {
      for (let number = range.first ?? 1n; number <= last; number++) {
        const block = present(chain.rawBlockByNumber(number), `block ${number}`)
        await output.write(encodeBlock(block))
        blocks++
      }
    } finally {
      await output.close()
    }
    return { blocks, known: 0, head }
  })
}

async function withChain<Result>(
  { dataPath, genesisFile, logger }: ChainFolderOptions,
  task: (chain: Chain) => Promise<Result>,
): Promise<Result> {
  const kept = path.join(dataPath, GENESIS_NAME)
  const spec = await readChainSpec(genesisFile ?? kept, 'import')
  await mkdir(dataPath, { recursive: true, mode: 0o700 })
  const life = createLifecycle(logger)
  try {
    const decode = createTransactionDecoder({ allowsBlobs: spec.consensus === 'ethereum' })
    const chain = await openStoredChain(
      {
        config: { 'data-path': dataPath, evm: 'fast' },
        spec,
        clock: systemClock,
        logger,
        metrics: createMetrics({ processMetrics: false }),
        life,
        onFatal: (error) => logger.error('the machine is broken', { error }),
      },
      decode,
    )
    if (genesisFile !== undefined && path.resolve(genesisFile) !== path.resolve(kept)) {
      await copyFile(genesisFile, kept)
    }
    return await task(chain)
  } finally {
    await life.stop()
  }
}

async function* readBlocks(file: string): AsyncGenerator<Block> {
  for await (const raw of readItems(file)) yield decodeBlockOf(raw, file)
}

async function* readItems(file: string): AsyncGenerator<Uint8Array> {
  const input = await open(file, 'r').catch((cause: unknown) => {
    throw new CodedError('file-unreadable', `cannot read ${file}: ${errorMessage(cause)}`)
  })
  try {
    const prefix = new Uint8Array(RLP_PREFIX_SIZE_BYTES_MAX)
    for (let position = 0; ; ) {
      const { bytesRead } = await input.read(prefix, { position })
      if (bytesRead === 0) return
      const sizeBytes = rlpSizeBytes(prefix.subarray(0, bytesRead))
      if (sizeBytes > BLOCK_SIZE_BYTES_MAX)
        throw damaged(file, position, 'a block of absurd length')
      const item = new Uint8Array(sizeBytes)
      const whole = await input.read(item, { position })
      if (whole.bytesRead < sizeBytes) throw damaged(file, position, 'the file ends within a block')
      yield item
      position += sizeBytes
    }
  } finally {
    await input.close()
  }
}

function decodeBlockOf(raw: Uint8Array, file: string): Block {
  try {
    return decodeImportedBlock(raw)
  } catch (cause) {
    throw new CodedError('block-refused', `${file}: not a block: ${errorMessage(cause)}`, { cause })
  }
}

function damaged(file: string, position: number, what: string): CodedError {
  return new CodedError('file-damaged', `${file}, byte ${position}: ${what}`)
}

function headOf(chain: Chain): ChainFileReport['head'] {
  const { header, hash } = chain.head()
  return { number: header.number, hash }
}
