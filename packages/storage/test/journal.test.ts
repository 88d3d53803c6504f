import assert from 'node:assert/strict'
import { constants, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { openJournal } from '../src/index.ts'

const text = (value: string) => new TextEncoder().encode(value)
const recordsArbitrary = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 })
let folder = ''
let count = 0

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busan-journal-'))
})
after(() => rm(folder, { recursive: true }))

function freshPath(): string {
  count += 1
  return join(folder, `${count}.journal`)
}

/** Writes a journal with these records and closes it. */
async function write(path: string, records: readonly Uint8Array[]): Promise<void> {
  const journal = await openJournal(path, { sync: false })
  await Promise.all(records.map((record) => journal.append(record)))
  await journal.close()
}

/** Opens, reads everything, closes. */
async function read(path: string): Promise<{ records: Uint8Array[]; cutBytes: number }> {
  const journal = await openJournal(path, { sync: false })
  const records = journal.replay()
  await journal.close()
  return { records, cutBytes: journal.cutBytes }
}

/** Flags of this process's open file of a path, by Linux; undefined elsewhere. */
async function openFlags(path: string): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  for (const descriptor of await readdir('/proc/self/fd')) {
    const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => '')
    if (target !== path) continue
    const info = await readFile(`/proc/self/fdinfo/${descriptor}`, 'utf8')
    return Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '', 8)
  }
  return undefined
}

