import { z } from 'zod'
import { address, data, hash, quantity, words } from './hex.ts'

/** How far a node is behind. */
export const syncing = z
  .union([
    z.literal(false),
    z.strictObject({ startingBlock: quantity, currentBlock: quantity, highestBlock: quantity }),
  ])
  .meta({ id: 'Syncing' })

const kept = z.strictObject({ disabled: z.boolean(), oldestBlock: quantity }).meta({ id: 'Kept' })

/** What a node keeps. */
export const capabilities = z
  .strictObject({
    head: z.strictObject({ number: quantity, hash }),
    state: kept,
    tx: kept,
    logs: kept,
    receipts: kept,
    blocks: kept,
    stateproofs: kept,
  })
  .meta({ id: 'Capabilities' })

const contracts = z.record(z.string(), address)

const forkConfig = z
  .strictObject({
    activationTime: z.number().int(),
    blobSchedule: z.strictObject({
      baseFeeUpdateFraction: z.number().int(),
      max: z.number().int(),
      target: z.number().int(),
    }),
    chainId: quantity,
    forkId: data,
    precompiles: contracts,
    systemContracts: contracts,
  })
  .meta({ id: 'ForkConfig' })

/** EIP-7910. */
export const config = z
  .strictObject({
    current: forkConfig.nullable(),
    next: forkConfig.nullable(),
    last: forkConfig.nullable(),
  })
  .meta({ id: 'Config' })

/** geth's `admin_nodeInfo`. */
export const selfDescription = z
  .strictObject({
    id: words,
    name: words,
    enode: words,
    enr: words,
    ip: words,
    ports: z.strictObject({ discovery: z.number().int(), listener: z.number().int() }),
    listenAddr: words,
    addresses: z.array(words),
    protocols: z.strictObject({
      eth: z.strictObject({
        network: z.number().int(),
        genesis: hash,
        head: hash,
        headNumber: quantity,
      }),
    }),
  })
  .meta({ id: 'NodeInfo' })

/** One of geth's `admin_peers`. */
export const peer = z
  .strictObject({
    id: words,
    name: words,
    enode: words,
    caps: z.array(words),
    network: z.strictObject({
      localAddress: words,
      remoteAddress: words,
      inbound: z.boolean(),
      trusted: z.boolean(),
      static: z.boolean(),
    }),
    protocols: z.strictObject({
      eth: z.union([z.literal('handshake'), z.strictObject({ head: words, headNumber: quantity })]),
    }),
    clockOffsetMs: z.number().optional(),
  })
  .meta({ id: 'Peer' })

/** Blocks of one validator in a range. */
export const signerMetrics = z
  .strictObject({ address, proposedBlockCount: quantity, lastProposedBlockNumber: quantity })
  .meta({ id: 'SignerMetrics' })

/** Proof that a block is final; `seals` has an entry for each of `validators`. */
export const commitCertificate = z
  .strictObject({
    number: quantity,
    hash,
    round: quantity,
    header: data,
    validators: z.array(address),
    quorum: quantity,
    seals: z.array(data.nullable()),
  })
  .meta({ id: 'CommitCertificate' })

/** As the consensus machine tells it; the guide to consensus describes it. */
export const consensusStatus = z.looseObject({}).meta({ id: 'ConsensusStatus' })
