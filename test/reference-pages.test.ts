import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { REFERENCE_PAGES } from '../scripts/reference-pages.ts'

for (const { file, text } of REFERENCE_PAGES) {
  test(`${file} says what the code says`, () => {
    const fix = 'run: node scripts/reference-pages.ts'
    assert.equal(readFileSync(file, 'utf8'), text(), `${file} is out of date; ${fix}`)
  })
}
