import path from 'node:path'
import hardhatIgnitionViem from '@nomicfoundation/hardhat-ignition-viem'
import hardhatVerify from '@nomicfoundation/hardhat-verify'
import hardhatViem from '@nomicfoundation/hardhat-viem'
import { defineConfig } from 'hardhat/config'

/** Publicly known: its accounts hold coins on development networks only. */
export const TEST_MNEMONIC = 'test test test test test test test test test test test junk'

export default defineConfig({
  plugins: [hardhatViem, hardhatIgnitionViem, hardhatVerify],
  solidity: {
    version: '0.8.37',
    // The compiler from npm: nothing is downloaded, also without a network.
    path: path.join(import.meta.dirname, 'node_modules/solc/soljson.js'),
    settings: {
      evmVersion: 'osaka',
      optimizer: { enabled: true, runs: 200 },
      // What docs/reference/contracts is written from.
      outputSelection: { '*': { '*': ['devdoc', 'userdoc', 'storageLayout'] } },
    },
  },
  paths: { tests: { solidity: 'test/contracts' } },
  // Bounded, so that the whole suite stays within minutes: each invariant sees 1,280 calls.
  test: {
    solidity: {
      invariant: { runs: 20, depth: 64 },
      // Tests of sponsorship run the entry point that networks have at genesis.
      fsPermissions: {
        readFile: [path.join(import.meta.dirname, 'chain-config/devnet/genesis.json')],
      },
    },
  },
  // A block is final here: nothing is gained by waiting for more upon it.
  ignition: {
    requiredConfirmations: Number(process.env.BUSAN_CONFIRMATIONS ?? 1),
    blockPollingInterval: 250,
  },
  networks: {
    devnet: {
      type: 'http',
      chainType: 'l1',
      url: process.env.BUSAN_RPC_URL ?? 'http://127.0.0.1:8545',
      chainId: 51_053,
      accounts: { mnemonic: TEST_MNEMONIC },
    },
  },
})
