/** Typed events: listeners run synchronously, in the order they were added. */
export class Emitter<Events extends Record<string, unknown>> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>()

  /** @returns a function that removes the listener. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener as (event: never) => void)
    return () => listeners.delete(listener as (event: never) => void)
  }

  /** Calls every listener; a listener that throws does not keep the others from running. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const failures: unknown[] = []
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        ;(listener as (event: Events[Name]) => void)(event)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${String(name)} listener failed`)
  }
}
