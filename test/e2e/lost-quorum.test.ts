// A set that has lost its quorum for good: the operators agree on a transition, and the chain goes on from there.
import assert from 'node:assert/strict'
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeNetwork, type NodeProcess, rpc, type TestNetwork, until } from './chain-process.ts'

const DEADLINE_MS = 60_000
let network: TestNetwork
const validator = (index: number) => network.validators[index] as NodeProcess
const addressOf = async ({ url }: NodeProcess) =>
  (await rpc<{ self: string }>(url, 'qbft_status')).self

const heightFrom = (node: NodeProcess, least: number) =>
  node.explain(
    until(
      `${node.name} at ${least}`,
      DEADLINE_MS,
      () => node.height(),
      (height) => height >= least,
    ),
  )

before(async () => {
  network = await makeNetwork({ validators: 4 })
  for (const node of network.nodes) node.start()
  await Promise.all(network.nodes.map((node) => heightFrom(node, 3)))
})
after(() => network.close())

describe('a transition with validators', () => {
  it('brings a chain back whose other validators are gone', async () => {
    const survivors = [validator(0), validator(1)]
    const validators = (await Promise.all(survivors.map(addressOf))).sort()
    const gone = [validator(2), validator(3)]
    await Promise.all(gone.map((node) => node.end('SIGKILL')))
    await until(
      'the halt is seen',
      DEADLINE_MS,
      () => rpc<{ missing: readonly string[] }>(validator(0).url, 'qbft_status'),
      ({ missing }) => missing.length === 2,
    )
    const staying = [...survivors, network.rpcNode]
    const heights = await Promise.all(staying.map((node) => node.height()))
    assert.equal(new Set(heights).size, 1)
    await Promise.all(staying.map((node) => node.end('SIGTERM')))

    const [head = 0] = heights
    const file = path.join(network.folder, 'genesis.json')
    const genesis = JSON.parse(await readFile(file, 'utf8'))
    genesis.config.transitions = { qbft: [{ block: head + 1, validators }] }
    await writeFile(file, JSON.stringify(genesis))
    for (const { name } of survivors) {
      const data = path.join(network.folder, name, 'data')
      await rename(path.join(data, 'consensus.journal'), path.join(data, 'consensus.journal.old'))
    }
    for (const node of survivors) node.start(['--trust-blank-journal'])
    network.rpcNode.start()

    await Promise.all(staying.map((node) => heightFrom(node, head + 3)))
    const next = `0x${(head + 1).toString(16)}`
    const setAt = (block: string) =>
      rpc<string[]>(network.rpcNode.url, 'qbft_getValidatorsByBlockNumber', block)
    assert.deepEqual(await setAt(next), validators)
    assert.equal((await setAt(`0x${head.toString(16)}`)).length, 4)
  })
})
