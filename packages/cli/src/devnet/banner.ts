/** The published Hardhat and anvil test accounts; their keys are known to everybody. */
const TEST_ACCOUNTS = [
  [
    '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  ],
  [
    '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  ],
  [
    '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
    '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  ],
] as const

const CHAIN_ID = 51_053

/** What a person needs after `npm start`: where the chain is, with what money, in which wallet, and how to stop. */
export function banner(devnet: {
  validators: number
  blockPeriodMs: number
  urls: { http: string; ws: string }
  folder: string
}): string {
  const accounts = TEST_ACCOUNTS.map(([address, key]) => `    ${address}  ${key}`).join('\n')
  return `
  Busan Chain devnet: ${devnet.validators} validators, a block every ${devnet.blockPeriodMs / 1000} s, final at once

    RPC         ${devnet.urls.http}
    WebSocket   ${devnet.urls.ws}
    Chain id    ${CHAIN_ID} (0x${CHAIN_ID.toString(16)})
    Data        ${devnet.folder}

  Funded accounts, 10,000 BSN each (public test keys: never use them with real value)
${accounts}
    ... 20 in all, of the mnemonic "test test test test test test test test test test test junk"

  MetaMask      add a network by hand: RPC URL and chain id as above, symbol BSN; import a key
  Hardhat       npx hardhat ignition deploy ignition/modules/examples.ts --network devnet
  City          npx busan city deploy: every contract of the city, and something to try
  Stop          Ctrl-C; the next start continues, "npm start -- --reset" begins anew

  Starting ${devnet.validators + 1} processes; a line for each block follows.
`
}