describe('openJournal', () => {
  it('writes through to the disk, also after a rewrite, unless told otherwise', async (t) => {
    if (process.platform !== 'linux') return t.skip('reads /proc')
    for (const sync of [true, false]) {
      const path = freshPath()
      const journal = await openJournal(path, { sync })
      for (const act of [() => journal.append(text('a')), () => journal.rewrite([text('b')])]) {
        await act()
        const flags = (await openFlags(path)) ?? 0
        assert.equal((flags & constants.O_DSYNC) === constants.O_DSYNC, sync)
      }
      await journal.close()
    }
  })

  it('replays the records of an earlier life in order, empty ones included', async () => {
    const path = freshPath()
    const records = [text('a'), text(''), text('ccc')]
    const journal = await openJournal(path)
    for (const record of records) await journal.append(record)
    assert.deepEqual(journal.replay(), records)
    await journal.close()
    assert.deepEqual(await read(path), { records, cutBytes: 0 })
  })

  it('has a record on disk when its append resolves, also when many share the write', async () => {
    const path = freshPath()
    const journal = await openJournal(path)
    const records = Array.from({ length: 200 }, (_, i) => text(`record ${i}`))
    await Promise.all(records.map((record) => journal.append(record)))
    const copy = freshPath()
    writeFileSync(copy, readFileSync(path))
    await journal.close()
    assert.deepEqual((await read(copy)).records, records)
  })

  it('keeps whole records and cuts the rest, wherever the file ends', async () => {
    await fc.assert(
      fc.asyncProperty(recordsArbitrary, async (records) => {
        const path = freshPath()
        await write(path, records)
        const whole = await readFile(path)
        const ends = records.map((_, i) =>
          records.slice(0, i + 1).reduce((end, record) => end + 12 + record.length, 8),
        )
        for (let sizeBytes = 0; sizeBytes < whole.length; sizeBytes++) {
          truncateSync(path, 0)
          writeFileSync(path, whole.subarray(0, sizeBytes))
          const kept = ends.filter((end) => end <= sizeBytes).length
          const keptBytes = sizeBytes < 8 ? 0 : (ends[kept - 1] ?? 8)
          const expected = { records: records.slice(0, kept), cutBytes: sizeBytes - keptBytes }
          assert.deepEqual(await read(path), expected)
          assert.deepEqual(await read(path), { records: expected.records, cutBytes: 0 })
        }
      }),
      { numRuns: 12 },
    )
  })

  it('never returns an altered record, and tells damage from a torn end, whichever byte it is', async () => {
    const records = [text('first'), text('second'), text('third')]
    const path = freshPath()
    await write(path, records)
    const whole = await readFile(path)
    const lastBytes = 12 + text('third').length
    for (let position = 8; position < whole.length; position++) {
      const damaged = Uint8Array.from(whole)
      damaged[position] = (damaged[position] as number) ^ 0x20
      writeFileSync(path, damaged)
      if (position < whole.length - lastBytes) {
        await assert.rejects(openJournal(path), { code: 'journal-damaged' })
        assert.deepEqual(new Uint8Array(await readFile(path)), damaged)
      } else {
        assert.deepEqual(await read(path), { records: records.slice(0, 2), cutBytes: lastBytes })
      }
    }
  })

  it('takes a tail of zeros for damage, not for empty records', async () => {
    const path = freshPath()
    await write(path, [text('kept')])
    writeFileSync(path, new Uint8Array(64), { flag: 'a' })
    assert.deepEqual(await read(path), { records: [text('kept')], cutBytes: 64 })
  })

  it('appends after the cut', async () => {
    const path = freshPath()
    await write(path, [text('kept'), text('torn')])
    truncateSync(path, readFileSync(path).length - 1)
    const journal = await openJournal(path)
    assert.equal(journal.cutBytes, 15)
    await journal.append(text('next'))
    await journal.close()
    assert.deepEqual((await read(path)).records, [text('kept'), text('next')])
  })

  it('leaves a file of another kind alone', async () => {
    const path = freshPath()
    writeFileSync(path, 'a letter to the mayor')
    await assert.rejects(openJournal(path), { code: 'not-a-journal' })
    assert.equal(readFileSync(path, 'utf8'), 'a letter to the mayor')
  })

  it('replaces earlier records and keeps appends made after the call', async () => {
    const path = freshPath()
    const journal = await openJournal(path)
    const done = [
      journal.append(text('old')),
      journal.rewrite([text('a'), text('b')]),
      journal.append(text('c')),
    ]
    await Promise.all(done)
    await journal.append(text('d'))
    const expected = ['a', 'b', 'c', 'd'].map(text)
    assert.deepEqual(journal.replay(), expected)
    await journal.close()
    assert.deepEqual((await read(path)).records, expected)
    assert.ok(!(await readdir(folder)).some((name) => name.endsWith('.rewrite')))
  })

  it('ignores and removes a rewrite that a crash left half done', async () => {
    const path = freshPath()
    await write(path, [text('kept')])
    writeFileSync(`${path}.rewrite`, 'busanjl1 half a rec')
    assert.deepEqual((await read(path)).records, [text('kept')])
    assert.ok(!(await readdir(folder)).some((name) => name.endsWith('.rewrite')))
  })

  it('fails everything after the disk refused a write, until it is opened again', async () => {
    const home = await mkdtemp(join(folder, 'lost-'))
    const journal = await openJournal(join(home, 'journal'))
    await rm(home, { recursive: true })
    await assert.rejects(journal.rewrite([text('a')]), { code: 'journal-failed' })
    await assert.rejects(journal.append(text('b')), { code: 'journal-failed' })
    await journal.close()
    await assert.rejects(journal.append(text('c')), { code: 'journal-closed' })
  })

  it('refuses a record above the limit without harm to the journal', async () => {
    const path = freshPath()
    const journal = await openJournal(path)
    await assert.rejects(journal.append(new Uint8Array(32 * 1024 * 1024 + 1)), {
      code: 'journal-record-too-large',
    })
    await journal.append(text('fine'))
    assert.deepEqual(journal.replay(), [text('fine')])
    await journal.close()
  })

  it('finishes waiting appends on close', async () => {
    const path = freshPath()
    const journal = await openJournal(path)
    const appends = ['a', 'b', 'c'].map((record) => journal.append(text(record)))
    await journal.close()
    await Promise.all(appends)
    await journal.close()
    assert.equal((await read(path)).records.length, 3)
  })
})
