import { type Hex, hexToBytes } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { loadTool } from '../npm/install.ts'

/** A transaction as MetaMask keeps it. */
export interface TransactionMeta {
  readonly id: string
  readonly type: string
  readonly hash?: Hex
  readonly replacedById?: string
  readonly txParams: Readonly<Partial<Record<string, Hex>>>
  readonly rawTx?: Hex
  readonly txReceipt?: { readonly status: Hex; readonly effectiveGasPrice: Hex }
}

interface NetworkController {
  readonly state: {
    readonly networksMetadata: Readonly<Record<string, { readonly status: string }>>
  }
  addNetwork(fields: object): {
    readonly rpcEndpoints: readonly { readonly networkClientId: string }[]
  }
  setActiveNetwork(clientId: string): Promise<void>
  getEIP1559Compatibility(clientId: string): Promise<boolean>
  getNetworkClientById(clientId: string): {
    readonly provider: { request(request: { method: string; params: unknown[] }): Promise<unknown> }
  }
  getProviderAndBlockTracker(): { readonly provider: object }
  getNetworkClientRegistry(): object
  destroy(): void
}

interface TransactionController {
  readonly state: { readonly transactions: readonly TransactionMeta[] }
  addTransaction(
    params: Readonly<Record<string, string>>,
    options: { readonly networkClientId: string; readonly origin: string },
  ): Promise<{ readonly result: Promise<Hex>; readonly transactionMeta: TransactionMeta }>
  estimateGas(
    params: Readonly<Record<string, string>>,
    clientId: string,
  ): Promise<{ readonly gas: Hex; readonly simulationFails?: object }>
  speedUpTransaction(id: string, fees: object): Promise<void>
  stopTransaction(id: string, fees: object): Promise<void>
  destroy(): void
}

interface Messenger {
  registerActionHandler(name: string, handler: (...args: never[]) => unknown): void
  subscribe(event: string, listener: (payload: TransactionMeta) => void): void
}

/** MetaMask's controllers, wired as the extension wires them, with one account on one custom network. */
export interface Wallet {
  readonly from: string
  readonly clientId: string
  readonly networks: NetworkController
  readonly transactions: TransactionController
  /** As if the user had confirmed it in the window. */
  add(params: Readonly<Record<string, string>>): ReturnType<TransactionController['addTransaction']>
  /** Resolves once the wallet has seen the receipt. */
  confirmed(hash: Hex): Promise<TransactionMeta>
  close(): void
}

/** Asked more often than in the extension (every 20 s), so that no test waits for it. */
const POLL_MS = 500
/** MetaMask's gas service does not know this chain. */
const NO_GAS_SERVICE = 'http://127.0.0.1:1'

/** Opens a wallet of one key and adds the network as `wallet_addEthereumChain` does. */
export async function openWallet(rpcUrl: string, chainId: Hex, key: Hex): Promise<Wallet> {
  const from = privateKeyToAccount(key).address.toLowerCase()
  const messenger = await openMessenger(from)
  const networks = await openNetworks(messenger)
  const { rpcEndpoints } = networks.addNetwork({
    chainId,
    name: 'Busan Chain',
    nativeCurrency: 'BSN',
    blockExplorerUrls: [],
    defaultRpcEndpointIndex: 0,
    rpcEndpoints: [{ type: 'custom', url: rpcUrl, name: 'devnet' }],
  })
  const clientId = rpcEndpoints[0]?.networkClientId ?? ''
  await networks.setActiveNetwork(clientId)
  const transactions = await openTransactions(messenger, networks, { chainId, clientId, key })
  return {
    from,
    clientId,
    networks,
    transactions,
    add: (params) =>
      transactions.addTransaction(
        { from, ...params },
        { networkClientId: clientId, origin: 'metamask' },
      ),
    confirmed: watchConfirmations(messenger),
    close() {
      transactions.destroy()
      networks.destroy()
    },
  }
}

