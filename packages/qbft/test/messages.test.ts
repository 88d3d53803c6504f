import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import type { Block } from '@busan/chain-spec'
import {
  asList,
  bytesToBigint,
  concatBytes,
  decodeRlp,
  encodeRlp,
  hexToBytes,
  padLeft,
  type RlpItem,
} from '@busan/primitives'
import fc from 'fast-check'
import { blockRules } from '../src/block-rules.ts'
import { decodeCertificate, encodeCertificate } from '../src/codec/certificate.ts'
import { decodeMessage, encodeMessage, MESSAGE_SIZE_BYTES_MAX } from '../src/codec/messages.ts'
import { MESSAGE_CODES, payloadDigest } from '../src/codec/payloads.ts'
import { sealHash, withSeals } from '../src/hashing.ts'
import { signedPart } from '../src/restore.ts'
import { signMessage } from '../src/sign-message.ts'
import type { Message, UnsignedMessage } from '../src/types.ts'
import { blockBy, keyOf, keysOf } from './harness/real-blocks.ts'
import vectors from './vectors/messages.json' with { type: 'json' }
import worked from './vectors/worked-example.json' with { type: 'json' }

const keys = keysOf(4)
const [leader, second] = keys as [(typeof keys)[0], (typeof keys)[0]]
const validators = keys.map((key) => key.address)
const block = blockBy(leader.address, { validators, round: 1 })
const digest = blockRules.digest(block)

function sign(unsigned: UnsignedMessage<Block>, key = leader): Message<Block> {
  return signMessage(unsigned, key.sign, key.address)
}

function signedPrepares(): Extract<Message<Block>, { type: 'prepare' }>['prepare'][] {
  return keys.map((key) => {
    const payload = { type: 'prepare', height: 1n, round: 1, digest } as const
    const message = sign({ type: 'prepare', payload }, key)
    assert.ok(message.type === 'prepare')
    return message.prepare
  })
}

const prepares = signedPrepares()
const lock = { round: 1, digest }
const roundChange = sign({
  type: 'round-change',
  payload: { type: 'round-change', height: 1n, round: 2, prepared: lock },
  block,
  prepares,
})
const unlocked = sign({
  type: 'round-change',
  payload: { type: 'round-change', height: 1n, round: 2 },
  prepares: [],
})
assert.ok(roundChange.type === 'round-change' && unlocked.type === 'round-change')

const samples: readonly Message<Block>[] = [
  sign({
    type: 'proposal',
    payload: { type: 'proposal', height: 1n, round: 1, block },
    roundChanges: [roundChange.roundChange, unlocked.roundChange],
    prepares,
  }),
  { type: 'prepare', prepare: prepares[0] as never },
  sign({
    type: 'commit',
    payload: { type: 'commit', height: 1n, round: 1, digest },
    sealHash: sealHash(block.header),
  }),
  roundChange,
  unlocked,
]

/** Our wire form of a body that others frame themselves. */
function framed(type: string, rlp: string): Uint8Array {
  const code = MESSAGE_CODES[(type === 'roundChange' ? 'round-change' : type) as 'proposal']
  return concatBytes(Uint8Array.of(code), hexToBytes(rlp))
}

function reason(bytes: Uint8Array, ...rest: [] | [Parameters<typeof decodeMessage>[1]]): string {
  const decoded = decodeMessage(bytes, ...rest)
  return decoded.ok ? 'accepted' : decoded.reason
}

/** The sample with its RLP items changed and its signatures left alone. */
function tampered(message: Message<Block>, change: (items: RlpItem[]) => RlpItem): Uint8Array {
  const bytes = encodeMessage(message)
  const items = [...asList(decodeRlp(bytes.subarray(1)), 'message')]
  return concatBytes(bytes.subarray(0, 1), encodeRlp(change(items)))
}

suite('messages of live GoQuorum validators', () => {
  for (const { id, type, rlp, derived } of vectors.messages_signature_verified) {
    test(`${id} is by the validator that logged it`, () => {
      const decoded = decodeMessage(framed(type, rlp))
      assert.ok(decoded.ok)
      const { author, payload } = signedPart(decoded.value)
      assert.equal(author, derived.recovered_signer)
      assert.equal(payloadDigest(payload), derived.signing_hash)
      assert.deepEqual(encodeMessage(decoded.value), framed(type, rlp))
    })
  }
})

suite('the public layout vectors', () => {
  for (const { id, type, rlp } of vectors.messages) {
    test(`${id} has our layout`, () => {
      const decoded = decodeMessage(framed(type, rlp))
      // Its bytes were made again after signing, so the seal of the commit is nobody's we know.
      if (type === 'commit') {
        assert.equal(decoded.ok ? '' : decoded.reason, 'invalid-seal')
        return
      }
      assert.ok(decoded.ok, decoded.ok ? '' : decoded.message)
      assert.deepEqual(encodeMessage(decoded.value), framed(type, rlp))
    })
  }

  test('the worked round change has our layout and signature', () => {
    const key = keyOf(4)
    const payload = { type: 'round-change', height: 1n, round: 1 } as const
    const message = sign({ type: 'round-change', payload, prepares: [] }, key)
    assert.deepEqual(encodeMessage(message), framed('roundChange', worked.roundChangeByKey4))
  })
})

suite('what we sign', () => {
  for (const message of samples) {
    test(`${message.type} decodes to itself, with all its authors`, () => {
      assert.deepEqual(decodeMessage(encodeMessage(message)), { ok: true, value: message })
    })
  }

  test('carries a commit seal that stands in the header', () => {
    const commit = samples[2]
    assert.ok(commit?.type === 'commit')
    const sealed = withSeals(block.header, [commit.commit.payload.seal])
    assert.equal(sealHash(sealed), digest)
  })
})

