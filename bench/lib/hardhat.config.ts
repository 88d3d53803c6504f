import { defineConfig } from 'hardhat/config'

/** A node that mines each second, with room for any block. */
export default defineConfig({
  networks: {
    bench: {
      type: 'edr-simulated',
      chainType: 'l1',
      mining: { auto: false, interval: 1000 },
      blockGasLimit: 10_000_000_000n,
    },
  },
})
