// The example contracts as Hardhat compiled them.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Abi, Hex } from 'viem'

/** The repository. */
export const ROOT = path.join(import.meta.dirname, '..', '..')

/** A program that npm linked. */
export const bin = (name: string): string => path.join(ROOT, 'node_modules', '.bin', name)

/** What a deployment needs of a contract. */
export interface Artifact {
  readonly abi: Abi
  readonly bytecode: Hex
}

/** Compiles what changed, with the compiler from npm. */
export async function buildContracts(): Promise<void> {
  await promisify(execFile)(bin('hardhat'), ['build', '--quiet'], { cwd: ROOT })
}

/**
 * Reads a contract; after {@link buildContracts}.
 * @param folder its folder in `contracts`
 */
export async function readArtifact(name: string, folder = 'examples'): Promise<Artifact> {
  const built = path.join(ROOT, 'artifacts', 'contracts', folder)
  const file = path.join(built, `${name}.sol`, `${name}.json`)
  return JSON.parse(await readFile(file, 'utf8'))
}

/** Reads a contract as OpenZeppelin compiled it. */
export async function readLibraryArtifact(name: string): Promise<Artifact> {
  const built = path.join(ROOT, 'node_modules/@openzeppelin/contracts/build/contracts')
  return JSON.parse(await readFile(path.join(built, `${name}.json`), 'utf8'))
}
