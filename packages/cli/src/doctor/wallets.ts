import { type Check, checksOf, expect, expectError, expectShape, QUANTITY, show } from './check.ts'
import type { Endpoint } from './endpoint.ts'

/** Holds nothing anywhere: its key is unknown. */
export const EMPTY_ACCOUNT = '0x00000000000000000000000000000000d0c70000'
const SOMEONE = '0x000000000000000000000000000000000000beef'
const UNKNOWN_HASH = `0x${'d0'.repeat(32)}`
const MULTICALL3 = '0xca11bde05977b3631167028862be2a173976ca11'

/** MetaMask takes no larger chain id. */
const METAMASK_CHAIN_ID_MAX = 4_503_599_627_370_476
/** MetaMask falls back to 35 % of the block's gas, and a transaction may have at most 16,777,216 (EIP-7825). */
const METAMASK_GAS_LIMIT_MAX = 47_900_000
const BATCH = 100

/** What wallets and the libraries behind dApps look at. */
export const walletChecks: readonly Check[] = [
  ...checksOf('MetaMask', {
    'adds the network by its chain id': checkChainId,
    'may be asked from a browser page (CORS)': checkCors,
    'finds EIP-1559 fees by the base fee of the latest block': checkBaseFee,
    'estimates a transfer of an empty account, without fee fields, at 21000': checkEstimate,
    'asks too little gas for no transaction when an estimate fails': checkGasLimit,
    'pays the base fee with eth_gasPrice': checkGasPrice,
    'counts nonces with the pending ones': async (endpoint) => {
      const nonce = await endpoint.ask('eth_getTransactionCount', EMPTY_ACCOUNT, 'pending')
      expect(nonce === '0x0', `nonce of an account that never sent: ${show(nonce)}`)
    },
    'reads why a transaction is refused': async (endpoint) => {
      const answer = await endpoint.answer('eth_sendRawTransaction', '0x00')
      expect(answer.error !== undefined, 'a transaction of one zero byte is taken')
      expect(answer.httpStatus === 200, `a refusal has HTTP ${answer.httpStatus}, not 200`)
    },
  }),
  ...checksOf('ethers', {
    'sends 100 requests as one batch': checkBatch,
    'knows an unknown method by its words': async (endpoint) => {
      const answer = await endpoint.answer('busan_doctor_unknown')
      expectError(answer, -32601, /the method .* does not exist/i, 'an unknown method')
    },
    'reads the latest and the pending block': checkBlocks,
    'asks for a tip': async (endpoint) => {
      expectQuantity(await endpoint.ask('eth_maxPriorityFeePerGas'), 'eth_maxPriorityFeePerGas')
    },
    'watches events over HTTP with filters': checkFilters,
    'waits while a receipt is null': async (endpoint) => {
      const receipt = await endpoint.ask('eth_getTransactionReceipt', UNKNOWN_HASH)
      expect(receipt === null, `the receipt of an unknown transaction is ${show(receipt)}`)
    },
  }),
  ...checksOf('viem', {
    'reads the finalized and the safe block': async (endpoint) => {
      for (const tag of ['finalized', 'safe']) {
        const block = await endpoint.ask('eth_getBlockByNumber', tag, false)
        expectShape(block, { number: QUANTITY }, `the ${tag} block`)
      }
    },
    'multicalls through Multicall3': async (endpoint) => {
      const code = await endpoint.ask('eth_getCode', MULTICALL3, 'latest')
      expect(code !== '0x', `no contract at ${MULTICALL3}: batched reads fail`)
    },
    'names insufficient funds': async (endpoint) => {
      const call = { from: EMPTY_ACCOUNT, to: SOMEONE, value: '0x1' }
      const answer = await endpoint.answer('eth_estimateGas', call)
      expectError(answer, -32000, /insufficient funds/, 'an estimate of what an account lacks')
    },
    'decodes a revert': checkRevert,
    'learns that eth_fillTransaction is missing, or uses it': async (endpoint) => {
      const { error } = await endpoint.answer('eth_fillTransaction', { to: SOMEONE })
      const isKnown = error === undefined || error.code !== -32603
      expect(isKnown, `eth_fillTransaction: ${error?.message}: viem would ask three times`)
    },
  }),
]

