import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { CodedError } from '@busan/primitives'
import { validatorsCommand } from '../src/commands/validators.ts'
import { formatTable } from '../src/table.ts'

const self = `0x${'11'.repeat(20)}`
const other = `0x${'22'.repeat(20)}`
const joining = `0x${'33'.repeat(20)}`
const status = {
  activity: 'voting',
  self,
  height: '0x8',
  round: 1,
  secondsInRound: 12.4,
  proposer: other,
  quorum: 2,
  validators: [
    { address: self, isOnline: true, silentMs: 0 },
    { address: other, isOnline: false, silentMs: 41_000, clockOffsetMs: 9200 },
  ],
  openVotes: [{ subject: joining, add: true, voters: [self], needed: 2 }],
  warnings: ['adding it makes a set of 3'],
  diagnosis: 'cannot commit: have 1 of 2 needed',
}
const ANSWERS: Record<string, unknown> = {
  qbft_getValidatorsByBlockNumber: [self, other],
  qbft_getSignerMetrics: [
    { address: self, proposedBlockCount: '0x4', lastProposedBlockNumber: '0x7' },
  ],
  qbft_getPendingVotes: { [joining]: true },
  qbft_status: status,
  qbft_proposeValidatorVote: true,
  qbft_discardValidatorVote: true,
}

/** Runs the command against a node that gives these answers; what it asked, and what was printed. */
async function run(...args: string[]) {
  const asked: [string, unknown[]][] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { id, method, params } = JSON.parse(body)
    asked.push([method, params])
    const result = ANSWERS[method]
    const error = { code: -32601, message: `the method ${method} does not exist/is not available` }
    const answer = result === undefined ? { id, error } : { id, result }
    response.end(JSON.stringify({ jsonrpc: '2.0', ...answer }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const lines: string[] = []
  const { log } = console
  console.log = (text: string) => void lines.push(text)
  try {
    const argv = [...args, '--rpc', `http://127.0.0.1:${port}`]
    await validatorsCommand().parseAsync(argv, { from: 'user' })
  } finally {
    console.log = log
    server.close()
  }
  return { asked, output: lines.join('\n') }
}

const codeOf = async (act: Promise<unknown>) =>
  act.then(
    () => 'nothing thrown',
    (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
  )

test('a table pads its columns and leaves no trailing spaces', () => {
  assert.equal(formatTable([['a', 'long'], ['bcd', 'e'], ['f']]), 'a    long\nbcd  e\nf')
})

test('list shows who validates, who is away and which votes are open', async () => {
  const { output } = await run('list')
  assert.match(output, /0x1{40} \(this node\) {2}online +4 +#7\n/)
  assert.match(output, /0x2{40} +silent 41 s, clock 9\.2 s +0 +-\n/)
  assert.match(output, /open vote to add 0x3{40}: 1 of 2 needed, by 0x1{40}\n/)
  assert.match(output, /this node votes to add 0x3{40}\nwarning: adding it makes a set of 3/)
})

test('list and status print JSON when asked to', async () => {
  const listed = JSON.parse((await run('list', '--json')).output)
  assert.deepEqual(listed.validators, [self, other])
  assert.deepEqual(listed.votes, { [joining]: true })
  assert.deepEqual(JSON.parse((await run('status', '--json')).output), status)
})

test('status begins with the diagnosis', async () => {
  const { output } = await run('status')
  assert.match(output, /^cannot commit: have 1 of 2 needed\n/)
  assert.match(output, /block +8 +round 1 for 12 s/)
})

test('vote and discard ask the node, and a vote prints its warnings first', async () => {
  const voted = await run('vote', 'add', joining)
  assert.deepEqual(voted.asked[0], ['qbft_proposeValidatorVote', [joining, true]])
  assert.match(voted.output, /^warning: adding it makes a set of 3\nvoting to add 0x3{40}/)
  assert.match(voted.output, /2 of 2 validators must vote so/)
  const dropped = await run('vote', 'drop', joining, '--json')
  assert.deepEqual(dropped.asked[0], ['qbft_proposeValidatorVote', [joining, false]])
  assert.deepEqual(JSON.parse(dropped.output).vote, { [joining]: false })
  const discarded = await run('discard', joining)
  assert.deepEqual(discarded.asked, [['qbft_discardValidatorVote', [joining]]])
})

test('bad words are refused before anything is asked', async () => {
  const mistyped = `0x${'aB'.repeat(20)}`
  for (const args of [
    ['vote', 'remove', joining],
    ['vote', 'add', '0x12'],
    ['discard', mistyped],
  ]) {
    assert.equal(await codeOf(run(...args)), 'invalid-argument', args.join(' '))
  }
})

test('a node that does not answer, or does not know the method, is told apart', async () => {
  const away = validatorsCommand().parseAsync(['status', '--rpc', 'http://127.0.0.1:9'], {
    from: 'user',
  })
  assert.equal(await codeOf(away), 'node-unreachable')
  const { qbft_status: kept, ...rest } = ANSWERS
  for (const name of Object.keys(ANSWERS)) delete ANSWERS[name]
  try {
    assert.equal(await codeOf(run('status')), 'node-refused')
  } finally {
    Object.assign(ANSWERS, rest, { qbft_status: kept })
  }
})
