/** Runs so many tasks at once; the others wait their turn. */
export interface Queue {
  run<Result>(task: () => Promise<Result>): Promise<Result>
}

/** @param size tasks at once, at least 1 */
export function createQueue(size: number): Queue {
  const waiting: (() => void)[] = []
  let running = 0
  const enter = async (): Promise<void> => {
    if (running < size) running++
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
  return {
    run: async (task) => {
      await enter()
      try {
        return await task()
      } finally {
        leave()
      }
    },
  }
}
