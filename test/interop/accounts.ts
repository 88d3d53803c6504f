import { bytesToHex, type Hex } from 'viem'
import { type HDAccount, mnemonicToAccount } from 'viem/accounts'

/** Publicly known; its first twenty accounts are funded in the genesis of the development network. */
export const TEST_MNEMONIC = 'test test test test test test test test test test test junk'

/** Which account of the mnemonic each tool sends from: one sender never serves two tools that count nonces. */
const SENDERS = {
  ignition: 0,
  ethers: 1,
  ethersSeries: 2,
  ethersReplacement: 3,
  viem: 4,
  viemReplacement: 5,
  web3: 6,
  hardhat: 7,
  cast: 8,
  forge: 9,
  forgeSeries: 10,
  metamask: 11,
  indexers: 12,
} as const

/** The account that a tool sends from. */
export function senderOf(tool: keyof typeof SENDERS): HDAccount {
  return mnemonicToAccount(TEST_MNEMONIC, { addressIndex: SENDERS[tool] })
}

/** The same account's private key, for tools that take one. */
export function keyOf(tool: keyof typeof SENDERS): Hex {
  return bytesToHex(senderOf(tool).getHdKey().privateKey ?? new Uint8Array())
}
