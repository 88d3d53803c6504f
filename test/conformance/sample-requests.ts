// A node with one of everything, and requests to it that all have a result.
import { encodeBlock } from '@busan/chain-spec'
import { bytesToHex } from '@busan/primitives'
import { Transaction, Wallet } from 'ethers'
import { send, sign } from '../../packages/rpc/test/client.ts'
import { alice, bob, CHAIN_ID, contracts, type TestNode } from '../../packages/rpc/test/fixture.ts'

/** A block with every type of transaction, logs and a creation; one pooled and one waiting transaction. */
export async function fill(node: TestNode): Promise<string[]> {
  const to = contracts.logger.address
  const legacy = { type: 0, gasPrice: 10n ** 11n, maxFeePerGas: null, maxPriorityFeePerGas: null }
  const accessList = [{ address: to, storageKeys: [`0x${'01'.repeat(32)}`] }]
  const authorization = await alice.authorize({ address: to, nonce: 6, chainId: CHAIN_ID })
  const gasLimit = 200_000
  const raws = [
    await sign(alice, { ...legacy, nonce: 0 }),
    await sign(alice, { ...legacy, type: 1, nonce: 1, accessList, gasLimit }),
    await sign(alice, { nonce: 2, to, data: '0x0102', value: 0n, gasLimit }),
    await sign(alice, { nonce: 3, to: null, data: '0x6000', value: 0n, gasLimit }),
    await sign(alice, { nonce: 4, to: contracts.reverter.address, value: 0n, gasLimit }),
    await sign(alice, { type: 4, nonce: 5, authorizationList: [authorization], gasLimit }),
  ]
  for (const raw of raws) await send(node, 'eth_sendRawTransaction', [raw])
  await node.mine()
  for (const nonce of [0, 5]) {
    const raw = await sign(bob, { nonce, to: alice.address })
    await send(node, 'eth_sendRawTransaction', [raw])
  }
  return raws.map((raw) => Transaction.from(raw).hash as string)
}

/** Requests for each method; all of them have a result. */
export function requestsOf(
  ...args: Parameters<typeof standardRequests>
): Record<string, unknown[][]> {
  const [node, hashes] = args
  return { ...standardRequests(...args), ...ownRequests(node, hashes) }
}

