import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJsonTexts } from '../src/json-text.ts'

/** Text of so many characters, quotes and brackets included. */
const textOfSize = (size: number) => ['x'.repeat(size - 4)]

test('a text is made once, and again after it was forgotten', () => {
  const texts = createJsonTexts(800)
  let made = 0
  const ask = (key: string) =>
    texts.of(key, () => {
      made++
      return textOfSize(100)
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
  assert.equal(texts.of('large', () => textOfSize(101))?.text.length, 101)
  assert.equal(texts.of('large', () => ['other'])?.text, '["other"]')
})
