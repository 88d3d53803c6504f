import { CodedError, errorMessage } from '@busan/primitives'
import type { StorageErrorCode } from '../errors.ts'

/** Decodes what this program wrote. @throws CodedError `data-folder-corrupt` when that fails. */
export function decodeStored<Value>(what: string, decode: () => Value): Value {
  try {
    return decode()
  } catch (cause) {
    throw new CodedError<StorageErrorCode>(
      'data-folder-corrupt',
      `the stored ${what} cannot be read: ${errorMessage(cause)}; ` +
        'restore the data folder from a snapshot, or delete it and let the node sync again',
      { details: { what }, cause },
    )
  }
}
