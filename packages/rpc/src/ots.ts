import type { StoredBlock } from '@busan/chain'
import type { Address, Hash } from '@busan/primitives'
import { z } from 'zod'
import {
  findBySenderAndNonce,
  findCodeBlock,
  type HistoryPage,
  readHistory,
} from './account-history.ts'
import { callTrees, type FlatNode, flattenTree } from './call-tree.ts'
import { STATE_ERRORS, TRACE_ERRORS } from './error-lists.ts'
import { invalidParams, RpcError } from './errors.ts'
import { formatDetails, formatFound, formatPage } from './format/ots.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import { findBlock, genesisDifficulty, stateOf } from './resolve-block.ts'
import * as hexResult from './result/hex.ts'
import * as traceResult from './result/trace.ts'
import { type BlockReference, LATEST } from './schema/block-tag.ts'
import { address, hash, optional } from './schema/hex.ts'
import { looseBlock, looseNumber } from './schema/loose.ts'

/** The set of methods that Otterscan expects. */
const API_LEVEL = 8

const searchParams = z.tuple([address, looseNumber, looseNumber])

/** ots_*: what Otterscan asks for, so that the explorer needs no database of its own. */
export const otsMethods: readonly Method[] = [
  defineMethod({
    name: 'ots_getApiLevel',
    summary: 'Version of these methods, a number.',
    params: z.tuple([]),
    result: z.literal(API_LEVEL),
    handler: () => API_LEVEL,
  }),
  defineMethod({
    name: 'ots_hasCode',
    summary: 'Whether an account is a contract.',
    params: z.tuple([address, optional(looseBlock)]),
    names: ['account', 'block'],
    result: z.boolean(),
    errors: STATE_ERRORS,
    handler: async ([account, block = LATEST], { chain }) =>
      (await stateOf(chain, block).code(account)).length > 0,
  }),
  defineMethod({
    name: 'ots_getBlockDetails',
    summary: 'A block without its transactions, with their number, the fees and the reward.',
    params: z.tuple([looseBlock]),
    names: ['block'],
    result: traceResult.blockDetails.nullable(),
    handler: ([reference], context) => blockDetails(reference, context),
  }),
  defineMethod({
    name: 'ots_getBlockDetailsByHash',
    summary: 'As `ots_getBlockDetails`, by hash.',
    params: z.tuple([hash]),
    names: ['blockHash'],
    result: traceResult.blockDetails.nullable(),
    handler: ([wanted], context) => blockDetails({ kind: 'hash', hash: wanted }, context),
  }),
  defineMethod({
    name: 'ots_getBlockTransactions',
    summary: 'One page of the transactions of a block, counted from its end, with receipts.',
    params: z.tuple([looseBlock, looseNumber, looseNumber]),
    names: ['block', 'page', 'size'],
    result: traceResult.blockPage.nullable(),
    handler([reference, number, size], context) {
      checkSize(size, context)
      const { chain } = context
      const block = findBlock(chain, reference)
      if (block === undefined) return null
      const page = { number, size, genesisDifficulty: genesisDifficulty(chain) }
      return formatPage(block, chain.receiptsByHash(block.hash) ?? [], page)
    },
  }),
  defineMethod({
    name: 'ots_getTransactionError',
    summary: 'Revert bytes of a transaction; `0x` when there are none.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: hexResult.data,
    errors: TRACE_ERRORS,
    async handler([transactionHash], context) {
      const [root] = await flatCalls(transactionHash, context)
      return root?.node.error === undefined ? '0x' : (root.node.output ?? '0x')
    },
  }),
  defineMethod({
    name: 'ots_traceTransaction',
    summary: 'All messages of a transaction as a list, each with its depth.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: z.array(traceResult.flatCall),
    errors: TRACE_ERRORS,
    async handler([transactionHash], context) {
      const calls = await flatCalls(transactionHash, context)
      return calls.map(({ node, depth }) => ({
        type: node.type,
        depth,
        from: node.from,
        to: node.to ?? null,
        value: node.type === 'DELEGATECALL' ? null : (node.value ?? null),
        input: node.input,
        output: node.output ?? '0x',
      }))
    },
  }),
  defineMethod({
    name: 'ots_getInternalOperations',
    summary: 'Transfers, creations and removals of contracts within a transaction.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: z.array(traceResult.internalOperation),
    errors: TRACE_ERRORS,
    async handler([transactionHash], context) {
      return (await flatCalls(transactionHash, context)).flatMap(internalOperation)
    },
  }),
  defineMethod({
    name: 'ots_getTransactionBySenderAndNonce',
    summary: 'Hash of the transaction with which an account used a nonce; `null` when it has not.',
    params: z.tuple([address, looseNumber]),
    names: ['sender', 'nonce'],
    result: hexResult.hash.nullable(),
    async handler([sender, nonce], { chain }) {
      return (await findBySenderAndNonce(chain, sender, BigInt(nonce))) ?? null
    },
  }),
  defineMethod({
    name: 'ots_getContractCreator',
    summary: 'Who created a contract, in which transaction; `null` for other accounts.',
    params: z.tuple([address]),
    names: ['account'],
    result: z.strictObject({ hash: hexResult.hash, creator: hexResult.address }).nullable(),
    errors: TRACE_ERRORS,
    handler: ([account], context) => contractCreator(account, context),
  }),
  defineMethod({
    name: 'ots_searchTransactionsBefore',
    summary: 'Transactions of an account before a block (0: up to the head), latest first.',
    params: searchParams,
    names: ['account', 'block', 'size'],
    result: traceResult.historyPage,
    async handler([account, number, size], context) {
      checkSize(size, context)
      const { chain } = context
      const isFirst = number === 0
      const toNumber = isFirst ? chain.head().header.number : BigInt(number) - 1n
      const range = { fromNumber: 0n, toNumber, reverse: true, size }
      const page = await readHistory(chain, account, range)
      return formatHistory(page, { firstPage: isFirst, lastPage: page.isLast }, context)
    },
  }),
  defineMethod({
    name: 'ots_searchTransactionsAfter',
    summary: 'Transactions of an account after a block (0: from the start), latest first.',
    params: searchParams,
    names: ['account', 'block', 'size'],
    result: traceResult.historyPage,
    async handler([account, number, size], context) {
      checkSize(size, context)
      const { chain } = context
      const fromNumber = number === 0 ? 0n : BigInt(number) + 1n
      const toNumber = chain.head().header.number
      const read = await readHistory(chain, account, { fromNumber, toNumber, reverse: false, size })
      const page = { ...read, found: [...read.found].reverse() }
      return formatHistory(page, { firstPage: read.isLast, lastPage: number === 0 }, context)
    },
  }),
]

