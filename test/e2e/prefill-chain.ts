// A long chain in seconds: blocks sealed with the validators' own keys, written by the real import path.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Chain, openChain } from '@busan/chain'
import { parseGenesis } from '@busan/chain-spec'
import {
  computeGenesisState,
  createExecutor,
  createTransactionDecoder,
  type Transaction,
} from '@busan/execution'
import { readPassword, readValidatorKey } from '@busan/node'
import { type Clock, hexToBytes, privateKeyToAddress, signDigest } from '@busan/primitives'
import { proposer, sealHash, withSeals } from '@busan/qbft'
import { openLevelStore } from '@busan/storage'
import { createMetrics, silentLogger } from '@busan/telemetry'
import type { TestNetwork } from './chain-process.ts'

/**
 * Writes `count` blocks into the database of one node that is not running; every validator seals each. A
 * transaction of `transactions` goes into each block while there are any.
 */
export async function prefillChain(
  network: TestNetwork,
  nodeName: string,
  options: { count: number; transactions?: readonly Uint8Array[] },
): Promise<void> {
  const keys = await validatorKeys(network)
  const spec = parseGenesis(await readFile(path.join(network.folder, 'genesis.json'), 'utf8'))
  const store = await openLevelStore(path.join(network.folder, nodeName, 'data', 'database'), {
    logger: silentLogger,
  })
  let chain: Chain | undefined
  const executor = createExecutor({
    store,
    spec,
    blockHashByNumber: (number) => chain?.hashByNumber(number),
  })
  const clock: Clock = { nowMs: () => Date.now(), schedule: () => ({ cancel: () => {} }) }
  const metrics = createMetrics()
  const genesisState = () => computeGenesisState(spec.alloc)
  chain = await openChain({
    store,
    spec,
    executor,
    genesisState,
    clock,
    logger: silentLogger,
    metrics,
  })
  const decode = createTransactionDecoder()
  for (let index = 0; index < options.count; index++) {
    const raw = options.transactions?.[index]
    const decoded = raw === undefined ? undefined : decode(raw)
    await appendBlock(chain, keys, decoded?.ok ? [decoded.value] : [])
  }
  await chain.close()
  await store.close()
}

type Keys = ReadonlyMap<string, Uint8Array>

async function appendBlock(
  chain: Chain,
  keys: Keys,
  transactions: readonly Transaction[],
): Promise<void> {
  const { header } = chain.head()
  const { validators } = chain.validatorState()
  const candidates = Object.assign([...transactions], { skipSender: () => {} })
  const { block } = await chain.buildProposal({
    round: 0,
    coinbase: proposer(validators, header.coinbase, 0),
    nowMs: Number(header.timestamp + 1n) * 1000,
    vanity: new Uint8Array(32),
    candidates,
    budgetMs: 1000,
  })
  const digest = hexToBytes(sealHash(block.header))
  const seals = validators.map((validator) => signDigest(digest, keys.get(validator) as Uint8Array))
  const verdict = await chain.importBlock({ ...block, header: withSeals(block.header, seals) })
  if (!verdict.ok) throw new Error(`block ${block.header.number}: ${verdict.message}`)
}

async function validatorKeys(network: TestNetwork): Promise<Keys> {
  const password = await readPassword(path.join(network.folder, 'password'))
  const keys = new Map<string, Uint8Array>()
  for (const { name } of network.validators) {
    const key = await readValidatorKey(
      path.join(network.folder, name, 'validator.key.json'),
      password,
    )
    keys.set(privateKeyToAddress(key), key)
  }
  return keys
}
