import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'

it('writes what its level lets through, also once the level was changed, in children too', () => {
  const program = `
    import { createLogger } from '@busan/telemetry'
    const logger = createLogger({ level: 'info', format: 'json' })
    const child = logger.child('part')
    child.debug('unheard')
    child.info('heard')
    child.setLevel('debug')
    logger.debug('steps')
    logger.setLevel('error')
    child.warn('quiet')
    logger.error('loud')
  `
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  const messages = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).msg)
  assert.deepEqual(messages, ['heard', 'steps', 'loud'])
})
