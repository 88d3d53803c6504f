// The ledger of the power-cut test must find what it is there to find.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Hash, hexToBytes, privateKeyToAddress, signDigest } from '@busan/primitives'
import { decodeMessage, encodeMessage, signMessage } from '@busan/qbft'
import { createClaimLedger } from './equivocation.ts'

const KEY = hexToBytes(`0x${'01'.repeat(32)}`)

function prepare(digestByte: string, round = 0) {
  const digest = `0x${digestByte.repeat(32)}` as Hash
  const payload = { type: 'prepare', height: 5n, round, digest } as const
  const author = privateKeyToAddress(KEY)
  const signed = signMessage({ type: 'prepare', payload }, (hash) => signDigest(hash, KEY), author)
  const verdict = decodeMessage(encodeMessage(signed))
  assert.ok(verdict.ok)
  return verdict.value
}

it('two prepares of one round for different blocks contradict each other', () => {
  const ledger = createClaimLedger()
  for (const message of [prepare('aa'), prepare('aa'), prepare('bb', 1)]) ledger.add(message)
  assert.equal(ledger.equivocations.length, 0)
  ledger.add(prepare('bb'))
  assert.deepEqual(
    ledger.equivocations.map((one) => one.what),
    ['prepare of height 5 round 0'],
  )
})
