import type { CallCollectorOptions } from './call-frames.ts'
import { createCallTracer } from './call-tracer.ts'
import { createFlatCallTracer, type FlatCallOptions } from './flat-call-tracer.ts'
import { createFourByteTracer } from './four-byte-tracer.ts'
import { createMuxTracer } from './mux-tracer.ts'
import { createParityListTracer, createParityTracer, type ParityOptions } from './parity-tracer.ts'
import { createPrestateTracer, type PrestateOptions } from './prestate-tracer.ts'
import { createStructLogger, type StructLoggerOptions } from './struct-logger.ts'
import { DEAF_LISTENER, type SizeBudget, type Tracer } from './tracer.ts'

/** Which tracer, with its options; plain data. */
export type TracerSpec =
  | { readonly name: 'structLogger'; readonly options: StructLoggerOptions }
  | { readonly name: 'callTracer'; readonly options: CallCollectorOptions }
  | { readonly name: 'flatCallTracer'; readonly options: FlatCallOptions }
  | { readonly name: 'prestateTracer'; readonly options: PrestateOptions }
  | { readonly name: 'parityTracer'; readonly options: ParityOptions }
  | { readonly name: 'parityListTracer' }
  | { readonly name: '4byteTracer' | 'noopTracer' }
  | { readonly name: 'muxTracer'; readonly tracers: readonly TracerSpec[] }

/** Makes the tracer of one transaction. */
export function createTracer(spec: TracerSpec, budget: SizeBudget): Tracer {
  switch (spec.name) {
    case 'structLogger':
      return createStructLogger(spec.options, budget)
    case 'callTracer':
      return createCallTracer(spec.options, budget)
    case 'flatCallTracer':
      return createFlatCallTracer(spec.options, budget)
    case 'prestateTracer':
      return createPrestateTracer(spec.options, budget)
    case 'parityTracer':
      return createParityTracer(spec.options, budget)
    case 'parityListTracer':
      return createParityListTracer(budget)
    case '4byteTracer':
      return createFourByteTracer()
    case 'noopTracer':
      return { listener: DEAF_LISTENER, start: () => {}, end: () => {}, json: () => '{}' }
    case 'muxTracer':
      return createMuxTracer(
        new Map(spec.tracers.map((inner) => [inner.name, createTracer(inner, budget)])),
      )
  }
}
