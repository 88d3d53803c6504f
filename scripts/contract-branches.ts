// Makes the outcomes of conditions visible to Hardhat's coverage, which counts statements and lines alone. Each
// condition without && or || in it, C, becomes probeN(C), and the file gets
//   function probeN(bool c) pure returns (bool) { if (c) return true; return false; }
// at its end, so that lines keep their numbers and each outcome is a line of its own.
import type { AstNode } from './contract-build.ts'

/** A condition of a source: where it starts, and the lines that stand for its outcomes in the probed source. */
export interface Branch {
  readonly line: number
  readonly condition: string
  readonly outcomeLines: { readonly true: number; readonly false: number }
}

/** A source whose conditions are probed. Lines beyond `sourceLines` are the probes. */
export interface ProbedSource {
  readonly text: string
  readonly sourceLines: number
  readonly branches: readonly Branch[]
}

interface Range {
  readonly start: number
  readonly end: number
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Expression = { readonly [key: string]: Json } & { readonly nodeType: string; src: string }

const PROBE_LINES = 6

/**
 * Probes the conditions of `if`, `require` and `?:`, and both sides of `&&` and `||`.
 * @param ast of the source, by the compiler; its places are bytes
 */
export function probeConditions(source: string, ast: AstNode): ProbedSource {
  const bytes = Buffer.from(source)
  const sourceLines = source.split('\n').length
  const ranges = conditionsOf(ast)
  const branches = ranges.map(({ start, end }, index) => {
    const first = sourceLines + 1 + index * PROBE_LINES
    return {
      line: bytes.subarray(0, start).toString().split('\n').length,
      condition: bytes.subarray(start, end).toString().replaceAll(/\s+/g, ' '),
      outcomeLines: { true: first + 2, false: first + 4 },
    }
  })
  const probes = ranges.map((_, index) => probeText(index))
  return { text: [inserted(bytes, ranges), ...probes].join('\n'), sourceLines, branches }
}

function probeText(index: number): string {
  return `function probe${index}(bool c) pure returns (bool) {
    if (c) {
        return true;
    }
    return false;
}`
}

/** Outer conditions come before those within them. */
function inserted(bytes: Buffer, ranges: readonly Range[]): string {
  const starts = new Map<number, string>()
  const ends = new Map<number, string>()
  for (const [index, { start, end }] of ranges.entries()) {
    starts.set(start, `${starts.get(start) ?? ''}probe${index}(`)
    ends.set(end, `${ends.get(end) ?? ''})`)
  }
  const places = [...new Set([0, ...starts.keys(), ...ends.keys(), bytes.length])]
  const sorted = places.toSorted((a, b) => a - b)
  return sorted
    .map((place, index) => {
      const text = bytes.subarray(place, sorted[index + 1] ?? bytes.length).toString()
      return `${ends.get(place) ?? ''}${starts.get(place) ?? ''}${text}`
    })
    .join('')
}

function conditionsOf(ast: AstNode): Range[] {
  const found = new Map<string, Range>()
  const visit = (value: Json): void => {
    if (Array.isArray(value)) for (const one of value) visit(one)
    else if (typeof value === 'object' && value !== null) {
      for (const condition of testedBy(value as Expression)) {
        const [start = 0, length = 0] = condition.src.split(':').map(Number)
        found.set(condition.src, { start, end: start + length })
      }
      for (const one of Object.values(value)) visit(one)
    }
  }
  visit(ast as unknown as Json)
  return [...found.values()].toSorted((a, b) => a.start - b.start || b.end - a.end)
}

/** Conditions that decide at a node, down to those without && and ||. */
function testedBy(node: Expression): Expression[] {
  switch (node.nodeType) {
    case 'IfStatement':
    case 'Conditional':
      return simple(node.condition as Expression)
    case 'BinaryOperation':
      return /^(&&|\|\|)$/.test(String(node.operator)) ? simple(node) : []
    case 'FunctionCall': {
      const { name } = node.expression as { name?: string }
      return name === 'require' ? simple((node.arguments as Expression[])[0] as Expression) : []
    }
    default:
      return []
  }
}

function simple(condition: Expression): Expression[] {
  const { nodeType, operator, components } = condition
  if (nodeType === 'TupleExpression') return simple((components as Expression[])[0] as Expression)
  if (nodeType === 'UnaryOperation' && operator === '!') {
    return simple(condition.subExpression as Expression)
  }
  if (nodeType === 'BinaryOperation' && (operator === '&&' || operator === '||')) {
    const { leftExpression, rightExpression } = condition
    return [...simple(leftExpression as Expression), ...simple(rightExpression as Expression)]
  }
  return [condition]
}
