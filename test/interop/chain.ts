import type { FeePolicyName } from '@busan/chain-spec'
import { startFreshDevnet } from '../e2e/devnet-process.ts'
import type { ChainUnderTest } from './tool.ts'

/** Starts a chain of one validator and one RPC node, the smallest that has a pool on either side of the gossip. */
export async function startChain(
  policy: FeePolicyName,
): Promise<ChainUnderTest & { stop(): Promise<void> }> {
  const { place, close } = await startFreshDevnet(['--validators', '1', '--fee-policy', policy])
  return { policy, rpcUrl: place.url, wsUrl: place.wsUrl, stop: close }
}
