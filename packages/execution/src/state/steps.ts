import type { Pacer } from '../vm/pacer.ts'

/** Takes all steps at once. */
export function resultOf<Result>(work: Generator<void, Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}

/** Takes the steps, and lets the event loop run between them when a pause is due. */
export async function pacedResultOf<Result>(
  work: Generator<void, Result>,
  pacer: Pick<Pacer, 'pause'>,
): Promise<Result> {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    const pause = pacer.pause()
    if (pause !== undefined) await pause
  }
}