/** For what the description of the Ethereum API does not know. */
function ownRequests(node: TestNode, hashes: readonly string[]): Record<string, unknown[][]> {
  const head = node.chain.head()
  const { hash } = head
  const raws = head.transactions.map(({ raw }) => bytesToHex(raw))
  const rlp = bytesToHex(
    encodeBlock({ ...head, transactions: head.transactions.map(({ raw }) => raw) }),
  )
  const unknown = `0x${'42'.repeat(32)}`
  const call = { from: alice.address, to: contracts.echo.address, data: '0x01' }
  const kinds = ['trace', 'vmTrace', 'stateDiff']
  const tracers = ['callTracer', 'flatCallTracer', 'prestateTracer', '4byteTracer', 'noopTracer']
  const each = [...hashes, unknown].map((known) => [known])
  const mined = hashes.map((known) => [known])
  return {
    admin_addPeer: [['/ip4/127.0.0.1/tcp/1/p2p/12D3KooWOther']],
    admin_changeLogLevel: [['INFO']],
    admin_nodeInfo: [[]],
    admin_peers: [[]],
    admin_removePeer: [['12D3KooWOther']],
    busan_explainTransaction: [...each, ...[...poolHashes(node)].map((pooled) => [pooled])],
    debug_accountRange: [
      ['latest', '0x', 5],
      ['latest', '0x80', 300, true, true, true],
      [{ blockHash: hash }, '0x', 0],
    ],
    debug_getRawTransactions: [['latest'], [hash]],
    debug_storageRangeAt: [[hash, 0, contracts.slot.address, '0x0', 10]],
    debug_traceBlock: [[rlp]],
    debug_traceCall: [
      [call, 'latest'],
      ...tracers.map((tracer) => [call, 'latest', { tracer }]),
      [call, 'latest', { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }],
      [call, 'latest', { tracer: 'muxTracer', tracerConfig: { callTracer: {} } }],
    ],
    debug_verbosity: [[3]],
    erigon_getHeaderByNumber: [['latest'], [1], ['0x99']],
    eth_fillTransaction: [
      [{ from: alice.address, to: bob.address }],
      [{ from: alice.address, to: bob.address, gasPrice: '0x4a817c800' }],
      [{ from: alice.address, data: '0x6000', gas: '0x186a0', accessList: [] }],
    ],
    eth_getAccount: [[contracts.slot.address], [pauperAddress, 'latest']],
    eth_getAccountInfo: [[contracts.slot.address], [pauperAddress, 'latest']],
    eth_getRawTransactionByBlockHashAndIndex: [
      [hash, '0x0'],
      [unknown, '0x0'],
    ],
    eth_getRawTransactionByBlockNumberAndIndex: [
      ['latest', '0x0'],
      ['pending', '0x0'],
    ],
    eth_pendingTransactions: [[]],
    eth_getHeaderByHash: [[hash], [unknown]],
    eth_getHeaderByNumber: [['latest'], ['0x99']],
    eth_getRawTransactionByHash: each,
    eth_getTransactionBySenderAndNonce: [
      [alice.address, '0x0'],
      [bob.address, '0x0'],
      [bob.address, '0x5'],
      [bob.address, '0x77'],
    ],
    eth_getUncleByBlockHashAndIndex: [[hash, '0x0']],
    eth_getUncleByBlockNumberAndIndex: [['latest', '0x0']],
    eth_getUncleCountByBlockHash: [[hash], [unknown]],
    eth_getUncleCountByBlockNumber: [['latest'], ['0x99']],
    eth_mining: [[]],
    eth_protocolVersion: [[]],
    net_enode: [[]],
    net_listening: [[]],
    net_peerCount: [[]],
    ots_getApiLevel: [[]],
    ots_getBlockDetails: [[1], [99]],
    ots_getBlockDetailsByHash: [[hash], [unknown]],
    ots_getBlockTransactions: [[1, 0, 10]],
    ots_getContractCreator: [[contracts.echo.address], [alice.address]],
    ots_getInternalOperations: mined,
    ots_getTransactionBySenderAndNonce: [
      [alice.address, 0],
      [alice.address, 99],
    ],
    ots_getTransactionError: mined,
    ots_hasCode: [[contracts.echo.address], [alice.address, 'latest']],
    ots_searchTransactionsAfter: [[alice.address, 0, 5]],
    ots_searchTransactionsBefore: [[alice.address, 0, 5]],
    ots_traceTransaction: mined,
    perm_addAccountsToAllowlist: [[[bob.address]]],
    perm_addNodesToAllowlist: [[['12D3KooWOther']]],
    perm_getAccountsAllowlist: [[]],
    perm_getNodesAllowlist: [[]],
    perm_reloadPermissionsFromFile: [[]],
    perm_removeAccountsFromAllowlist: [[[bob.address]]],
    perm_removeNodesFromAllowlist: [[['12D3KooWOther']]],
    qbft_discardValidatorVote: [[alice.address]],
    qbft_getCommitCertificate: [['latest'], ['0x99']],
    qbft_getPendingVotes: [[]],
    qbft_getRequestTimeoutSeconds: [[]],
    qbft_getSignerMetrics: [[]],
    qbft_getValidatorsByBlockHash: [[hash], [unknown]],
    qbft_getValidatorsByBlockNumber: [['latest'], ['pending'], ['1'], ['0x99']],
    qbft_proposeValidatorVote: [[alice.address, true]],
    qbft_status: [[]],
    rpc_discover: [[]],
    rpc_modules: [[]],
    trace_block: [['latest'], ['0x99']],
    trace_call: [[call, kinds, 'latest']],
    trace_callMany: [[[[call, kinds]], 'latest']],
    trace_filter: [[{ fromBlock: '0x1', toBlock: 'latest' }]],
    trace_get: [
      [hashes[0], []],
      [unknown, []],
    ],
    trace_rawTransaction: [[raws[0], kinds]],
    trace_replayBlockTransactions: [['latest', kinds]],
    trace_replayTransaction: mined.map(([known]) => [known, kinds]),
    trace_transaction: each,
    txpool_inspect: [[]],
    web3_clientVersion: [[]],
    web3_sha3: [['0x01']],
  }
}

function poolHashes({ pool }: TestNode) {
  const { pending, queued } = pool.content()
  return [...pending.values(), ...queued.values()].flat().map(({ hash }) => hash)
}

