/** A rule that does not hold. The first one ends the run. */
export interface Violation {
  /** I1 to I8, S1 to S8, L1 to L4 of the reference, or a word. */
  readonly rule: string
  readonly message: string
  readonly atMs: number
}

/** Reports a violation; checkers go on afterwards. */
export type Fail = (rule: string, message: string) => void
