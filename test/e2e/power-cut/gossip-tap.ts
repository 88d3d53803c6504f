// A peer that only listens: every consensus message of the network goes into the ledger.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createP2pHost, generateIdentity, type PeerStatus } from '@busan/p2p'
import type { Clock } from '@busan/primitives'
import { decodeMessage } from '@busan/qbft'
import { createMetrics, silentLogger } from '@busan/telemetry'
import { type NodeProcess, rpc, type TestNetwork } from '../chain-process.ts'
import type { ClaimLedger } from './equivocation.ts'

/** A running tap. */
export interface GossipTap {
  /** Consensus messages heard so far, repetitions included. */
  heard(): number
  stop(): Promise<void>
}

/** Joins a running network as one more peer, and dials its validators for ever. */
export async function startGossipTap(
  network: TestNetwork,
  ledger: ClaimLedger,
): Promise<GossipTap> {
  const clock: Clock = {
    nowMs: () => Date.now(),
    schedule(delayMs, task) {
      const timer = setTimeout(task, delayMs)
      return { cancel: () => clearTimeout(timer) }
    },
  }
  const ours = await statusOf(network.validators[0] as NodeProcess)
  let heard = 0
  const host = await createP2pHost({
    identity: await generateIdentity(),
    peers: await validatorAddresses(network.folder),
    chainId: ours.chainId,
    genesisHash: ours.genesisHash,
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
    tuning: { redialMaxMs: 500 },
    handlers: {
      onTransactions: async () => 'ignore',
      onBlock: async () => 'ignore',
      async onConsensus(bytes) {
        const message = decodeMessage(bytes)
        if (!message.ok) return 'reject'
        heard += 1
        ledger.add(message.value)
        return 'accept'
      },
      status: () => ({ ...ours, clockMs: Date.now() }),
      blocksByRange: async () => [],
      transactions: () => [],
      onPeerStatus: () => {},
      onPeerGone: () => {},
    },
  })
  return { heard: () => heard, stop: () => host.stop() }
}

async function statusOf({ url }: NodeProcess): Promise<PeerStatus> {
  const genesis = await rpc<{ hash: string }>(url, 'eth_getBlockByNumber', '0x0', false)
  return {
    chainId: BigInt(await rpc<string>(url, 'eth_chainId')),
    genesisHash: genesis.hash,
    headNumber: 0n,
    headHash: genesis.hash,
    clockMs: Date.now(),
    version: 'gossip-tap',
    readsCompactProposals: false,
  }
}

/** The RPC node lists all validators as bootnodes. */
async function validatorAddresses(folder: string): Promise<string[]> {
  const settings = await readFile(path.join(folder, 'rpc', 'config.toml'), 'utf8')
  return [...settings.matchAll(/"(\/ip4\/[^"]+\/p2p\/\w+)"/g)].map((match) => match[1] as string)
}
