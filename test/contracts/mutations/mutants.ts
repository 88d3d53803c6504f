import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { BREAKS } from './breaks.ts'

/** A contract with one thing wrong. */
export interface Mutant {
  /** What is wrong, in words. */
  readonly what: string
  readonly file: string
  /** The whole file with it. */
  readonly text: string
}

/** The deliberate breaks of a family; throws when the text of one is not there once. */
export function breaksOf(folder: string, root: string): Mutant[] {
  return (BREAKS[folder] ?? []).map(({ what, file, text, becomes }) => {
    const original = readFileSync(path.join(root, file), 'utf8')
    if (original.split(text).length !== 2) throw new Error(`${file} must hold this once: ${text}`)
    return { what, file, text: original.replace(text, () => becomes) }
  })
}

/** Each guard of a family's contracts left out in turn: `require` statements and `restricted` modifiers. */
export function guardsOf(folder: string, root: string): Mutant[] {
  return globSync(`contracts/${folder}/*.sol`, { cwd: root })
    .sort()
    .flatMap((file) => withoutGuards(file, readFileSync(path.join(root, file), 'utf8')))
}

function withoutGuards(file: string, source: string): Mutant[] {
  const guards = /\brequire\(|\brestricted\b(?=[^;{}]*\{)/g
  return [...source.matchAll(guards)].map(({ 0: found, index }) => {
    const isModifier = found === 'restricted'
    const end = isModifier ? index + found.length : source.indexOf(');', index) + 2
    const line = source.slice(0, index).split('\n').length
    const guard = source.slice(index, end).replace(/\s+/g, ' ')
    return {
      what: `${path.basename(file)}:${line} without ${guard}`,
      file,
      // A block, as a require may be all that a loop or a condition has.
      text: source.slice(0, index) + (isModifier ? '' : '{}') + source.slice(end),
    }
  })
}
