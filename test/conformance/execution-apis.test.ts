import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { exportChainFile, importChainFile } from '@busan/node'
import { CodedError, RLP_PREFIX_SIZE_BYTES_MAX, rlpSizeBytes } from '@busan/primitives'
import { silentLogger } from '@busan/telemetry'
import { readCases, SKIP_WITHOUT_SUITE, SUITE, startSuiteNode } from './execution-apis.ts'

const options = { skip: SKIP_WITHOUT_SUITE }

/** Where the state root stands in the first block: two list prefixes of 3 bytes, two hashes, an address, a prefix. */
const STATE_ROOT_AT = 3 + 3 + 33 + 33 + 21 + 1

test('every case of the execution-apis suite is answered as it wants', options, async (context) => {
  const node = await startSuiteNode(SUITE)
  const failures: string[] = []
  let passed = 0
  try {
    for (const one of readCases(SUITE)) {
      const problems = await node.run(one)
      if (problems.length === 0) passed++
      else failures.push(`${one.name}\n  ${problems.slice(0, 5).join('\n  ')}`)
    }
  } finally {
    await node.close()
  }
  context.diagnostic(`passed ${passed}`)
  assert.deepEqual(failures, [])
})

test(
  'an imported chain is exported byte for byte, and imported twice without harm',
  options,
  async () => {
    await inFolder(async (folder) => {
      const chain = {
        dataPath: join(folder, 'data'),
        genesisFile: join(SUITE, 'genesis.json'),
        logger: silentLogger,
      }
      const file = join(SUITE, 'chain.rlp')
      const first = await importChainFile(chain, file)
      assert.equal(first.blocks, 54)
      // The genesis lies in the data folder now.
      const { genesisFile: _, ...kept } = chain
      const again = await importChainFile(kept, file)
      assert.deepEqual(again, { ...first, blocks: 0, known: 54 })
      const out = join(folder, 'out.rlp')
      await exportChainFile(kept, out)
      assert.deepEqual(readFileSync(out), readFileSync(file))
    })
  },
)

test(
  'a block that claims another state is refused by number, field, got and want',
  options,
  async () => {
    await inFolder(async (folder) => {
      const bytes = readFileSync(join(SUITE, 'chain.rlp'))
      const file = join(folder, 'bad.rlp')
      bytes[STATE_ROOT_AT] = (bytes[STATE_ROOT_AT] as number) ^ 1
      writeFileSync(file, bytes)
      const chain = {
        dataPath: join(folder, 'data'),
        genesisFile: join(SUITE, 'genesis.json'),
        logger: silentLogger,
      }
      await assert.rejects(importChainFile(chain, file), (error) => {
        assert.ok(error instanceof CodedError && error.code === 'block-refused')
        assert.match(
          error.message,
          /^block 1: .*stateRoot: got 0x[0-9a-f]{64}, want 0x[0-9a-f]{64}/,
        )
        return true
      })
      const size = rlpSizeBytes(bytes.subarray(0, RLP_PREFIX_SIZE_BYTES_MAX))
      writeFileSync(file, bytes.subarray(0, size - 1))
      await assert.rejects(importChainFile(chain, file), { code: 'file-damaged' })
    })
  },
)

test('busan blocks import tells how far the chain goes', options, async () => {
  await inFolder(async (folder) => {
    const main = join(import.meta.dirname, '../../packages/cli/src/main.ts')
    const genesis = join(SUITE, 'genesis.json')
    const flags = ['--genesis', genesis, '--data-path', folder, join(SUITE, 'chain.rlp')]
    const ran = spawnSync(process.execPath, [main, 'blocks', 'import', ...flags], {
      encoding: 'utf8',
    })
    assert.equal(ran.status, 0, ran.stderr)
    assert.match(ran.stdout, /^imported 54 blocks; the head is block 54 0xd226371d/)
  })
})

async function inFolder(task: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'busan-import-'))
  try {
    await task(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
