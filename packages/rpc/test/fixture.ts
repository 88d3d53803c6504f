import { type Chain, openChain } from '@busan/chain'
import { type FeePolicy, parseGenesis } from '@busan/chain-spec'
import type { Transaction } from '@busan/execution'
import { computeGenesisState, createExecutor } from '@busan/execution'
import {
  type Address,
  accept,
  type Clock,
  type Hash,
  hexToBytes,
  present,
  toAddress,
  toQuantity,
} from '@busan/primitives'
import { encodeExtraData, sealHash, withSeals } from '@busan/qbft'
import { createMemoryStore } from '@busan/storage'
import { createMetrics, type Logger, type Metrics, silentLogger } from '@busan/telemetry'
import { createValidatorKeys } from '@busan/testkit'
import { createTxPool, type PoolLimits, type TxPool } from '@busan/txpool'
import { Wallet } from 'ethers'
import {
  createRpcServer,
  type ListenerOptions,
  type NetworkPeer,
  type NodePermissions,
  type RpcLimits,
  type RpcServer,
  type SyncProgress,
} from '../src/index.ts'

/** The chain id of every test chain. */
export const CHAIN_ID = 51_053

/** Accounts with money, by ethers, as a client would hold them. */
export const alice = new Wallet(`0x${'a1'.repeat(32)}`)
export const bob = new Wallet(`0x${'b0'.repeat(32)}`)
export const pauper = new Wallet(`0x${'c0'.repeat(32)}`)
/** Has money and code: a contract whose key is known. */
export const robot = new Wallet(`0x${'d0'.repeat(32)}`)

/** Contracts of the genesis block, in EVM assembly. */
export const contracts = {
  /** Reverts with its calldata. */
  reverter: contract(1, '36600060003736 6000fd'),
  /** Returns its calldata. */
  echo: contract(2, '366000600037366000f3'),
  /** Emits LOG2 with its calldata as data, topic 0x…01 and the caller as second topic. */
  logger: contract(3, '366000600037336001366000a200'),
  /** Returns NUMBER and TIMESTAMP. */
  clock: contract(4, '4360005242602052604060 00f3'),
  /** Returns slot 1. */
  slot: contract(5, '60015460005260206000f3'),
  loop: contract(6, '5b600056'),
  invalid: contract(7, 'fe'),
  badJump: contract(8, '600056'),
  underflow: contract(9, '01'),
  /** Emits 200 logs. */
  noisy: contract(10, '60c85b60006000a0600190038060025700'),
} as const

/** A running server over a real chain of one validator, in memory. */
export interface TestNode {
  readonly chain: Chain
  readonly pool: TxPool<Transaction>
  readonly server: RpcServer
  readonly url: string
  readonly wsUrl: string
  readonly metrics: Metrics
  readonly clock: Clock & { advance(durationMs: number): void }
  /** What the network port answers; a test may change it. */
  readonly network: { peers: NetworkPeer[] }
  readonly sync: { status: ReturnType<SyncProgress['status']> }
  readonly validator: Address
  /** Makes, seals and imports a block from the pool. */
  mine(): Promise<Hash>
  close(): Promise<void>
}

/** What a test changes of the default node. */
export interface TestNodeOptions {
  readonly feePolicy?: FeePolicy['kind']
  /** Of the genesis block, in hex. */
  readonly blockGasLimit?: string
  readonly poolLimits?: Partial<PoolLimits>
  /** Who may send is asked of the contract that reverts: nobody may. */
  readonly isClosed?: boolean
  readonly limits?: Partial<RpcLimits>
  readonly http?: Partial<ListenerOptions>
  readonly withoutConsensus?: boolean
  readonly permissions?: NodePermissions
  readonly socketPath?: string
  readonly replicas?: readonly string[]
  readonly logger?: Logger
}

const [validatorKey] = createValidatorKeys(1)
const ALL_APIS =
  'eth net web3 rpc txpool qbft debug trace ots erigon busan admin perm testing'.split(' ')

/** Starts a {@link TestNode} on free loopback ports. */
export async function startNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const clock = createSkewedClock()
  const metrics = createMetrics()
  const { chain, pool } = await openState(clock, options)
  const key = present(validatorKey, 'validator key')
  const votes = new Map<Address, boolean>()
  const network = { peers: [] as NetworkPeer[] }
  const sync: TestNode['sync'] = { status: { syncing: false } }
  const listener: ListenerOptions = {
    place: { host: '127.0.0.1', port: 0 },
    apis: ALL_APIS,
    corsOrigins: [],
    allowedHosts: ['localhost'],
    ...options.http,
  }
  const server = await createRpcServer(
    {
      chain,
      pool,
      clock,
      metrics,
      logger: options.logger ?? silentLogger,
      sync: { status: () => sync.status },
      network: {
        id: '12D3KooWTest',
        addresses: () => ['/ip4/127.0.0.1/tcp/30303/p2p/12D3KooWTest'],
        peers: () => network.peers,
        addPeer: async () => true,
        removePeer: async () => false,
      },
      ...(options.permissions === undefined ? {} : { permissions: options.permissions }),
      ...(options.withoutConsensus
        ? {}
        : {
            consensus: {
              status: () => ({ height: chain.head().header.number + 1n, missing: new Set(['x']) }),
              pendingVotes: () => votes,
              proposeVote(address: Address, add: boolean) {
                votes.set(address, add)
                return accept('standing')
              },
              discardVote: (address: Address) => votes.delete(address),
            },
          }),
    },
    {
      clientVersion: 'Busan/v0.1.0/linux-x64/node24',
      validatorAddress: key.address,
      http: listener,
      ws: { ...listener, apis: ALL_APIS, place: { host: '127.0.0.1', port: 0 } },
      ...(options.limits ? { limits: options.limits } : {}),
      ...(options.socketPath ? { socketPath: options.socketPath } : {}),
      ...(options.replicas ? { replicas: options.replicas } : {}),
    },
  )
  const { http = '', ws = '' } = server.addresses()

  async function mine(): Promise<Hash> {
    clock.advance(1_000)
    const built = await chain.buildProposal({
      round: 0,
      coinbase: key.address,
      nowMs: clock.nowMs(),
      vanity: new Uint8Array(32),
      candidates: pool.executable(nextBaseFee(chain)),
      budgetMs: 5_000,
    })
    const { header, transactions } = built.block
    const seal = key.sign(hexToBytes(sealHash(header)))
    const imported = await chain.importBlock({ header: withSeals(header, [seal]), transactions })
    if (!imported.ok) throw new Error(`block refused: ${imported.message}`)
    const head = chain.head()
    const included = head.transactions.map(({ sender, nonce, hash }) => ({ sender, nonce, hash }))
    await pool.onHead(headState(chain), included)
    return head.hash
  }

  return {
    chain,
    pool,
    server,
    metrics,
    clock,
    network,
    sync,
    mine,
    url: http,
    wsUrl: ws,
    validator: key.address,
    async close() {
      await server.close()
      await pool.close()
      await chain.close()
    },
  }
}

