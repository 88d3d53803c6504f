import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { openMatcher, toJson } from '../src/index.ts'
import { settingsFor, signedOrder } from './support/signed.ts'

const PROCESS = join(import.meta.dirname, 'support/matcher-process.ts')

async function startOn(journalPath: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [PROCESS, journalPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const [url] = await once(lines, 'line', { signal: AbortSignal.timeout(20_000) })
  return { child, url }
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

test('kill -9 in a stream of orders loses none that was accepted', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'busan-exchange-'))
  const journalPath = join(folder, 'journal.sqlite')
  const settings = settingsFor(journalPath)
  const { child, url } = await startOn(journalPath)
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) await killed(child)
    rmSync(folder, { recursive: true })
  })
  const accepted: string[] = []
  const orders = await Promise.all(
    Array.from({ length: 200 }, (_, seq) =>
      signedOrder(settings, (seq % 4) + 1, {
        nonceSeq: BigInt(seq + 1),
        isBuy: seq % 2 === 0,
        limitPrice: 1_000n + 5n * BigInt(seq % 7),
      }),
    ),
  )
  const waiting = orders.values()
  // Ten clients, each with one order on its way: most orders are still to come when the process dies.
  const clients = Array.from({ length: 10 }, async () => {
    for (const order of waiting) {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/orders`, { method: 'POST', headers, body: toJson(order) })
      accepted.push(((await answer.json()) as { id: string }).id)
      if (accepted.length === 60) child.kill('SIGKILL')
    }
  })
  await Promise.allSettled(clients)
  assert.ok(accepted.length >= 60 && accepted.length < 200, `${accepted.length} were accepted`)
  const again = openMatcher(settings)
  for (const id of accepted) assert.notEqual(again.orderOf(id), undefined, `${id} is lost`)
  again.close()
})

test('trades are pushed to the feed, and refused orders answer 422 and 400', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'busan-exchange-'))
  const settings = settingsFor(join(folder, 'journal.sqlite'))
  const { child, url } = await startOn(settings.journalPath)
  const feed = new WebSocket(`${url.replace('http', 'ws')}/feed`)
  t.after(async () => {
    feed.terminate()
    await killed(child)
    rmSync(folder, { recursive: true })
  })
  await once(feed, 'open', { signal: AbortSignal.timeout(10_000) })
  const pushed = once(feed, 'message', { signal: AbortSignal.timeout(10_000) })
  const post = (body: string) =>
    fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
  const buy = toJson(await signedOrder(settings, 1, { lots: 2n }))
  assert.equal((await post(buy)).status, 200)
  assert.equal((await post(buy)).status, 422)
  assert.equal((await post(buy.replace('"lots":"2"', '"lots":"-2"'))).status, 400)
  await post(toJson(await signedOrder(settings, 2, { isBuy: false })))
  const [text] = await pushed
  assert.deepEqual(JSON.parse(String(text)), await (await fetch(`${url}/trades`)).json())
  assert.deepEqual(await (await fetch(`${url}/depth?levels=1`)).json(), {
    buy: [{ price: '1000', lots: '1' }],
    sell: [],
  })
})
