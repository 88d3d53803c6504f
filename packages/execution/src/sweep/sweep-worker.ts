// The thread of a SweepThread: one sweep at a time, in the database that it is told to open.
import { parentPort } from 'node:worker_threads'
import { openLevelStore } from '@busan/storage'
import { silentLogger } from '@busan/telemetry'
import { packError } from '../isolation/protocol.ts'
import type { Numbered } from '../threads/asked-thread.ts'
import { yieldToConsensus } from '../threads/yield-to-consensus.ts'
import { createStateSweep, type StateSweep } from './state-sweep.ts'
import type { SweepAnswer, SweepQuestion } from './sweep-thread.ts'

const port = parentPort
if (port === null) throw new TypeError('this file is the entry of a worker thread')

yieldToConsensus()
let sweep: StateSweep | undefined

port.on('message', async ({ id, ...question }: Numbered<SweepQuestion>) => {
  port.postMessage({ ...(await answerTo(question)), id } satisfies Numbered<SweepAnswer>)
})

async function answerTo(question: SweepQuestion): Promise<SweepAnswer> {
  try {
    return { keysToGo: await keysFor(question) }
  } catch (error) {
    return { error: packError(error) }
  }
}

async function keysFor(question: SweepQuestion): Promise<readonly Uint8Array[]> {
  if (question.kind === 'next') return sweep === undefined ? [] : sweep.next()
  sweep ??= createStateSweep(await openLevelStore(question.databasePath, { logger: silentLogger }))
  await sweep.begin(question.kept)
  return []
}
