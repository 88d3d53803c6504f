import { CodedError } from '@busan/primitives'

/** sysexits.h codes, so that supervisors can tell a wrong setting from a broken machine. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  'invalid-config': 78,
  'invalid-genesis': 65,
  'genesis-mismatch': 78,
  'data-folder-in-use': 69,
  'data-folder-corrupt': 74,
  'evm-divergence': 70,
  'database-too-new': 78,
  'not-a-journal': 65,
  'journal-damaged': 74,
  'signing-journal-malformed': 74,
  'signing-journal-foreign': 78,
  'listen-failed': 69,
  'file-exists': 73,
  'wrong-password': 77,
  'password-missing': 78,
  'key-file-exposed': 77,
  'key-file-unreadable': 66,
  'invalid-key-file': 65,
  'file-unreadable': 66,
  unhealthy: 1,
  'invalid-argument': 64,
  'node-unreachable': 69,
  'node-refused': 1,
}

/** Prints one message a person can act on, and sets the exit code. The stack only with BUSAN_LOGGING=debug. */
export function reportFailure(error: unknown): void {
  if (error instanceof CodedError) {
    console.error(`busan: ${error.message} [${error.code}]`)
    if (process.env.BUSAN_LOGGING === 'debug') console.error(error)
    process.exitCode = EXIT_CODES[error.code] ?? 1
  } else {
    console.error('busan: a bug or a broken machine; please report this:', error)
    process.exitCode = 70
  }
}
