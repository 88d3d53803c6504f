import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { silentLogger } from '@busan/telemetry'
import { openLevelStore } from '../src/index.ts'

const key = Uint8Array.of(1)
const value = Uint8Array.of(2)
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busan-level-'))
})
after(() => rm(folder, { recursive: true }))

describe('openLevelStore', () => {
  it('finds after reopening what was written before', async () => {
    const path = join(folder, 'kept')
    const first = await openLevelStore(path, { logger: silentLogger })
    await first.batch([{ type: 'put', key, value }])
    await first.close()
    const second = await openLevelStore(path, { logger: silentLogger })
    assert.deepEqual(second.get(key), value)
    await second.close()
  })

  it('takes a long batch over turns of the event loop; closed meanwhile, it writes nothing of it', async () => {
    const path = join(folder, 'long')
    const store = await openLevelStore(path, { logger: silentLogger })
    const operations = Array.from({ length: 5_000 }, (_, i) => {
      return { type: 'put', key: Uint8Array.of(i >> 8, i & 255), value } as const
    })
    const refused = assert.rejects(store.batch(operations), { code: 'store-closed' })
    await setImmediate()
    await store.close()
    await refused
    const again = await openLevelStore(path, { logger: silentLogger })
    assert.equal(again.get(Uint8Array.of(0, 1)), undefined)
    await again.close()
  })

  it('refuses a folder that another process has open, naming it', async () => {
    const path = join(folder, 'shared')
    const holder = await holdInOtherProcess(path)
    try {
      await assert.rejects(openLevelStore(path, { logger: silentLogger }), {
        code: 'data-folder-in-use',
        message: new RegExp(`${path} is in use by another process: stop that node`),
      })
    } finally {
      await holder.stop()
    }
    const store = await openLevelStore(path, { logger: silentLogger })
    await store.close()
  })

  it('refuses a folder whose files are damaged', async () => {
    const path = join(folder, 'damaged')
    const store = await openLevelStore(path, { logger: silentLogger })
    await store.batch([{ type: 'put', key, value }])
    await store.close()
    const manifest = (await readdir(path)).find((name) => name.startsWith('MANIFEST')) as string
    await truncate(join(path, manifest), 3)
    await assert.rejects(openLevelStore(path, { logger: silentLogger }), {
      code: 'data-folder-corrupt',
      message: /restore it from a snapshot/,
    })
  })

  it('refuses a path that is a file', async () => {
    const path = join(folder, 'file')
    await writeFile(path, 'x')
    await assert.rejects(openLevelStore(path, { logger: silentLogger }), {
      code: 'data-folder-unusable',
    })
  })
})

/** Opens the store in a child process and waits until it holds the lock. */
async function holdInOtherProcess(path: string): Promise<{ stop(): Promise<void> }> {
  const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  const script = `
    const { openLevelStore } = await import(process.argv[1])
    const logger = { debug() {} }
    const store = await openLevelStore(process.argv[2], { logger })
    process.stdout.write('open')
    process.stdin.once('data', () => store.close())
    process.stdin.once('end', () => process.exit())
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, entry, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`holder exited with ${code}`)))
  })
  return {
    stop() {
      child.stdin.end('close')
      return exited
    },
  }
}