/** Answers for the controllers that need windows or MetaMask's services. */
async function openMessenger(address: string): Promise<Messenger> {
  const exported = await loadTool<{
    Messenger: new (options: object) => Messenger
    MOCK_ANY_NAMESPACE: string
  }>('@metamask/messenger')
  const messenger = new exported.Messenger({ namespace: exported.MOCK_ANY_NAMESPACE })
  const account = { id: 'account', address, type: 'eip155:eoa', metadata: {} }
  const answers: Record<string, (...args: never[]) => unknown> = {
    'AccountsController:getSelectedAccount': () => account,
    'AccountsController:getState': () => ({
      internalAccounts: { accounts: { account }, selectedAccount: account.id },
    }),
    'ApprovalController:addRequest': async () => ({}),
    'RemoteFeatureFlagController:getState': () => ({ remoteFeatureFlags: {} }),
    'ErrorReportingService:captureException': (error: Error) => {
      throw error
    },
  }
  for (const [name, answer] of Object.entries(answers)) {
    messenger.registerActionHandler(name, answer)
  }
  return messenger
}

async function openNetworks(messenger: Messenger): Promise<NetworkController> {
  const exported = await loadTool<{
    NetworkController: new (options: object) => NetworkController
  }>('@metamask/network-controller')
  return new exported.NetworkController({
    messenger,
    infuraProjectId: 'none',
    getRpcServiceOptions: () => ({ fetch, btoa }),
    getBlockTrackerOptions: () => ({ pollingInterval: POLL_MS }),
  })
}

async function openTransactions(
  messenger: Messenger,
  networks: NetworkController,
  { chainId, clientId, key }: { chainId: Hex; clientId: string; key: Hex },
): Promise<TransactionController> {
  const hasEip1559 = () => networks.getEIP1559Compatibility(clientId)
  const { GasFeeController } = await loadTool<{
    GasFeeController: new (options: object) => { fetchGasFeeEstimates(options: object): unknown }
  }>('@metamask/gas-fee-controller')
  const fees = new GasFeeController({
    messenger,
    clientId: 'extension',
    getChainId: () => chainId,
    getProvider: () => networks.getProviderAndBlockTracker().provider,
    onNetworkDidChange: () => {},
    getCurrentNetworkEIP1559Compatibility: hasEip1559,
    getCurrentAccountEIP1559Compatibility: () => true,
    getCurrentNetworkLegacyGasAPICompatibility: () => false,
    EIP1559APIEndpoint: NO_GAS_SERVICE,
    legacyAPIEndpoint: NO_GAS_SERVICE,
  })
  const exported = await loadTool<{
    TransactionController: new (options: object) => TransactionController
  }>('@metamask/transaction-controller')
  return new exported.TransactionController({
    messenger,
    disableHistory: true,
    disableSendFlowHistory: true,
    disableSwaps: true,
    getCurrentNetworkEIP1559Compatibility: hasEip1559,
    getNetworkClientRegistry: () => networks.getNetworkClientRegistry(),
    getNetworkState: () => networks.state,
    getGasFeeEstimates: (options: object) => fees.fetchGasFeeEstimates(options),
    isSimulationEnabled: () => false,
    isFirstTimeInteractionEnabled: () => false,
    incomingTransactions: { isEnabled: () => false },
    hooks: {},
    sign: async (transaction: { sign(key: Uint8Array): object }) =>
      transaction.sign(hexToBytes(key)),
  })
}

/** Remembers what was confirmed before anybody asked. */
function watchConfirmations(messenger: Messenger): Wallet['confirmed'] {
  const seen = new Map<string, PromiseWithResolvers<TransactionMeta>>()
  const entry = (hash: string) => {
    const known = seen.get(hash) ?? Promise.withResolvers<TransactionMeta>()
    seen.set(hash, known)
    return known
  }
  messenger.subscribe('TransactionController:transactionConfirmed', (meta) =>
    entry(meta.hash ?? '').resolve(meta),
  )
  return (hash) => entry(hash).promise
}
