/** Time as a parameter, so that a simulation can own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number
  /** Runs `task` once, at the earliest after `delayMs` (0 or less: as soon as possible). */
  schedule(delayMs: number, task: () => void): Timer
}

/** A scheduled task. */
export interface Timer {
  /** Idempotent; after it the task does not run. */
  cancel(): void
}
