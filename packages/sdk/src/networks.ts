import { type Chain, defineChain } from 'viem'

const CANONICAL = {
  multicall3: { address: '0xcA11bde05977b3631167028862bE2a173976CA11' },
} as const
const COIN = { name: 'Busan Coin', symbol: 'BSN', decimals: 18 } as const

/** The chain of `busan devnet`. */
export const busanDevnet: Chain = defineChain({
  id: 51_053,
  name: 'Busan Devnet',
  nativeCurrency: COIN,
  rpcUrls: { default: { http: ['http://127.0.0.1:8545'], webSocket: ['ws://127.0.0.1:8546'] } },
  contracts: CANONICAL,
  testnet: true,
})

/**
 * One of the city's networks at a node of the caller's choice.
 * @param name as the folder in `chain-config`
 * @param rpcUrl of a node
 */
export function busanChain(name: 'mainnet' | 'testnet' | 'devnet', rpcUrl: string): Chain {
  const id = { mainnet: 51_051, testnet: 51_052, devnet: 51_053 }[name]
  return defineChain({
    id,
    name: `Busan ${name[0]?.toUpperCase()}${name.slice(1)}`,
    nativeCurrency: COIN,
    rpcUrls: { default: { http: [rpcUrl] } },
    contracts: CANONICAL,
    testnet: name !== 'mainnet',
  })
}
