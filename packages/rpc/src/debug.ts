import type { StoredBlock } from '@busan/chain'
import { type Block, encodeBlock, encodeHeader } from '@busan/chain-spec'
import { encodeReceipt } from '@busan/execution'
import { bytesToHex } from '@busan/primitives'
import type { LogLevel } from '@busan/telemetry'
import { z } from 'zod'
import { RpcError } from './errors.ts'
import { formatBlock } from './format/block.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import { findBlock, genesisDifficulty } from './resolve-block.ts'
import * as blockResult from './result/block.ts'
import * as hexResult from './result/hex.ts'
import { type BlockReference, blockReference } from './schema/block-tag.ts'
import { hash } from './schema/hex.ts'

/** debug_getRaw*: the exact bytes, for bridges and light clients. */
export const debugMethods: readonly Method[] = [
  defineMethod({
    name: 'debug_getRawHeader',
    summary: 'RLP of a sealed header.',
    params: z.tuple([blockReference]),
    names: ['block'],
    result: hexResult.data,
    errors: ['block-not-found'],
    handler: ([reference], context) => bytesToHex(encodeHeader(blockOf(reference, context).header)),
  }),
  defineMethod({
    name: 'debug_getRawBlock',
    summary: 'RLP of a sealed block.',
    params: z.tuple([blockReference]),
    names: ['block'],
    result: hexResult.data,
    errors: ['block-not-found'],
    handler([reference], context) {
      const block = blockOf(reference, context)
      const transactions = block.transactions.map(({ raw }) => raw)
      return bytesToHex(encodeBlock({ ...block, transactions }))
    },
  }),
  defineMethod({
    name: 'debug_getRawReceipts',
    summary: 'Consensus encoding (EIP-2718) of each receipt of a block.',
    params: z.tuple([blockReference]),
    names: ['block'],
    result: z.array(hexResult.data),
    errors: ['block-not-found'],
    handler([reference], context) {
      const { hash: blockHash } = blockOf(reference, context)
      const receipts = context.chain.receiptsByHash(blockHash) ?? []
      return receipts.map((receipt) => bytesToHex(encodeReceipt(receipt)))
    },
  }),
  defineMethod({
    name: 'debug_getRawTransaction',
    summary: 'The EIP-2718 envelope of a mined or pooled transaction; `0x` when unknown.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: hexResult.data,
    handler([transactionHash], { chain, pool }) {
      const location = chain.transactionLocation(transactionHash)
      const block = location === undefined ? undefined : chain.blockByHash(location.blockHash)
      const mined = location === undefined ? undefined : block?.transactions[location.index]
      const transaction = mined ?? pool.get(transactionHash)
      return transaction === undefined ? '0x' : bytesToHex(transaction.raw)
    },
  }),
  defineMethod({
    name: 'debug_getBadBlocks',
    summary: 'The last blocks that were sealed and that this node refuses, kept until it stops.',
    params: z.tuple([]),
    result: z.array(blockResult.badBlock),
    handler: (_, context) =>
      context.chain.badBlocks().map((block) => formatBadBlock(block, context)),
  }),
  defineMethod({
    name: 'debug_verbosity',
    summary: 'Sets the log level: 1 errors, 2 warnings, 3 information, 4 and above steps.',
    params: z.tuple([z.number().int().min(0).max(9)]),
    names: ['level'],
    result: z.null(),
    access: 'operator',
    handler([verbosity], { logger }) {
      logger.setLevel(VERBOSITIES[Math.min(verbosity, VERBOSITIES.length - 1)] as LogLevel)
      return null
    },
  }),
]

/** geth's numbers; 0 silences geth, but errors are what a person must act on. */
const VERBOSITIES: readonly LogLevel[] = ['error', 'error', 'warn', 'info', 'debug']

function formatBadBlock(block: Block, { chain }: RpcContext) {
  const rlp = encodeBlock(block)
  const hash = chain.hashOf(block.header)
  const transactions = block.transactions.flatMap((raw) => {
    const decoded = chain.executor.decodeTransaction(raw)
    return decoded.ok ? [decoded.value] : []
  })
  const shown = { ...block, hash, sizeBytes: rlp.length, transactions }
  return {
    block: formatBlock(shown, true, genesisDifficulty(chain)),
    hash,
    rlp: bytesToHex(rlp),
  }
}

function blockOf(reference: BlockReference, { chain }: RpcContext): StoredBlock {
  const block = findBlock(chain, reference)
  if (block === undefined) throw new RpcError('block-not-found', 'block not found')
  return block
}
