import type { StoredBlock } from '@busan/chain'
import { encodeHeader, nextGasLimit, parentGasLimit } from '@busan/chain-spec'
import type { BlobSidecar, BlockTemplate, BuiltBlock, Transaction } from '@busan/execution'
import { bytesToHex, keccakHash, toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { SUBMIT_ERRORS } from './error-lists.ts'
import { invalidParams, RpcError, transactionRejected } from './errors.ts'
import { formatWithdrawal } from './format/block.ts'
import { defineMethod, type Method, type RpcContext } from './method.ts'
import * as blockResult from './result/block.ts'
import { address, bytes, hash, optional, quantity64 } from './schema/hex.ts'

/** geth's default --miner.gaslimit: where a block made here moves its gas limit to. */
const GAS_LIMIT_TARGET = 60_000_000n

const BUILD_BUDGET_MS = 2_000

const EXTRA_DATA_SIZE_BYTES_MAX = 32

const withdrawal = z
  .object({ index: quantity64, validatorIndex: quantity64, address, amount: quantity64 })
  .transform(({ amount, ...rest }) => ({ ...rest, amountGwei: amount }))

/** PayloadAttributesV3 of the Engine API. */
const attributes = z.object({
  timestamp: quantity64,
  prevRandao: hash,
  suggestedFeeRecipient: address,
  withdrawals: optional(z.array(withdrawal)),
  parentBeaconBlockRoot: optional(hash),
})

/** testing_*: for test suites, and served only where a listener lists the namespace. */
export const testingMethods: readonly Method[] = [
  defineMethod({
    name: 'testing_buildBlockV1',
    summary:
      'A payload of exactly the given transactions, or of the pool, on an imported chain; nothing is stored.',
    params: z.tuple([hash, attributes, z.array(bytes).nullable(), optional(bytes)]),
    names: ['parentHash', 'attributes', 'transactions', 'extraData'],
    result: blockResult.payload,
    errors: [...SUBMIT_ERRORS, 'block-not-found', 'call-rejected'],
    async handler([parentHash, wanted, raws, extraData = new Uint8Array(0)], context) {
      const { chain } = context
      if (chain.spec.consensus !== 'ethereum') {
        throw new RpcError('call-rejected', 'blocks of a QBFT network are built by its validators')
      }
      if (extraData.length > EXTRA_DATA_SIZE_BYTES_MAX) {
        const size = `${extraData.length} bytes, at most ${EXTRA_DATA_SIZE_BYTES_MAX}`
        throw invalidParams(`invalid argument 3: extra data has ${size}`)
      }
      const parent = chain.blockByHash(parentHash)
      if (parent === undefined) throw new RpcError('block-not-found', 'unknown parent')
      const template = templateOf(context, parent, { ...wanted, extraData: bytesToHex(extraData) })
      if (raws === null) return formatPayload(await buildFromPool(context, template))
      const transactions = await decodeAll(context, raws)
      const built = await chain.executor.assembleBlock(template, transactions)
      if (built.ok) return formatPayload(built.value, transactions)
      throw transactionRejected(built.reason, built.message.replace(/^transaction \d+: /, ''))
    },
  }),
]

function templateOf(
  { chain }: RpcContext,
  parent: StoredBlock,
  wanted: z.output<typeof attributes> & Pick<BlockTemplate, 'extraData'>,
): BlockTemplate {
  const { timestamp } = wanted
  const { header } = parent
  if (timestamp <= header.timestamp) {
    const message = `invalid timestamp, parent ${header.timestamp} given ${timestamp}`
    throw new RpcError('call-rejected', message)
  }
  if (!chain.spec.forkAt(header.number + 1n, timestamp).isMerged) {
    throw new RpcError('call-rejected', 'blocks are built only after the merge')
  }
  const limit = parentGasLimit(chain.spec, header, timestamp)
  return {
    parent: header,
    parentHash: parent.hash,
    coinbase: wanted.suggestedFeeRecipient,
    timestamp,
    gasLimit: nextGasLimit(limit, GAS_LIMIT_TARGET),
    extraData: wanted.extraData,
    prevRandao: wanted.prevRandao,
    ...(wanted.withdrawals === undefined ? {} : { withdrawals: wanted.withdrawals }),
    ...(wanted.parentBeaconBlockRoot === undefined
      ? {}
      : { parentBeaconBlockRoot: wanted.parentBeaconBlockRoot }),
  }
}

function decodeAll(
  { chain }: RpcContext,
  raws: readonly Uint8Array[],
): Promise<readonly Transaction[]> {
  const decode = async (raw: Uint8Array): Promise<Transaction> => {
    const plain = chain.executor.decodeTransaction(raw)
    // Type 3 may come with its blobs or without them.
    const decoded = plain.ok ? plain : await chain.executor.decodeSubmitted(raw)
    if (!decoded.ok) throw transactionRejected(decoded.reason, decoded.message)
    return decoded.value
  }
  return Promise.all(raws.map(decode))
}

function buildFromPool({ chain, pool }: RpcContext, template: BlockTemplate): Promise<BuiltBlock> {
  const baseFee = chain.spec.nextBaseFee(template.parent, template.timestamp) ?? 0n
  return chain.executor.buildBlock(template, pool.executable(baseFee), BUILD_BUDGET_MS)
}

/** The answer of engine_getPayload. @param withBlobs the block's transactions, as they were submitted */
function formatPayload(
  { block, result }: BuiltBlock,
  withBlobs: readonly Transaction[] = result.transactions,
) {
  const { header, transactions, withdrawals = [] } = block
  const baseFee = header.baseFeePerGas ?? 0n
  const tips = result.receipts.map(
    ({ gasUsed, effectiveGasPriceWei }) => gasUsed * (effectiveGasPriceWei - baseFee),
  )
  return {
    executionPayload: {
      parentHash: header.parentHash,
      feeRecipient: header.coinbase,
      stateRoot: header.stateRoot,
      receiptsRoot: header.receiptsRoot,
      logsBloom: header.logsBloom,
      prevRandao: header.mixHash,
      blockNumber: toQuantity(header.number),
      gasLimit: toQuantity(header.gasLimit),
      gasUsed: toQuantity(header.gasUsed),
      timestamp: toQuantity(header.timestamp),
      extraData: header.extraData,
      baseFeePerGas: toQuantity(baseFee),
      blockHash: keccakHash(encodeHeader(header)),
      transactions: transactions.map((raw) => bytesToHex(raw)),
      withdrawals: withdrawals.map(formatWithdrawal),
      ...(header.blobGasUsed === undefined ? {} : { blobGasUsed: toQuantity(header.blobGasUsed) }),
      ...(header.excessBlobGas === undefined
        ? {}
        : { excessBlobGas: toQuantity(header.excessBlobGas) }),
    },
    blockValue: toQuantity(tips.reduce((sum, tip) => sum + tip, 0n)),
    blobsBundle: formatBlobs(withBlobs.flatMap(({ sidecar }) => sidecar ?? [])),
    executionRequests: (result.requests ?? []).map((request) => bytesToHex(request)),
    shouldOverrideBuilder: false,
  }
}

function formatBlobs(sidecars: readonly BlobSidecar[]) {
  const all = (name: 'blobs' | 'commitments' | 'proofs') =>
    sidecars.flatMap((sidecar) => sidecar[name].map((one) => bytesToHex(one)))
  return { commitments: all('commitments'), proofs: all('proofs'), blobs: all('blobs') }
}
