import type { Address, Hash, Hex } from '@busan/primitives'
import type { Common } from '@ethereumjs/common'
import type { ForkSchedule } from './fork-schedule.ts'
import type { Header } from './header.ts'

/** How gas is charged. Chain data, the same on every node. */
export type FeePolicy =
  /** EIP-1559: the base fee follows demand. */
  | { readonly kind: 'eip1559' }
  /** The base fee never moves. */
  | { readonly kind: 'fixedBaseFee'; readonly baseFeePerGasWei: bigint }
  /** Nothing is charged whatever the fee fields say; the base fee is 0. */
  | { readonly kind: 'freeGas' }

/** `config.qbft` with Besu's names and defaults, as it applies at one block. */
export interface QbftConfig {
  /** Blocks between vote resets; never changes. */
  readonly epochLength: number
  /** The time between blocks, in milliseconds: `xblockperiodmilliseconds` when set, else the seconds key. */
  readonly blockPeriodMs: number
  /** 0: every block is made. Else an empty block only this long after its parent, in milliseconds. */
  readonly emptyBlockPeriodMs: number
  /**
   * How many empty blocks follow a block with transactions at the ordinary pace, so that whoever waits for
   * confirmations gets them; of no effect without an empty-block period.
   */
  readonly tailBlocks: number
  /** Duration of round 0, in milliseconds; never changes. */
  readonly requestTimeoutMs: number
  /** Wei credited for each block. */
  readonly blockRewardWei: bigint
  /** Receives rewards and fees instead of the proposer, and is COINBASE inside the EVM. */
  readonly miningBeneficiary?: Address
  /** How many messages for later heights are kept, and how far ahead. */
  readonly futureMessagesLimit: number
  readonly futureMessagesMaxDistance: number
}

/** How the blocks of a chain are agreed on. */
export type Consensus = 'bft' | 'ethereum'

/** How blob gas is steered at a fork (EIP-4844, EIP-7840). Counts are in blobs of 131072 gas. */
export interface BlobRules {
  readonly target: number
  readonly max: number
  readonly baseFeeUpdateFraction: number
  /** From Osaka the blob fee follows the execution fee when that is the larger cost (EIP-7918). */
  readonly hasReservePrice: boolean
}

/** Which optional header fields a block has, and what the EVM runs. */
export interface Fork {
  /** Lower camel case: `london`, `shanghai`, `cancun`, `prague`, `osaka`, `bpo1` ... */
  readonly name: string
  /** From Paris on: no proof of work, difficulty 0 on Ethereum. */
  readonly isMerged: boolean
  readonly hasBaseFee: boolean
  readonly hasWithdrawals: boolean
  readonly hasBlobGas: boolean
  readonly hasBeaconRoot: boolean
  readonly hasRequests: boolean
  /** Present from Cancun. */
  readonly blobs?: BlobRules
}

/** One account of the genesis state. */
export interface GenesisAccount {
  readonly address: Address
  readonly balanceWei: bigint
  readonly nonce: bigint
  readonly code: Hex
  /** 32-byte slots and values. */
  readonly storage: ReadonlyMap<Hash, Hash>
}

/** Contracts of the genesis that the protocol itself asks. */
export interface SystemContracts {
  /** Says who may send and deploy; undefined: everyone may. */
  readonly permissionRegistry: Address | undefined
  /** Decides who validates, and header votes carry it; undefined: the validators themselves decide, by voting. */
  readonly validatorRegistry: Address | undefined
  /** Lists the nodes that may connect; undefined, or while it is empty: anyone. */
  readonly nodeRegistry: Address | undefined
  /** Function selectors by contract that everyone can call whatever the registry says, so that it can be repaired. */
  readonly recovery: ReadonlyMap<Address, ReadonlySet<Hex>>
}

/** What the next base fee depends on; a {@link Header} is one. */
export type BaseFeeParent = Pick<
  Header,
  'number' | 'gasUsed' | 'gasLimit' | 'timestamp' | 'baseFeePerGas'
>

/** Everything about a network that every node must agree on, read from its genesis file. */
export interface ChainSpec {
  readonly chainId: bigint
  /**
   * `bft`: a QBFT network. `ethereum`: a chain whose blocks are only imported; Ethereum's rewards, withdrawals,
   * blobs and system contracts apply, and who made a block is not judged.
   */
  readonly consensus: Consensus
  /** Whose logs are deposit requests (EIP-6110), on an `ethereum` chain. */
  readonly depositContract: Address
  readonly feePolicy: FeePolicy
  readonly alloc: readonly GenesisAccount[]
  readonly systemContracts: SystemContracts
  /** The genesis header, completed by the root of the `alloc` state (which `execution` computes). */
  genesisHeader(stateRoot: Hash): Header
  /**
   * QBFT settings for the child of `parent`, transitions applied; one by time starts with the first block whose
   * parent has that time.
   */
  qbftAfter(parent: Pick<Header, 'number' | 'timestamp'>): QbftConfig
  /** The validator list that a transition imposes on exactly this block, if any. */
  validatorOverrideAt(number: bigint): readonly Address[] | undefined
  /** All forks of the chain in order, each with its start. */
  readonly forkSchedule: ForkSchedule
  /** The fork of a block. @param timestamp seconds */
  forkAt(number: bigint, timestamp: bigint): Fork
  /**
   * The ethereumjs view of a block's rules. Reports consensus type `bft`, so that QBFT headers pass under
   * post-merge forks. One shared instance per fork: do not mutate it.
   */
  commonAt(number: bigint, timestamp: bigint): Common
  /** Base fee that the child of `parent` must have; undefined before London. */
  nextBaseFee(parent: BaseFeeParent, timestamp: bigint): bigint | undefined
}
