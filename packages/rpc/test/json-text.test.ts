import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createJsonTexts } from '../src/json-text.ts'

/** Takes 100 characters with a key of one. */
const value = ['x'.repeat(95)]

test('a text is made once, and again after it was forgotten', () => {
  const texts = createJsonTexts(800)
  let made = 0
  const ask = (key: string) =>
    texts.of(key, () => {
      made++
      return value
    })
  for (const key of '12345678') ask(key)
  assert.equal(made, 8)
  ask('1')
  assert.equal(made, 8, 'all eight fit')
  ask('9')
  ask('1')
  assert.equal(made, 9, 'the one asked for last stays')
  ask('2')
  assert.equal(made, 10, 'the one asked for least recently is gone')
})

test('what is not there yet is asked for again, and what is too large is not kept', () => {
  const texts = createJsonTexts(800)
  assert.equal(
    texts.of('receipt', () => undefined),
    undefined,
  )
  assert.equal(texts.of('receipt', () => ['here'])?.text, '["here"]')
  assert.equal(texts.keep('large', value).text.length, 99)
  assert.equal(texts.get('large'), undefined)
})

test('what is kept never exceeds its bound, whatever is kept in which order', () => {
  const keep = fc.record({ key: fc.string({ maxLength: 3 }), length: fc.nat(60) })
  fc.assert(
    fc.property(fc.array(keep, { maxLength: 60 }), (steps) => {
      const texts = createJsonTexts(400)
      const keys = new Set<string>()
      for (const { key, length } of steps) {
        keys.add(key)
        texts.keep(key, ['x'.repeat(length)])
      }
      let size = 0
      for (const key of keys) {
        const kept = texts.get(key)
        if (kept !== undefined) size += key.length + kept.text.length
      }
      assert.ok(size <= 400, `${size} characters`)
    }),
  )
})
