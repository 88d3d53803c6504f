/** What goes to a recovery thread and comes back: fixed-size records, one after another. */
export interface RecoveryRecords {
  /** There: digest and signature r‖s‖v of each. Back: 1 and the signer, or zeros for nobody. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Of what was signed: a hash. */
export const DIGEST_SIZE_BYTES = 32

/** Digest, and signature r‖s‖v. */
export const SIGNED_SIZE_BYTES = DIGEST_SIZE_BYTES + 65

/** The signer's last bytes in an answer. */
export const ADDRESS_SIZE_BYTES = 20

/** A byte that says whether somebody signed, and who. */
export const ANSWER_SIZE_BYTES = 1 + ADDRESS_SIZE_BYTES
