import { readFile } from 'node:fs/promises'
import { CodedError, errorMessage } from '@busan/primitives'

/** Reads text that the user named. @throws CodedError `file-unreadable` */
export async function readTextFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new CodedError(
      'file-unreadable',
      `cannot read the ${what} ${path}: ${errorMessage(cause)}`,
      { cause },
    )
  }
}

/** Reads JSON that the user named. @throws CodedError `file-unreadable` */
export async function readJsonFile(path: string, what: string): Promise<unknown> {
  const text = await readTextFile(path, what)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CodedError(
      'file-unreadable',
      `the ${what} ${path} is not JSON: ${errorMessage(cause)}`,
      { cause },
    )
  }
}
