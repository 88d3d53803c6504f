/** Every code that this package throws. */
export type ValidatorErrorCode =
  /** A journal record is not one of ours: damaged beyond its checksum, or of another version. */
  | 'signing-journal-malformed'
  /** The journal holds messages of another validator's key. */
  | 'signing-journal-foreign'
  /** The signer's answer is not a signature of the address it stands for; logged, not passed on. */
  | 'wrong-signer'
  /** The signer did not answer in time; logged, and asked again later. */
  | 'signer-timeout'