/** For each method of the description that we serve. */
function standardRequests(
  node: TestNode,
  hashes: readonly string[],
  filters: { readonly logs: string; readonly blocks: string; readonly pending: string },
): Record<string, unknown[][]> {
  const { hash } = node.chain.head()
  const [account, storage] = [alice.address, contracts.slot.address]
  const unknown = `0x${'42'.repeat(32)}`
  // Not `pending`: there geth and we leave null what the description wants to be text (hash, miner, nonce).
  const blocks = ['latest', 'earliest', 'safe', 'finalized', '0x1', '0x99']
  const call = { from: account, to: contracts.echo.address, data: '0x01' }
  const atBlocks = ['latest', 'pending', { blockHash: hash }]
  const everything = { enableMemory: true, enableReturnData: true }
  const nothing = { disableStack: true, disableStorage: true }
  const traceConfigs = [null, everything, nothing, { tracer: 'callTracer' }]
  return {
    eth_accounts: [[]],
    eth_baseFee: [[]],
    eth_blobBaseFee: [[]],
    eth_blockNumber: [[]],
    eth_call: atBlocks.map((block) => [call, block]),
    eth_createAccessList: atBlocks.map((block) => [call, block]),
    eth_simulateV1: atBlocks.flatMap((block) =>
      [true, false].map((isFull) => [simulation(call, isFull), block]),
    ),
    eth_capabilities: [[]],
    eth_chainId: [[]],
    eth_coinbase: [[]],
    eth_config: [[]],
    eth_estimateGas: atBlocks.map((block) => [call, block]),
    eth_feeHistory: [
      ['0x2', 'latest', [10, 50]],
      ['0x0', 'latest', []],
      ['0x1', 'earliest', [50]],
      ['0x5', 'pending', []],
      ['0x1', '0x1'],
    ],
    eth_gasPrice: [[]],
    eth_getBalance: atBlocks.map((block) => [account, block]),
    eth_getBlockByHash: [
      [hash, true],
      [hash, false],
      [unknown, false],
    ],
    eth_getBlockByNumber: blocks.flatMap((block) => [
      [block, true],
      [block, false],
    ]),
    eth_getBlockReceipts: [...blocks, 'pending', hash, unknown].map((block) => [block]),
    eth_getBlockTransactionCountByHash: [[hash], [unknown]],
    eth_getBlockTransactionCountByNumber: [...blocks, 'pending'].map((block) => [block]),
    eth_getCode: atBlocks.map((block) => [storage, block]),
    eth_getFilterChanges: [[filters.logs], [filters.blocks], [filters.pending]],
    eth_getFilterLogs: [[filters.logs]],
    eth_getLogs: [[{ fromBlock: 'earliest' }], [{ blockHash: hash }]],
    eth_getProof: atBlocks.flatMap((block) => [
      [storage, ['0x1', `0x${'00'.repeat(32)}`], block],
      [pauperAddress, [], block],
    ]),
    eth_getStorageValues: atBlocks.map((block) => [{ [storage]: ['0x1'] }, block]),
    eth_getStorageAt: atBlocks.map((block) => [storage, '0x1', block]),
    eth_getTransactionByBlockHashAndIndex: [
      ...hashes.map((_, index) => [hash, `0x${index.toString(16)}`]),
      [hash, '0x99'],
    ],
    eth_getTransactionByBlockNumberAndIndex: [
      ['latest', '0x0'],
      ['0x99', '0x0'],
    ],
    eth_getTransactionByHash: [...hashes, unknown].map((known) => [known]),
    eth_getTransactionCount: atBlocks.map((block) => [account, block]),
    eth_getTransactionReceipt: [...hashes, unknown].map((known) => [known]),
    eth_maxPriorityFeePerGas: [[]],
    eth_newBlockFilter: [[]],
    eth_newFilter: [[{ topics: [] }]],
    eth_newPendingTransactionFilter: [[]],
    eth_sendRawTransaction: [],
    eth_syncing: [[]],
    eth_uninstallFilter: [[filters.blocks], [filters.blocks]],
    net_version: [[]],
    txpool_content: [[]],
    txpool_contentFrom: [[bob.address]],
    txpool_status: [[]],
    debug_getBadBlocks: [[]],
    debug_getRawBlock: [['latest']],
    debug_getRawHeader: [['latest']],
    debug_getRawReceipts: [['latest']],
    debug_getRawTransaction: [hashes.slice(0, 1)],
    debug_traceBlockByHash: traceConfigs.map((config) => [hash, config]),
    debug_traceBlockByNumber: traceConfigs.map((config) => ['latest', config]),
    debug_traceTransaction: hashes.flatMap((one) => traceConfigs.map((config) => [one, config])),
  }
}

/** Two blocks of a call and a creation that reverts; the description knows no other failure. */
function simulation(call: object, returnFullTransactions: boolean): object {
  const failing = { data: '0x60006000fd' }
  const blockStateCalls = [{ calls: [call, failing] }, { calls: [failing, call] }]
  return { blockStateCalls, traceTransfers: true, returnFullTransactions }
}

const pauperAddress = Wallet.createRandom().address
