// Packages that starting a chain does not need: each set in a folder of its own, with its own lock file.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/**
 * Installs the packages of a folder when its lock file changed since the last time.
 * @param folder with `package.json` and `package-lock.json`
 * @throws when npm cannot have them
 */
export async function installApart(folder: string): Promise<void> {
  const stamp = path.join(folder, 'node_modules', '.installed')
  const lock = await readFile(path.join(folder, 'package-lock.json'), 'utf8')
  const installed = await readFile(stamp, 'utf8').catch(() => '')
  if (installed === lock) return
  await promisify(execFile)('npm', ['ci', '--loglevel=error'], { cwd: folder })
  await writeFile(stamp, lock)
}
