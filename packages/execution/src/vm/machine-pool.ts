import type { ForkRules, Machine } from './machine.ts'

/** Machines in use and at rest, at most so many for each fork; who comes when all are busy waits in line. */
export interface MachinePool {
  run<Result>(rules: ForkRules, task: (machine: Machine) => Promise<Result>): Promise<Result>
}

interface ForkPool {
  readonly resting: Machine[]
  readonly waiting: ((machine: Machine) => void)[]
  count: number
}

/** @param options.size machines of each fork, at least 1 */
export function createMachinePool(options: {
  readonly size: number
  readonly create: (rules: ForkRules) => Promise<Machine>
}): MachinePool {
  const forks = new Map<ForkRules, ForkPool>()
  const forkOf = (rules: ForkRules): ForkPool => {
    const fork = forks.get(rules) ?? { resting: [], waiting: [], count: 0 }
    forks.set(rules, fork)
    return fork
  }
  const acquire = async (rules: ForkRules, fork: ForkPool): Promise<Machine> => {
    const resting = fork.resting.pop()
    if (resting !== undefined) return resting
    if (fork.count >= options.size) return new Promise((resolve) => fork.waiting.push(resolve))
    fork.count++
    return options.create(rules).catch((error: unknown) => {
      fork.count--
      throw error
    })
  }
  const release = (fork: ForkPool, machine: Machine): void => {
    const next = fork.waiting.shift()
    if (next === undefined) fork.resting.push(machine)
    else next(machine)
  }
  return {
    run: async (rules, task) => {
      const fork = forkOf(rules)
      const machine = await acquire(rules, fork)
      try {
        return await task(machine)
      } finally {
        // A trace that was cut short would be held by its machine until the next.
        machine.listen(undefined)
        release(fork, machine)
      }
    },
  }
}
