import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeHeader } from '@busan/chain-spec'
import {
  type Address,
  type Hash,
  type Hex,
  hexToBytes,
  recoverAddress,
  toQuantity,
} from '@busan/primitives'
import { blockHash, sealHash } from '@busan/qbft'
import { METHODS } from '../src/index.ts'
import { call, send } from './client.ts'
import { alice, startNode, type TestNode } from './fixture.ts'

interface Certificate {
  readonly number: Hex
  readonly hash: Hash
  readonly round: Hex
  readonly quorum: Hex
  readonly header: Hex
  readonly validators: readonly Address[]
  readonly seals: readonly (Hex | null)[]
}

let node: TestNode
before(async () => {
  node = await startNode()
  for (let block = 0; block < 3; block++) await node.mine()
})
after(() => node.close())

test('validators are listed as Besu lists them', async () => {
  const validators = [node.validator]
  for (const block of ['latest', 'earliest', 'pending', 'finalized', '0x1', '2']) {
    assert.deepEqual(await call(node, 'qbft_getValidatorsByBlockNumber', block), validators, block)
  }
  assert.equal(await call(node, 'qbft_getValidatorsByBlockNumber', '0x99'), null)
  const { hash } = node.chain.head()
  assert.deepEqual(await call(node, 'qbft_getValidatorsByBlockHash', hash), validators)
  assert.equal(await call(node, 'qbft_getValidatorsByBlockHash', `0x${'00'.repeat(32)}`), null)
  assert.equal(await call(node, 'qbft_getRequestTimeoutSeconds'), 2)
})

test('signer metrics count blocks of a range whose end is exclusive', async () => {
  const row = (proposedBlockCount: string, lastProposedBlockNumber: string) => [
    { address: node.validator, proposedBlockCount, lastProposedBlockNumber },
  ]
  assert.deepEqual(await call(node, 'qbft_getSignerMetrics'), row('0x2', '0x2'))
  assert.deepEqual(await call(node, 'qbft_getSignerMetrics', '0x1', '0x2'), row('0x1', '0x1'))
  assert.deepEqual(
    await call(node, 'qbft_getSignerMetrics', 'earliest', 'latest'),
    row('0x2', '0x2'),
  )
  assert.deepEqual((await send(node, 'qbft_getSignerMetrics', ['0x2', '0x1'])).error, {
    code: -32602,
    message: 'Invalid block number params',
  })
})

test('votes are proposed, shown and discarded', async () => {
  const candidate = alice.address.toLowerCase()
  assert.deepEqual(await call(node, 'qbft_getPendingVotes'), {})
  assert.equal(await call(node, 'qbft_proposeValidatorVote', alice.address, true), true)
  assert.deepEqual(await call(node, 'qbft_getPendingVotes'), { [candidate]: true })
  assert.equal(await call(node, 'qbft_discardValidatorVote', alice.address), true)
  assert.deepEqual(await call(node, 'qbft_getPendingVotes'), {})
  assert.equal((await send(node, 'qbft_proposeValidatorVote', [alice.address])).error?.code, -32602)
})

test('a commit certificate holds what a light client verifies', async () => {
  const head = node.chain.head()
  const number = toQuantity(head.header.number)
  const certificate = await call<Certificate>(node, 'qbft_getCommitCertificate', 'latest')
  assert.equal(certificate.hash, head.hash)
  assert.deepEqual(
    [certificate.number, certificate.round, certificate.quorum],
    [number, '0x0', '0x1'],
  )
  assert.deepEqual(certificate.validators, [node.validator])
  const header = decodeHeader(hexToBytes(certificate.header))
  assert.deepEqual(header, head.header)
  assert.equal(blockHash(header), head.hash)
  const [seal] = certificate.seals
  assert.equal(
    recoverAddress(hexToBytes(sealHash(header)), hexToBytes(seal as Hex)),
    node.validator,
  )
  for (const reference of [number, head.hash, { blockHash: head.hash }]) {
    assert.deepEqual(await call(node, 'qbft_getCommitCertificate', reference), certificate)
  }
  assert.equal(await call(node, 'qbft_getCommitCertificate', '0x99'), null)
  assert.equal((await send(node, 'qbft_getCommitCertificate', [])).error?.code, -32602)
})

test('the genesis block has a certificate without seals', async () => {
  const { seals, round } = await call<Certificate>(node, 'qbft_getCommitCertificate', 'earliest')
  assert.deepEqual([seals, round], [[null], '0x0'])
})

test('consensus status is plain JSON, and an observer says that it is one', async () => {
  assert.deepEqual(await call(node, 'qbft_status'), { height: '0x4', missing: ['x'] })
  const observer = await startNode({ withoutConsensus: true })
  try {
    assert.equal((await call<{ role: string }>(observer, 'qbft_status')).role, 'observer')
    const { error } = await send(observer, 'qbft_proposeValidatorVote', [alice.address, true])
    assert.match(String(error?.message), /only validators vote/)
  } finally {
    await observer.close()
  }
})

test('peers and the node itself are shown and changed', async () => {
  node.network.peers = [
    {
      id: '12D3KooWPeer',
      address: '/ip4/10.0.0.2/tcp/30303',
      direction: 'outbound',
      status: { headNumber: 7n, headHash: '0xabc', version: 'Busan/v0.1.0' },
    },
  ]
  const [peer] = await call<Record<string, unknown>[]>(node, 'admin_peers')
  assert.deepEqual([peer?.id, peer?.name], ['12D3KooWPeer', 'Busan/v0.1.0'])
  assert.deepEqual(peer?.protocols, { eth: { head: '0xabc', headNumber: '0x7' } })
  assert.equal(await call(node, 'net_peerCount'), '0x1')
  const self = await call<Record<string, unknown>>(node, 'admin_nodeInfo')
  assert.deepEqual(
    [self.id, self.ip, self.ports],
    ['12D3KooWTest', '127.0.0.1', { discovery: 30303, listener: 30303 }],
  )
  assert.equal(await call(node, 'admin_addPeer', '/ip4/10.0.0.3/tcp/1/p2p/12D3KooWx'), true)
  assert.equal(await call(node, 'admin_removePeer', '12D3KooWx'), false)
})

test('every method is defined once and served', async () => {
  const names = METHODS.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  for (const { name, summary } of METHODS) {
    assert.match(summary, /^[A-Za-z`].*\.$/, name)
    const { error } = await send(node, name, [])
    assert.doesNotMatch(error?.message ?? '', /does not exist|crashed/, name)
  }
})