async function openState(clock: Clock, options: TestNodeOptions) {
  const spec = parseGenesis(genesisText(options))
  const store = createMemoryStore()
  const open: { chain?: Chain } = {}
  const executor = createExecutor({
    store,
    spec,
    blockHashByNumber: (number) => open.chain?.hashByNumber(number),
  })
  const chain = await openChain({
    store,
    spec,
    executor,
    genesisState: () => computeGenesisState(spec.alloc),
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
  })
  open.chain = chain
  const pool = await createTxPool<Transaction>({
    chainId: spec.chainId,
    feePolicy: spec.feePolicy,
    head: headState(chain),
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
    decode: executor.decodeTransaction,
    ...(options.poolLimits ? { limits: options.poolLimits } : {}),
  })
  return { chain, pool }
}

function genesisText({
  feePolicy = 'eip1559',
  blockGasLimit = '0x2aea540',
  isClosed = false,
}: TestNodeOptions): string {
  const balance = toQuantity(10n ** 21n)
  const code = Object.values(contracts).map((entry) => [
    entry.address,
    {
      balance: '0x0',
      code: entry.code,
      storage: { '0x01': '0x2a' },
    },
  ])
  return JSON.stringify({
    config: {
      chainId: CHAIN_ID,
      ...Object.fromEntries(BLOCK_FORKS.map((fork) => [`${fork}Block`, 0])),
      ...Object.fromEntries(TIME_FORKS.map((fork) => [`${fork}Time`, 0])),
      ...(feePolicy === 'eip1559' ? {} : { feePolicy }),
      ...(isClosed ? { systemContracts: { permissionRegistry: contracts.reverter.address } } : {}),
      qbft: { epochlength: 30_000, blockperiodseconds: 1, requesttimeoutseconds: 2 },
    },
    timestamp: '0x0',
    extraData: encodeExtraData({
      vanity: new Uint8Array(32),
      validators: [present(validatorKey, 'validator key').address],
      round: 0,
      seals: [],
    }),
    gasLimit: blockGasLimit,
    difficulty: '0x1',
    mixHash: '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
    baseFeePerGas: feePolicy === 'freeGas' ? '0x0' : '0x3b9aca00',
    alloc: {
      [alice.address]: { balance },
      [bob.address]: { balance },
      [robot.address]: { balance, code: '0x00' },
      ...Object.fromEntries(code),
    },
  })
}

const BLOCK_FORKS = [
  'homestead',
  'eip150',
  'eip155',
  'eip158',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'muirGlacier',
  'berlin',
  'london',
]
const TIME_FORKS = ['shanghai', 'cancun', 'prague', 'osaka']

function contract(n: number, code: string): { readonly address: Address; readonly code: string } {
  const address = toAddress(`0x${'c0de'.repeat(9)}${n.toString(16).padStart(4, '0')}`)
  return { address, code: `0x${code.replaceAll(' ', '')}` }
}

function nextBaseFee(chain: Chain): bigint {
  const { header } = chain.head()
  return chain.spec.nextBaseFee(header, header.timestamp + 1n) ?? 0n
}

function headState(chain: Chain) {
  const { header, hash } = chain.head()
  const state = chain.executor.stateAt(header.stateRoot)
  const permissions = chain.executor.permissionsAt(header.stateRoot)
  return {
    number: header.number,
    hash,
    gasLimit: header.gasLimit,
    nextBaseFeePerGasWei: nextBaseFee(chain),
    timestamp: header.timestamp,
    account: (address: Address) => state.account(address),
    code: (address: Address) => state.code(address),
    ...(permissions === undefined ? {} : { permissions }),
  }
}

/** The machine's time, which a test can move forward. Timers run on the machine's. */
function createSkewedClock() {
  let skewMs = 0
  return {
    nowMs: () => Date.now() + skewMs,
    schedule(delayMs: number, task: () => void) {
      const timeout = setTimeout(task, delayMs)
      timeout.unref()
      return { cancel: () => clearTimeout(timeout) }
    },
    advance(durationMs: number) {
      skewMs += durationMs
    },
  }
}
