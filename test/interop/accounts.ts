/** Publicly known; its first twenty accounts are funded in the genesis of the development network. */
export const TEST_MNEMONIC = 'test test test test test test test test test test test junk'

/**
 * Which account of the mnemonic each test sends from. Account 0 is Ignition's; one sender never serves two
 * tests that count nonces.
 */
export const SENDERS = {
  ethers: 1,
  ethersSeries: 2,
  ethersReplacement: 3,
  viem: 4,
  viemSeries: 5,
  viemReplacement: 6,
  cast: 7,
} as const