function checkSize(size: number, { limits }: RpcContext): void {
  if (size <= limits.pageTransactions) return
  throw invalidParams(`page too large (requested ${size}, max ${limits.pageTransactions})`)
}

function blockDetails(reference: BlockReference, { chain }: RpcContext) {
  const block = findBlock(chain, reference)
  if (block === undefined) return null
  const parent = chain.headerByNumber(block.header.number - 1n)
  return formatDetails(block, chain.receiptsByHash(block.hash) ?? [], {
    genesisDifficulty: genesisDifficulty(chain),
    blockRewardWei: parent === undefined ? 0n : chain.spec.qbftAfter(parent).blockRewardWei,
  })
}

async function flatCalls(transactionHash: Hash, context: RpcContext): Promise<readonly FlatNode[]> {
  const location = context.chain.transactionLocation(transactionHash)
  const block = location && context.chain.blockByHash(location.blockHash)
  if (location === undefined || block === undefined) {
    throw new RpcError('transaction-not-found', 'transaction not found')
  }
  const [root] = await callTrees(block, context, location.index)
  return root === undefined ? [] : flattenTree(root)
}

const OPERATIONS: Readonly<Record<string, number>> = {
  CALL: 0,
  CALLCODE: 0,
  SELFDESTRUCT: 1,
  CREATE: 2,
  CREATE2: 3,
}

/** What moves money or contracts beneath the transaction itself, and stays. */
function internalOperation({ node, depth, isUndone }: FlatNode): object[] {
  const { from, to = null, value = '0x0' } = node
  const type = OPERATIONS[node.type]
  const isEmptyCall = type === 0 && BigInt(value) === 0n
  return type === undefined || depth === 0 || isUndone || isEmptyCall
    ? []
    : [{ type, from, to, value }]
}

async function contractCreator(account: Address, context: RpcContext) {
  const { chain } = context
  const number = await findCodeBlock(chain, account)
  const block = number === undefined || number === 0n ? undefined : chain.blockByNumber(number)
  if (block === undefined) return null
  for (const [index, root] of (await callTrees(block, context)).entries()) {
    const creation = flattenTree(root).find(
      ({ node, isUndone }) => !isUndone && node.type.startsWith('CREATE') && node.to === account,
    )
    if (creation !== undefined) {
      return { hash: block.transactions[index]?.hash, creator: creation.node.from }
    }
  }
  return null
}

function formatHistory(
  { found }: HistoryPage,
  ends: { readonly firstPage: boolean; readonly lastPage: boolean },
  { chain }: RpcContext,
) {
  const formatted = found.flatMap(({ block, index }: { block: StoredBlock; index: number }) => {
    return formatFound(block, chain.receiptsByHash(block.hash) ?? [], index) ?? []
  })
  return {
    txs: formatted.map(({ transaction }) => transaction),
    receipts: formatted.map(({ receipt }) => receipt),
    ...ends,
  }
}
