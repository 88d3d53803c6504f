import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const FOLDER = import.meta.dirname
/** What was installed last: the text of the lock file. */
const STAMP = path.join(FOLDER, 'node_modules', '.installed')

/**
 * Installs the tools of this folder when its lock file changed. They are apart from the repository's own packages, so
 * that starting a chain does not fetch them.
 */
export async function installTools(): Promise<void> {
  const lock = await readFile(path.join(FOLDER, 'package-lock.json'), 'utf8')
  const installed = await readFile(STAMP, 'utf8').catch(() => '')
  if (installed === lock) return
  await promisify(execFile)('npm', ['ci', '--loglevel=error'], { cwd: FOLDER })
  await writeFile(STAMP, lock)
}

/**
 * Loads a package of this folder; the caller says which part of it is used.
 * @throws when it is not installed; see {@link installTools}
 */
export async function loadTool<Exports>(name: string): Promise<Exports> {
  return import(name) as Promise<Exports>
}

/** The path of a program of this folder. */
export const toolBin = (name: string): string => path.join(FOLDER, 'node_modules', '.bin', name)
