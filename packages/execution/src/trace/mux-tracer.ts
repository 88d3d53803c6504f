import type { ExecutionListener } from '../interpreter/ports.ts'
import type { Tracer } from './tracer.ts'

/** Several tracers at once, each under its name: geth's muxTracer. */
export function createMuxTracer(tracers: ReadonlyMap<string, Tracer>): Tracer {
  const all = [...tracers.values()]
  return {
    listener: joinListeners(all.map(({ listener }) => listener)),
    start: (transaction) => {
      for (const tracer of all) tracer.start(transaction)
    },
    end: (gasUsed) => {
      for (const tracer of all) tracer.end(gasUsed)
    },
    json: () => {
      const parts = Array.from(
        tracers,
        ([name, tracer]) => `${JSON.stringify(name)}:${tracer.json()}`,
      )
      return `{${parts.join(',')}}`
    },
  }
}

/** One listener for several. */
export function joinListeners(listeners: readonly ExecutionListener[]): ExecutionListener {
  const stepping = listeners.filter(({ wantsSteps }) => wantsSteps)
  return {
    wantsSteps: stepping.length > 0,
    messageStarts: (message) => {
      for (const listener of listeners) listener.messageStarts(message)
    },
    messageEnds: (end) => {
      for (const listener of listeners) listener.messageEnds(end)
    },
    logged: (log) => {
      for (const listener of listeners) listener.logged(log)
    },
    stepStarts: (step) => {
      for (const listener of stepping) listener.stepStarts(step)
    },
    stepEnds: (end) => {
      for (const listener of stepping) listener.stepEnds(end)
    },
  }
}