suite('a message is refused', () => {
  const [proposal, prepare, commit] = samples as [Message<Block>, Message<Block>, Message<Block>]

  test('whose payload was changed after signing: it is then of another author', () => {
    const bytes = tampered(prepare, ([payload, signature]) => {
      const [height, , ofDigest] = asList(payload, 'payload')
      return [[height as RlpItem, Uint8Array.of(9), ofDigest as RlpItem], signature as RlpItem]
    })
    const decoded = decodeMessage(bytes)
    assert.ok(!decoded.ok || !validators.includes(signedPart(decoded.value).author))
  })

  test('with a high-s signature', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const bytes = tampered(prepare, ([payload, signature]) => {
      const low = signature as Uint8Array
      const s = order - bytesToBigint(low.subarray(32, 64))
      const high = padLeft(hexToBytes(`0x${s.toString(16).padStart(64, '0')}`), 32)
      const v = Uint8Array.of(1 - (low[64] as number))
      return [payload as RlpItem, concatBytes(low.subarray(0, 32), high, v)]
    })
    assert.equal(reason(bytes), 'invalid-signature')
  })

  test("with another's commit seal", () => {
    assert.ok(commit.type === 'commit')
    const theirs = { ...commit.commit.payload, seal: second.sign(hexToBytes(digest)) }
    const signature = leader.sign(hexToBytes(payloadDigest(theirs)))
    const forged = { payload: theirs, author: leader.address, signature }
    assert.equal(reason(encodeMessage({ type: 'commit', commit: forged })), 'invalid-seal')
  })

  test('with a block that is sealed, or whose extraData cannot be read', () => {
    const seals = [leader.sign(hexToBytes(digest))]
    const sealed = { ...block, header: withSeals(block.header, seals) }
    const odd = { ...block, header: { ...block.header, extraData: '0xc0' } as const }
    for (const proposed of [sealed, odd]) {
      const payload = { type: 'proposal', height: 1n, round: 1, block: proposed } as const
      const message = sign({ type: 'proposal', payload, roundChanges: [], prepares: [] })
      assert.equal(reason(encodeMessage(message)), 'malformed-message')
    }
  })

  test('with a lock and no block, or a block and no lock', () => {
    const without = { ...roundChange, block: undefined, prepares: [] }
    assert.equal(reason(encodeMessage(without as never)), 'malformed-message')
    assert.equal(reason(encodeMessage({ ...unlocked, block } as never)), 'malformed-message')
    assert.equal(reason(encodeMessage({ ...unlocked, prepares } as never)), 'malformed-message')
  })

  test('in the layout that has a place for block access lists', () => {
    const bytes = tampered(roundChange, ([signed, ofBlock, list]) => [
      signed as RlpItem,
      ofBlock as RlpItem,
      new Uint8Array(0),
      list as RlpItem,
    ])
    assert.equal(reason(bytes), 'malformed-message')
  })

  test('with more piggy-backed payloads than a chain has validators', () => {
    const crowd = Array.from({ length: 257 }, () => prepares[0] as never)
    assert.ok(proposal.type === 'proposal')
    assert.equal(reason(encodeMessage({ ...proposal, prepares: crowd })), 'malformed-message')
  })

  test('that is too large or nested too deeply, without being decoded', () => {
    assert.equal(reason(new Uint8Array(MESSAGE_SIZE_BYTES_MAX + 1)), 'too-large')
    let nested: Uint8Array = Uint8Array.of(0xc0)
    for (let i = 0; i < 2000; i++) {
      const length = nested.length
      const prefix =
        length < 56
          ? [0xc0 + length]
          : length < 256
            ? [0xf8, length]
            : [0xf9, length >> 8, length & 255]
      nested = concatBytes(Uint8Array.from(prefix), nested)
    }
    const decoded = decodeMessage(concatBytes(Uint8Array.of(0x12), nested))
    assert.match(decoded.ok ? '' : decoded.message, /nested/)
  })

  test('of an unwanted author, before anything nested is read', () => {
    const asked: string[] = []
    const admit = (author: string, height: bigint): boolean => {
      asked.push(`${author} ${height}`)
      return false
    }
    assert.equal(reason(encodeMessage(proposal), admit), 'unknown-author')
    assert.deepEqual(asked, [`${leader.address} 1`])
  })

  test('of an unknown kind, empty, or cut off', () => {
    assert.equal(reason(new Uint8Array(0)), 'malformed-message')
    assert.equal(reason(Uint8Array.of(0x11, 0xc0)), 'malformed-message')
    const whole = encodeMessage(proposal)
    for (const length of [1, 2, 40, whole.length - 1]) {
      assert.equal(reason(whole.subarray(0, length)), 'malformed-message')
    }
    assert.equal(reason(concatBytes(whole, Uint8Array.of(0))), 'malformed-message')
  })

  test('whatever the bytes, and never by throwing', () => {
    const genuine = samples.map(encodeMessage)
    const mutated = fc
      .tuple(fc.constantFrom(...genuine), fc.nat(), fc.nat(255))
      .map(([bytes, position, value]) => bytes.with(position % bytes.length, value))
    fc.assert(
      fc.property(mutated, (bytes) => {
        const decoded = decodeMessage(bytes)
        if (decoded.ok) assert.deepEqual(encodeMessage(decoded.value), bytes)
      }),
      { numRuns: 500 },
    )
  })
})

test('a prepared certificate outlives the process', () => {
  const certificate = { ...lock, block, prepares }
  const bytes = encodeCertificate(certificate)
  assert.deepEqual(decodeCertificate(bytes), { ok: true, value: certificate })
  const cut = decodeCertificate(bytes.subarray(0, bytes.length - 1))
  assert.equal(cut.ok ? '' : cut.reason, 'malformed-certificate')
})