/** @throws Error unless the code is 3 and the data is the revert's */
export async function checkRevert(endpoint: Endpoint): Promise<void> {
  // Init code that reverts with the four bytes 0xd0c7d0c7.
  const call = { data: '0x63d0c7d0c760e01b60005260046000fd' }
  const answer = await endpoint.answer('eth_call', call, 'latest')
  expectError(answer, 3, /^execution reverted/, 'a call that reverts')
  const { data } = answer.error ?? {}
  expect(data === '0xd0c7d0c7', `the data of a revert is ${show(data)}`)
}

async function checkChainId(endpoint: Endpoint): Promise<void> {
  const id = await endpoint.ask<string>('eth_chainId')
  expectQuantity(id, 'eth_chainId')
  const isUsable = Number(id) > 0 && Number(id) <= METAMASK_CHAIN_ID_MAX
  expect(isUsable, `MetaMask refuses the chain id ${id}`)
}

async function checkCors({ url }: Endpoint): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://dapp.example' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
  })
  await response.arrayBuffer()
  const allowed = response.headers.get('access-control-allow-origin')
  const fix = 'pages of other origins cannot ask it; on a Busan node: rpc-http-cors-origins'
  expect(response.status === 200, `HTTP ${response.status} for a page's request: ${fix}`)
  expect(allowed !== null, `no access-control-allow-origin: ${fix}`)
}

async function checkBaseFee(endpoint: Endpoint): Promise<void> {
  const { baseFeePerGas } = await endpoint.latest()
  expectQuantity(baseFeePerGas, 'baseFeePerGas of the latest block')
}

async function checkEstimate(endpoint: Endpoint): Promise<void> {
  const call = { from: EMPTY_ACCOUNT, to: SOMEONE, value: '0x0', data: '0x' }
  const gas = await endpoint.ask('eth_estimateGas', call)
  expect(gas === '0x5208', `the estimate is ${show(gas)}, not 0x5208`)
}

async function checkGasLimit(endpoint: Endpoint): Promise<void> {
  const gasLimit = Number((await endpoint.latest()).gasLimit)
  const advice = `above ${METAMASK_GAS_LIMIT_MAX} its fallback of 35 % is more than a transaction may have`
  expect(gasLimit <= METAMASK_GAS_LIMIT_MAX, `the block gas limit is ${gasLimit}: ${advice}`)
}

async function checkGasPrice(endpoint: Endpoint): Promise<void> {
  const price = BigInt(await endpoint.ask<string>('eth_gasPrice'))
  const { baseFeePerGas = '0x0' } = await endpoint.latest()
  const advice = 'it is used as fee cap and as tip, so it must be the whole price'
  expect(price >= BigInt(baseFeePerGas), `eth_gasPrice ${price} is below the base fee: ${advice}`)
}

async function checkBatch(endpoint: Endpoint): Promise<void> {
  const answers = await endpoint.batch(Array.from({ length: BATCH }, () => ['eth_chainId']))
  const ids = new Set(answers.flatMap(({ id, result }) => (result === undefined ? [] : [id])))
  expect(ids.size === BATCH, `${ids.size} of ${BATCH} requests of a batch are answered`)
}

async function checkBlocks(endpoint: Endpoint): Promise<void> {
  const shape = {
    number: QUANTITY,
    timestamp: QUANTITY,
    difficulty: QUANTITY,
    gasLimit: QUANTITY,
    gasUsed: QUANTITY,
    transactions: 'array',
  } as const
  for (const tag of ['latest', 'pending']) {
    const block = await endpoint.ask('eth_getBlockByNumber', tag, false)
    expectShape(block, shape, `the ${tag} block`)
  }
}

async function checkFilters(endpoint: Endpoint): Promise<void> {
  const id = await endpoint.ask('eth_newFilter', { address: EMPTY_ACCOUNT })
  const changes = await endpoint.ask('eth_getFilterChanges', id)
  expect(Array.isArray(changes), `eth_getFilterChanges answers ${show(changes)}`)
  expect((await endpoint.ask('eth_uninstallFilter', id)) === true, 'the filter cannot be removed')
}

function expectQuantity(value: unknown, what: string): void {
  expect(typeof value === 'string' && QUANTITY.test(value), `${what} is ${show(value)}`)
}
