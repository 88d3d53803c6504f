import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomId } from '../src/random-id.ts'

test('ids are quantities: none of them has leading zeros', () => {
  for (let count = 0; count < 1_000; count++) assert.match(randomId(), /^0x[1-9a-f][0-9a-f]*$/)
})
