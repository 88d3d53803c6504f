// The thread of a PrecompileThread: answers each call with the outcome that the machine would have come to.
import { parentPort } from 'node:worker_threads'
import { createEVM, type EVM } from '@ethereumjs/evm'
import { loadKzg } from '../kzg.ts'
import type { Numbered } from '../threads/asked-thread.ts'
import { loadCurves } from './curves.ts'
import type { PrecompileAnswer, PrecompileQuestion } from './precompile-thread.ts'

const port = parentPort
if (port === null) throw new TypeError('this file is the entry of a worker thread')

const machines = new Map<string, Promise<EVM>>()
let kzg: ReturnType<typeof loadKzg> | undefined

/** Precompiled contracts read the fork's gas, and nothing of the chain. */
async function createMachine(hardfork: string): Promise<EVM> {
  const { common } = await createEVM()
  common.setHardfork(hardfork)
  kzg ??= loadKzg()
  common.customCrypto.kzg = kzg
  return createEVM({ common, ...(await loadCurves()) })
}

function machineOf(hardfork: string): Promise<EVM> {
  const machine = machines.get(hardfork) ?? createMachine(hardfork)
  machines.set(hardfork, machine)
  return machine
}

port.on('message', async (question: Numbered<PrecompileQuestion>) => {
  const { id, hardfork, address, data, gasLimit } = question
  const evm = await machineOf(hardfork)
  const precompile = evm.precompiles.get(address)
  if (precompile === undefined) throw new TypeError(`${hardfork} has nothing at ${address}`)
  const result = await precompile({ data, gasLimit, common: evm.common, _EVM: evm })
  const answer: Numbered<PrecompileAnswer> = {
    id,
    gasUsed: result.executionGasUsed,
    output: result.returnValue,
    exception: result.exceptionError?.error,
  }
  port.postMessage(answer)
})
