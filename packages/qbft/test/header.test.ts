import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import { decodeHeader, encodeHeader, type Header, headerToItems } from '@busan/chain-spec'
import {
  bytesToHex,
  hexToBytes,
  isCodedError,
  keccakHash,
  toAddress,
  ZERO_ADDRESS,
} from '@busan/primitives'
import { blockHash, sealHash, withRound, withSeals } from '../src/hashing.ts'
import { verifyExtraData, verifySeals } from '../src/header-rules.ts'
import { extraDataWith, headerWith, keyOf, keysOf, PRAGUE_FIELDS } from './harness/real-blocks.ts'
import sealed from './vectors/sealed-headers.json' with { type: 'json' }
import worked from './vectors/worked-example.json' with { type: 'json' }

suite('headers of live Besu chains', () => {
  for (const { id, sealed_header_rlp, derived } of sealed.sealed_headers) {
    const header = decodeHeader(hexToBytes(sealed_header_rlp))
    const validators = derived.validators.map(toAddress)

    test(`${id} has the known hashes`, () => {
      assert.equal(bytesToHex(encodeHeader(header)), sealed_header_rlp)
      assert.equal(sealHash(header), derived.seal_hash)
      assert.equal(blockHash(header), derived.onchain_block_hash)
      assert.equal(keccakHash(encodeHeader(header)), derived.keccak_of_full_rlp_NOT_the_block_hash)
    })

    test(`${id} is sealed by the known validators`, () => {
      assert.deepEqual(verifySeals(header, validators), {
        ok: true,
        value: derived.seal_signers_in_order,
      })
      assert.ok(verifyExtraData(header, validators).ok)
    })
  }
})

suite('the worked example', () => {
  const validators = [
    toAddress(`0x${'01'.padStart(40, '0')}`),
    toAddress(`0x${'02'.padStart(40, '0')}`),
  ]
  const header = headerWith(
    {
      vanity: Uint8Array.from({ length: 32 }, (_, i) => i),
      validators,
      vote: { recipient: toAddress(`0x${'03'.padStart(40, '0')}`), add: true },
      round: worked.besu.round,
    },
    { coinbase: ZERO_ADDRESS },
  )

  test('gives the computed extraData, hashes and seal', () => {
    assert.equal(header.extraData, worked.besu.sealSigningExtraData)
    const seal = keyOf(1).sign(hexToBytes(sealHash(header)))
    const whole = withSeals(header, [seal])
    assert.equal(bytesToHex(seal), worked.besu.sealByKey1)
    assert.equal(sealHash(whole), worked.besu.sealHash)
    assert.equal(blockHash(whole), worked.besu.blockHash)
  })

  const shapes = {
    london: { baseFeePerGas: 0n },
    shanghai: { baseFeePerGas: 0n, withdrawalsRoot: PRAGUE_FIELDS.withdrawalsRoot },
    cancun: (({ requestsHash: _, ...fields }) => fields)(PRAGUE_FIELDS),
    prague: PRAGUE_FIELDS,
  }
  for (const fork of worked.forks) {
    test(`gives the computed hashes with ${fork.name}'s fields`, () => {
      const addresses = keysOf(4).map((key) => key.address)
      const coinbase = addresses[0] as never
      const fields = shapes[fork.name as keyof typeof shapes]
      const shaped = headerWith({ validators: addresses }, { coinbase, ...fields })
      assert.equal(headerToItems(shaped).length, fork.items)
      assert.equal(blockHash(shaped), fork.blockHash)
      assert.equal(sealHash(shaped), fork.blockHash)
      assert.equal(sealHash(withRound(shaped, 2)), fork.sealHashInRound2)
      assert.equal(blockHash(withRound(shaped, 2)), fork.blockHash)
    })
  }
})

