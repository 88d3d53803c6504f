import { type Chain, defineChain } from 'viem'

const IDS = { mainnet: 51_051, testnet: 51_052, devnet: 51_053 } as const

/**
 * One of the city's networks, at a node of the caller's choice.
 * @param name as the folder in `chain-config`
 * @param rpcUrl of a node
 */
export function busanChain(name: keyof typeof IDS, rpcUrl: string): Chain {
  return defineChain({
    id: IDS[name],
    name: `Busan ${name[0]?.toUpperCase()}${name.slice(1)}`,
    nativeCurrency: { name: 'Busan Coin', symbol: 'BSN', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
    contracts: { multicall3: { address: '0xcA11bde05977b3631167028862bE2a173976CA11' } },
    testnet: name !== 'mainnet',
  })
}

/** The chain of `busan devnet` at its usual place. */
export const busanDevnet: Chain = busanChain('devnet', 'http://127.0.0.1:8545')
