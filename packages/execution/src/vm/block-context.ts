import { blobBaseFee, type ChainSpec, type Header } from '@busan/chain-spec'
import { type Address, type Hash, hexToBytes } from '@busan/primitives'
import type { Block as EthereumjsBlock } from '@ethereumjs/block'
import { Address as EthereumjsAddress } from '@ethereumjs/util'

/** The block as contracts see it. */
export interface BlockContext {
  readonly number: bigint
  /** Seconds. */
  readonly timestamp: bigint
  readonly gasLimit: bigint
  /** COINBASE, and who receives fees: the mining beneficiary when there is one, else the proposer. */
  readonly beneficiary: Address
  /** undefined before London. */
  readonly baseFeePerGasWei: bigint | undefined
  readonly difficulty: bigint
  /** PREVRANDAO. On this chain the constant mixHash of QBFT, hence no randomness. */
  readonly prevRandao: Hash
  readonly parentHash: Hash
  /** BLOBBASEFEE; undefined before Cancun. */
  readonly blobBaseFeePerGasWei: bigint | undefined
  /** Credited to the beneficiary after the transactions. */
  readonly blockRewardWei: bigint
}

/** What of a header the context is made of: it need not be complete, as while a block is built. */
export type ContextHeader = Pick<
  Header,
  | 'number'
  | 'timestamp'
  | 'gasLimit'
  | 'coinbase'
  | 'baseFeePerGas'
  | 'difficulty'
  | 'mixHash'
  | 'parentHash'
  | 'excessBlobGas'
>

/**
 * The context in which a block's own transactions run, and calls on the state after it.
 * @param parentTimestamp seconds; chooses the QBFT settings, see {@link ChainSpec.qbftAfter}
 */
export function contextOf(
  header: ContextHeader,
  spec: ChainSpec,
  parentTimestamp: bigint,
): BlockContext {
  const qbft = spec.qbftAfter({ number: header.number - 1n, timestamp: parentTimestamp })
  const { blobs } = spec.forkAt(header.number, header.timestamp)
  return {
    number: header.number,
    timestamp: header.timestamp,
    gasLimit: header.gasLimit,
    beneficiary: qbft.miningBeneficiary ?? header.coinbase,
    baseFeePerGasWei: header.baseFeePerGas,
    difficulty: header.difficulty,
    prevRandao: header.mixHash,
    parentHash: header.parentHash,
    blobBaseFeePerGasWei: blobs && blobBaseFee(header.excessBlobGas ?? 0n, blobs),
    blockRewardWei: qbft.blockRewardWei,
  }
}

/** One for each context: a block asks for its own at every transaction. */
const vmBlocks = new WeakMap<BlockContext, EthereumjsBlock>()

/**
 * What the VM reads of a block. A whole ethereumjs block would judge the header (and throw) where that is the
 * chain's task, so this carries the fields and nothing else.
 */
export function vmBlock(context: BlockContext): EthereumjsBlock {
  const known = vmBlocks.get(context)
  if (known !== undefined) return known
  const header = {
    number: context.number,
    timestamp: context.timestamp,
    gasLimit: context.gasLimit,
    coinbase: new EthereumjsAddress(hexToBytes(context.beneficiary)),
    baseFeePerGas: context.baseFeePerGasWei,
    difficulty: context.difficulty,
    prevRandao: hexToBytes(context.prevRandao),
    getBlobGasPrice: () => context.blobBaseFeePerGasWei,
  }
  const block = { header } as unknown as EthereumjsBlock
  vmBlocks.set(context, block)
  return block
}
