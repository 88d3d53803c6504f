import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  asBytes,
  asList,
  asScalar,
  CodedError,
  decodeRlp,
  Emitter,
  encodeRlp,
  isCodedError,
  Lru,
  nearestName,
  present,
  type RlpItem,
  toAddress,
  toHash,
} from '@busan/primitives'

describe('emitter', () => {
  it('calls every listener, also after one that throws', () => {
    const emitter = new Emitter<{ head: number }>()
    const heard: number[] = []
    emitter.on('head', () => {
      throw new Error('first')
    })
    const off = emitter.on('head', (value) => heard.push(value))
    assert.throws(() => emitter.emit('head', 1), AggregateError)
    off()
    assert.throws(() => emitter.emit('head', 2), AggregateError)
    assert.deepEqual(heard, [1])
  })
})

describe('lru', () => {
  it('forgets the entry that was not used the longest', () => {
    const lru = new Lru<string, number>(2)
    lru.set('a', 1)
    lru.set('b', 2)
    lru.get('a')
    lru.set('c', 3)
    assert.equal(lru.get('b'), undefined)
    assert.equal(lru.get('a'), 1)
    assert.equal(lru.size, 2)
  })
})

describe('nearestName', () => {
  it('finds what was meant, and nothing for strangers', () => {
    const names = ['rpc-http-port', 'rpc-ws-port', 'data-path']
    assert.equal(nearestName('rpc-htp-port', names), 'rpc-http-port')
    assert.equal(nearestName('DATAPATH', names), 'data-path')
    assert.equal(nearestName('colour', names), undefined)
  })
})

describe('RLP', () => {
  it('comes back from any nesting that a block has, and refuses absurd nesting', () => {
    const nest = (depth: number): RlpItem => (depth === 0 ? Uint8Array.of(7) : [nest(depth - 1)])
    assert.deepEqual(decodeRlp(encodeRlp(nest(16))), nest(16))
    assert.throws(() => decodeRlp(encodeRlp(nest(17))), /nested deeper than 16 lists/)
    assert.throws(
      () => decodeRlp(new Uint8Array(1_000_000).fill(0xc1)),
      /longer than what it lies in/,
    )
  })
})

describe('RLP readers', () => {
  it('say which item is wrong', () => {
    assert.throws(() => asScalar(Uint8Array.of(0, 1), 'round'), /round: scalar with a leading zero/)
    assert.throws(() => asBytes([], 'hash'), /hash: expected a byte string/)
    assert.throws(() => asBytes(Uint8Array.of(1), 'hash', 32), /expected 32 bytes, got 1/)
    assert.throws(() => asList(undefined, 'seals'), /seals: expected a list/)
  })
})

describe('coded errors and brands', () => {
  it('match by code', () => {
    const error = new CodedError('disk-full', 'no space', { details: { freeBytes: 0 } })
    assert.ok(isCodedError(error, 'disk-full'))
    assert.ok(!isCodedError(error, 'other'))
    assert.ok(!isCodedError(new Error('x')))
  })
  it('take only their own lengths', () => {
    assert.equal(toAddress(`0x${'AB'.repeat(20)}`), `0x${'ab'.repeat(20)}`)
    assert.throws(() => toAddress('0x12'), TypeError)
    assert.throws(() => toHash(`0x${'ab'.repeat(20)}`), TypeError)
    assert.throws(() => present(undefined, 'head'), /head is missing/)
  })
})
