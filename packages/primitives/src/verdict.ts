/**
 * A judgement on foreign data. "Could not check" is neither: that is a thrown error.
 * `reason` is a bounded literal union of the package that judges; `message` says it to a person.
 */
export type Verdict<Value, Reason extends string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason; readonly message: string }

/** Accepts. */
export function accept<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

/** Refuses. */
export function refuse<Reason extends string>(
  reason: Reason,
  message: string,
): { readonly ok: false; readonly reason: Reason; readonly message: string } {
  return { ok: false, reason, message }
}
