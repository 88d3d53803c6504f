import {
  type Check,
  checksOf,
  expect,
  expectError,
  expectShape,
  HASH,
  QUANTITY,
  show,
} from './check.ts'
import type { Endpoint } from './endpoint.ts'
import { EMPTY_ACCOUNT } from './wallets.ts'

/** What the tools of contract developers look at. */
export const deployerChecks: readonly Check[] = [
  ...checksOf('Hardhat', {
    'finds no development node': async (endpoint) => {
      for (const method of ['hardhat_metadata', 'hardhat_getAutomine', 'anvil_nodeInfo']) {
        expectError(await endpoint.answer(method), -32601, /./, method)
      }
      const version = await endpoint.ask('web3_clientVersion')
      const isOwn = typeof version === 'string' && !/ganache|hardhatnetwork/i.test(version)
      expect(isOwn, `web3_clientVersion ${show(version)} is taken for a development node`)
    },
    'asks for its accounts': async (endpoint) => {
      const accounts = await endpoint.ask('eth_accounts')
      expect(Array.isArray(accounts), `eth_accounts answers ${show(accounts)}, not a list`)
    },
    'takes its fees from eth_feeHistory with a percentile': async (endpoint) => {
      await checkFeeHistory(endpoint, '0x1', 50)
    },
  }),
  ...checksOf('Ignition', {
    'simulates on the pending state': async (endpoint) => {
      const call = { from: EMPTY_ACCOUNT, to: EMPTY_ACCOUNT, data: '0x', nonce: '0x0' }
      const result = await endpoint.ask('eth_call', call, 'pending')
      expect(result === '0x', `eth_call on pending answers ${show(result)}`)
    },
    'takes no failed call for a revert that is none': async (endpoint) => {
      // Init code of one invalid instruction.
      const { error } = await endpoint.answer('eth_call', { data: '0xfe' }, 'latest')
      expect(error !== undefined, 'an invalid instruction is no error')
      expect(error.data === undefined, `data ${show(error.data)} is read as that of a revert`)
      expect(/invalid opcode/.test(error.message), `"${error.message}" has no "invalid opcode"`)
    },
    'counts nonces at the latest and at an earlier block': async (endpoint) => {
      const { number } = await endpoint.latest()
      const earlier = `0x${Math.max(0, Number(number) - 5).toString(16)}`
      for (const block of ['latest', earlier]) {
        const nonce = await endpoint.ask('eth_getTransactionCount', EMPTY_ACCOUNT, block)
        expect(nonce === '0x0', `the nonce at ${block} is ${show(nonce)}`)
      }
    },
  }),
  ...checksOf('Foundry', {
    'asks for fees of ten blocks, the count as a number': async (endpoint) => {
      await checkFeeHistory(endpoint, 10, 20)
    },
    'calls with a code of its own (state override)': async (endpoint) => {
      // Returns 42.
      const override = { [EMPTY_ACCOUNT]: { code: '0x602a60005260206000f3' } }
      const result = await endpoint.ask('eth_call', { to: EMPTY_ACCOUNT }, 'latest', override)
      expect(Number(result) === 42, `the override is ignored: ${show(result)}`)
    },
    'proves an account': async (endpoint) => {
      const proof = await endpoint.ask('eth_getProof', EMPTY_ACCOUNT, ['0x0'], 'latest')
      const shape = { accountProof: 'array', storageProof: 'array', codeHash: HASH } as const
      expectShape(proof, { ...shape, balance: QUANTITY, nonce: QUANTITY }, 'the proof')
    },
  }),
]

async function checkFeeHistory(endpoint: Endpoint, count: unknown, percentile: number) {
  const history = await endpoint.ask<{ reward: unknown[]; baseFeePerGas: unknown[] }>(
    'eth_feeHistory',
    count,
    'latest',
    [percentile],
  )
  const shape = { oldestBlock: QUANTITY, baseFeePerGas: 'array', reward: 'array' } as const
  expectShape(history, shape, 'eth_feeHistory')
  const blocks = history.baseFeePerGas.length - 1
  expect(history.reward.length === blocks, `${history.reward.length} rewards of ${blocks} blocks`)
}
