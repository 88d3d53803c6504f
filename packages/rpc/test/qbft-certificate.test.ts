import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeHeader } from '@busan/chain-spec'
import { hexToBytes, present, recoverAddress } from '@busan/primitives'
import { blockHash, encodeExtraData, sealHash, withSeals } from '@busan/qbft'
import { createToyChain, createValidatorKeys } from '@busan/testkit'
import { commitCertificate } from '../src/qbft-certificate.ts'

test('a commit certificate puts the seals in the order of the validators, null for the missing', () => {
  const keys = createValidatorKeys(4)
  const validators = keys.map(({ address }) => address).sort()
  const clock = { nowMs: () => 0, schedule: () => ({ cancel() {} }) }
  const parent = createToyChain({ clock, validators }).head()
  const listed = { vanity: new Uint8Array(32), validators, round: 3, seals: [] }
  const unsealed = { ...parent.header, number: 1n, extraData: encodeExtraData(listed) }
  const digest = hexToBytes(sealHash(unsealed))
  const [away, ...signers] = keys
  const header = withSeals(
    unsealed,
    signers.reverse().map(({ sign }) => sign(digest)),
  )
  const certificate = commitCertificate({ header, hash: blockHash(header) })

  assert.equal(certificate.round, '0x3')
  assert.equal(certificate.quorum, '0x3')
  assert.deepEqual(certificate.validators, validators)
  const sealHashAgain = sealHash(decodeHeader(hexToBytes(certificate.header)))
  const authors = certificate.seals.map((seal) =>
    seal === null ? null : recoverAddress(hexToBytes(sealHashAgain), hexToBytes(seal)),
  )
  const { address } = present(away, 'key')
  assert.deepEqual(
    authors,
    validators.map((validator) => (validator === address ? null : validator)),
  )
})