suite('hashing', () => {
  test('takes the genesis header as it stands', () => {
    const genesis = headerWith({ round: 3 }, { coinbase: ZERO_ADDRESS, number: 0n })
    assert.equal(blockHash(genesis), keccakHash(encodeHeader(genesis)))
    const odd: Header = { ...genesis, extraData: '0x1234' }
    assert.equal(blockHash(odd), keccakHash(encodeHeader(odd)))
  })

  test('of a header whose extraData was never checked is a bug and throws', () => {
    const header: Header = { ...headerWith({}, { coinbase: ZERO_ADDRESS }), extraData: '0x1234' }
    assert.throws(
      () => blockHash(header),
      (error) => isCodedError(error, 'malformed-extra-data'),
    )
  })
})

suite('a sealed header', () => {
  const keys = keysOf(4)
  const validators = keys.map((key) => key.address)
  const header = headerWith({ validators, round: 1 }, { coinbase: validators[0] as never })
  const seals = [...keys, keyOf(5)].map((key) => key.sign(hexToBytes(sealHash(header))))
  const pick = (...indices: readonly number[]) =>
    verifySeals(
      withSeals(
        header,
        indices.map((i) => seals[i] as Uint8Array),
      ),
      validators,
    )
  const reason = (verdict: ReturnType<typeof pick>) => (verdict.ok ? 'accepted' : verdict.reason)

  test('is accepted with a quorum of seals or more, in any order', () => {
    assert.deepEqual(pick(2, 0, 3), {
      ok: true,
      value: [validators[2], validators[0], validators[3]],
    })
    assert.ok(pick(0, 1, 2, 3).ok)
  })
  test('is refused with fewer, with a double or with a foreign seal', () => {
    assert.equal(reason(pick(0, 1)), 'too-few-seals')
    assert.equal(reason(pick(0, 1, 1)), 'duplicate-seal')
    assert.equal(reason(pick(0, 1, 2, 3, 3)), 'duplicate-seal')
    assert.equal(reason(pick(0, 1, 2, 4)), 'foreign-seal')
  })
  test('is refused when the seals are of another round', () => {
    const moved = withSeals(withRound(header, 2), seals.slice(0, 4))
    assert.equal(reason(verifySeals(moved, validators)), 'foreign-seal')
  })
  test('is refused when a seal recovers to no key', () => {
    const broken = new Uint8Array(65)
    broken.set([5], 31)
    broken.set([1], 63)
    const header3 = withSeals(header, [...seals.slice(0, 3), broken])
    assert.equal(reason(verifySeals(header3, validators)), 'invalid-seal')
  })
  test('is refused by a set that has voted itself empty', () => {
    assert.equal(reason(verifySeals(header, [])), 'too-few-seals')
  })
  test('is refused when its extraData cannot be read', () => {
    assert.equal(
      reason(verifySeals({ ...header, extraData: '0x' }, validators)),
      'malformed-extra-data',
    )
  })
})

suite('extraData against the expected set', () => {
  const validators = keysOf(4).map((key) => key.address)
  const coinbase = validators[1] as never
  const reason = (header: Header) => {
    const verdict = verifyExtraData(header, validators)
    return verdict.ok ? 'accepted' : verdict.reason
  }

  test('must list exactly the validators, ascending', () => {
    assert.equal(reason(headerWith({ validators }, { coinbase })), 'accepted')
    const others = [validators.toReversed(), validators.slice(1), [], [...validators, ZERO_ADDRESS]]
    for (const listed of others) {
      assert.equal(reason(headerWith({ validators: listed }, { coinbase })), 'wrong-validators')
    }
  })
  test('must be by one of them', () => {
    assert.equal(reason(headerWith({ validators }, { coinbase: ZERO_ADDRESS })), 'foreign-coinbase')
  })
  test('may carry a vote, which is handed on', () => {
    const vote = { recipient: ZERO_ADDRESS, add: true }
    const header = headerWith({}, { coinbase, extraData: extraDataWith({ validators, vote }) })
    const verdict = verifyExtraData(header, validators)
    assert.deepEqual(verdict.ok && verdict.value.vote, vote)
  })
})
