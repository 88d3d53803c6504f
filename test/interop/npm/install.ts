import path from 'node:path'
import { installApart } from '../../../scripts/install-apart.ts'

const FOLDER = import.meta.dirname

/** Installs the tools of this folder. */
export const installTools = (): Promise<void> => installApart(FOLDER)

/**
 * Loads a package of this folder; the caller says which part of it is used.
 * @throws when it is not installed; see {@link installTools}
 */
export async function loadTool<Exports>(name: string): Promise<Exports> {
  return import(name) as Promise<Exports>
}

/** The path of a program of this folder. */
export const toolBin = (name: string): string => path.join(FOLDER, 'node_modules', '.bin', name)
