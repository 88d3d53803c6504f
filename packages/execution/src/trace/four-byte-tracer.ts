import { bytesToHex, type Hex } from '@busan/primitives'
import { isCreation } from './call-frames.ts'
import { DEAF_LISTENER, type Tracer } from './tracer.ts'

const SELECTOR_BYTES = 4

/** Counts the functions that are called, by selector and size of the arguments: geth's 4byteTracer. */
export function createFourByteTracer(): Tracer {
  const counts = new Map<string, number>()
  let isPrecompile: (address: Hex) => boolean = () => false
  return {
    listener: {
      ...DEAF_LISTENER,
      messageStarts: (message) => {
        const { input, to } = message
        if (input.length < SELECTOR_BYTES || isCreation(message) || isPrecompile(to)) return
        const selector = bytesToHex(input.subarray(0, SELECTOR_BYTES))
        const key = `${selector}-${input.length - SELECTOR_BYTES}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      },
    },
    start: (transaction) => {
      isPrecompile = transaction.isPrecompile
    },
    end: () => {},
    json: () => JSON.stringify(Object.fromEntries(counts)),
  }
}
