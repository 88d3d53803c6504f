import { EVMError, type ExecResult } from '@ethereumjs/evm'
import { createAskedThread } from '../threads/asked-thread.ts'
import type { LongCallRule } from './long-calls.ts'

/** A call of a precompiled contract, as it crosses. */
export interface PrecompileQuestion {
  /** ethereumjs's name of it. */
  readonly hardfork: string
  /** Without prefix. */
  readonly address: string
  readonly data: Uint8Array
  readonly gasLimit: bigint
}

/** How it ended, as it crosses. */
export interface PrecompileAnswer {
  readonly gasUsed: bigint
  readonly output: Uint8Array
  /** ethereumjs's text of an exception; undefined: none. */
  readonly exception: string | undefined
}

/** Runs long calls of precompiled contracts on a thread of its own, beside the one that keeps consensus. */
export interface PrecompileThread {
  run(question: PrecompileQuestion): Promise<ExecResult>
  close(): Promise<void>
}

/** Starts the thread. @param onFailure called once when it is lost; from then on calls run where they are made */
export function createPrecompileThread(
  onFailure: (error: unknown) => void = () => {},
): PrecompileThread {
  const entry = new URL('./precompile-worker.ts', import.meta.url)
  const thread = createAskedThread<PrecompileQuestion, PrecompileAnswer>(entry, onFailure)
  return {
    run: async (question) => {
      const { gasUsed, output, exception } = await thread.ask(question)
      const result = { executionGasUsed: gasUsed, returnValue: output }
      return exception === undefined
        ? result
        : { ...result, exceptionError: new EVMError(exception as EVMError['error']) }
    },
    close: thread.close,
  }
}

/** Long calls run on the thread. */
export function onThread(thread: PrecompileThread): LongCallRule {
  return (input, address, here) => {
    const { common, data, gasLimit } = input
    // With a part of a memory, all of it would cross.
    const question = { hardfork: common.hardfork(), address, data: data.slice(), gasLimit }
    // The outcome is the same wherever it is computed.
    return thread.run(question).catch(() => here(input))
  }
}
