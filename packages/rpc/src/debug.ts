import type { StoredBlock } from '@busan/chain'
import { type Block, encodeBlock, encodeHeader, type Header } from '@busan/chain-spec'
import { encodeReceipt } from '@busan/execution'
import { bytesToHash, bytesToHex, concatBytes, hexToBytes } from '@busan/primitives'
import type { LogLevel } from '@busan/telemetry'
import { z } from 'zod'
import { STATE_ERRORS } from './error-lists.ts'
import { invalidParams, RpcError } from './errors.ts'
import { formatBlock } from './format/block.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import { findBlock, genesisDifficulty, headerOf } from './resolve-block.ts'
import * as blockResult from './result/block.ts'
import * as hexResult from './result/hex.ts'
import * as stateResult from './result/state.ts'
import { type BlockReference, blockReference } from './schema/block-tag.ts'
import { bytes, hash, optional } from './schema/hex.ts'
import { looseNumber } from './schema/loose.ts'

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
    name: 'debug_getRawTransactions',
    summary: 'The EIP-2718 envelope of each transaction of a block.',
    params: z.tuple([blockReference]),
    names: ['block'],
    result: z.array(hexResult.data),
    errors: ['block-not-found'],
    handler: ([reference], context) =>
      blockOf(reference, context).transactions.map(({ raw }) => bytesToHex(raw)),
  }),
  defineMethod({
    name: 'debug_accountRange',
    summary:
      'A run of all accounts by the hashes of their addresses: state in pages, to be taken elsewhere.',
    params: z.tuple([
      blockReference,
      bytes,
      looseNumber,
      optional(z.boolean()),
      optional(z.boolean()),
      optional(z.boolean()),
    ]),
    names: ['block', 'start', 'maxResults', 'nocode', 'nostorage', 'incompletes'],
    result: stateResult.accountRange,
    errors: [...STATE_ERRORS, 'trace-too-large'],
    handler: ([reference, start, count, noCode = false, noStorage = false], context) =>
      accountRange(headerOf(context.chain, reference), context, {
        from: start,
        count: count === 0 ? ACCOUNTS_MAX : Math.min(count, ACCOUNTS_MAX),
        withCode: !noCode,
        withStorage: !noStorage,
      }),
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

/** geth's AccountRangeMaxResults. */
const ACCOUNTS_MAX = 256

/** Deviation: `incompletes` is taken as true, since of no account the address is known. */
async function accountRange(
  { stateRoot }: Header,
  { chain, limits }: RpcContext,
  range: {
    readonly from: Uint8Array
    readonly count: number
    readonly withCode: boolean
    readonly withStorage: boolean
  },
) {
  if (range.from.length > 32) throw invalidParams('invalid argument 1: at most 32 bytes')
  const { accounts, next } = await chain.executor.stateAt(stateRoot).accountRange({
    from: bytesToHash(concatBytes(range.from, new Uint8Array(32 - range.from.length))),
    count: range.count,
    withCode: range.withCode,
    ...(range.withStorage ? { slotsMax: limits.storageRangeSlots } : {}),
  })
  const shown = accounts.map(({ hashedAddress, code, storage, ...account }) => [
    `pre(${hashedAddress})`,
    {
      balance: account.balanceWei.toString(),
      nonce: Number(account.nonce),
      root: account.storageRoot,
      codeHash: account.codeHash,
      ...(code === undefined || code.length === 0 ? {} : { code: bytesToHex(code) }),
      ...(storage === undefined || storage.size === 0
        ? {}
        : {
            storage: Object.fromEntries(
              [...storage].map(([slot, value]) => [slot, value.slice(2)]),
            ),
          }),
      key: hashedAddress,
    },
  ])
  return {
    root: stateRoot.slice(2),
    accounts: Object.fromEntries(shown),
    ...(next === undefined ? {} : { next: Buffer.from(hexToBytes(next)).toString('base64') }),
  }
}

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
