// docs/reference/contracts: a page for each contract of the city, from what its source says of itself (NatSpec).
// `node scripts/contract-abis.ts` writes the pages; test/interop/contract-files.test.ts fails when they differ.
import {
  type AbiEvent,
  type AbiFunction,
  type AbiParameter,
  toEventSelector,
  toFunctionSelector,
  toFunctionSignature,
} from 'viem'
import type { AbiEntry, AstNode, Compiled, NatSpec, StorageItem } from './contract-build.ts'

/** Where the pages lie. */
export const PAGES_FOLDER = 'docs/reference/contracts'

/** The pages by name of file. Abstract contracts and interfaces are described where something deployable derives from them. */
export function contractPages(compiled: readonly Compiled[]): Map<string, string> {
  const all = compiled.map((one) => withInterfaceNotice(one, compiled))
  const pages = new Map<string, string>()
  for (const one of all.filter((each) => hasPage(each, all))) {
    pages.set(`${one.contractName}.md`, contractPage(one))
  }
  pages.set('README.md', indexPage(all))
  return pages
}

/** "See IStatusList." is enough in the source, where the interface is a click away. */
function withInterfaceNotice(one: Compiled, all: readonly Compiled[]): Compiled {
  const described = all.find(({ contractName }) => contractName === `I${one.contractName}`)
  const isReferred = described !== undefined && one.userdoc.notice?.includes('See I') === true
  if (!isReferred) return one
  const notice = one.userdoc.notice?.replace(
    `See ${described.contractName}.`,
    described.userdoc.notice ?? '',
  )
  const details = [described.devdoc.details, one.devdoc.details].filter((text) => text).join('\n\n')
  return {
    ...one,
    userdoc: { ...one.userdoc, ...(notice && { notice }) },
    devdoc: { ...one.devdoc, ...(details && { details }) },
  }
}

function hasPage(one: Compiled, all: readonly Compiled[]): boolean {
  if (one.isDeployable) return true
  return one.abi.length > 0 && derivedFrom(one, all).length === 0
}

function derivedFrom(base: Compiled, all: readonly Compiled[]): Compiled[] {
  return all.filter(
    (one) =>
      one.isDeployable &&
      one.contractName !== base.contractName &&
      one.bases.some(({ name }) => name === base.contractName),
  )
}

function indexPage(all: readonly Compiled[]): string {
  const families = [...new Set(all.map(({ family }) => family))].sort()
  const sections = families.map((family) => {
    const rows = all
      .filter((one) => one.family === family)
      .map((one) => `| ${indexName(one, all)} | ${kindOf(one)} | ${inCell(noticeOf(one))} |`)
    return `## ${family}\n\n| name | kind | what it is |\n|---|---|---|\n${rows.join('\n')}`
  })
  return `# Contracts

Generated from the NatSpec of \`contracts/\` by \`node scripts/contract-abis.ts\`. A page lists the functions with their selectors
and modifiers (\`restricted\`: the authority decides, see [governance](../../guides/governance.md)), events, errors, types, and where
each variable is stored. Errors without text are OpenZeppelin's; their names say what they mean. Who does what with which call: [city services](../../guides/city-services.md).

${sections.join('\n\n')}
`
}

function indexName(one: Compiled, all: readonly Compiled[]): string {
  if (hasPage(one, all)) return `[${one.contractName}](${one.contractName}.md)`
  const heirs = derivedFrom(one, all).map(
    ({ contractName }) => `[${contractName}](${contractName}.md)`,
  )
  const where = heirs.length > 0 ? `, in ${heirs.join(', ')}` : ''
  return `[${one.contractName}](../../../${one.sourceName})${where}`
}

function kindOf({ ast }: Compiled): string {
  return ast.abstract === true ? 'abstract contract' : (ast.contractKind as string)
}

function noticeOf({ userdoc, devdoc }: Compiled): string {
  return oneLine(userdoc.notice ?? devdoc.details ?? '')
}

function contractPage(one: Compiled): string {
  const bases = one.bases.slice(1).map(({ name }) => name)
  const linked = Object.values(one.deployedLinkReferences).flatMap((names) => Object.keys(names))
  const parts = [
    `# ${one.contractName}`,
    `${kindOf(one)} in [${one.sourceName}](../../../${one.sourceName})`,
    ...paragraphs(one.userdoc.notice),
    ...paragraphs(one.devdoc.details),
    ...(bases.length > 0 ? [`Derives from: ${bases.join(', ')}.`] : []),
    ...linked.map((name) => `Linked to: [${name}](${name}.md).`),
    ...section('Creation', creationOf(one)),
    ...functionSections(one),
    ...section('Events', eventsOf(one)),
    ...section('Errors', errorsOf(one)),
    ...section('Types', typesOf(one)),
    ...section('Storage', storageOf(one)),
  ]
  return `${parts.join('\n\n')}\n`
}

function section(title: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [`## ${title}`, ...texts]
}

function creationOf(one: Compiled): string[] {
  const entry = one.abi.find(({ type }) => type === 'constructor')
  if (entry === undefined) return []
  const signature = `constructor(${parametersOf(entry.inputs)})`
  return [code(signature), ...describe(inOrder(docOf(one, 'constructor'), entry))]
}

function functionSections(one: Compiled): string[] {
  // Functions of libraries that take storage are in no ABI.
  if (one.ast.contractKind === 'library') {
    const signatures = Object.keys(one.devdoc.methods ?? {})
    const texts = signatures.map((each) => [code(each), ...describe(docOf(one, each))].join('\n\n'))
    return section('Functions for the contracts linked to it', texts)
  }
  const functions = one.abi.filter(({ type }) => type === 'function')
  const isView = ({ stateMutability }: AbiEntry) => /^(view|pure)$/.test(stateMutability ?? '')
  return [
    ...section(
      'Functions that change state',
      functions.filter((each) => !isView(each)).map((each) => functionText(one, each)),
    ),
    ...section(
      'Functions that read',
      functions.filter(isView).map((each) => functionText(one, each)),
    ),
  ]
}

function functionText(one: Compiled, entry: AbiEntry): string {
  const selector = toFunctionSelector(entry as AbiFunction)
  const { node, declaredIn } = declarationOf(one, selector)
  const words: string[] = [
    entry.stateMutability ?? '',
    ...(node?.modifiers ?? []).map(({ modifierName }) => modifierName.name),
    entry.outputs?.length ? `returns (${parametersOf(entry.outputs)})` : '',
  ].filter((word) => word !== '' && word !== 'nonpayable')
  const origin = declaredIn === one.contractName ? '' : `, in ${declaredIn}`
  return [
    `### ${entry.name}`,
    code(`${entry.name}(${parametersOf(entry.inputs)}) ${words.join(' ')}`.trim()),
    `\`${selector}\`${origin}`,
    ...describe(inOrder(docOf(one, toFunctionSignature(entry as AbiFunction)), entry)),
  ].join('\n\n')
}

/** solc sorts parameters by name. */
function inOrder(doc: NatSpec, { inputs = [] }: AbiEntry): NatSpec {
  const places = inputs.map(({ name }) => name)
  const params = Object.entries(doc.params ?? {}).toSorted(
    ([a], [b]) => places.indexOf(a) - places.indexOf(b),
  )
  return { ...doc, params: Object.fromEntries(params) }
}

/** The most derived declaration with a selector. */
function declarationOf(one: Compiled, selector: string): { node?: AstNode; declaredIn: string } {
  for (const base of one.bases) {
    const node = base.nodes?.find(({ functionSelector }) => `0x${functionSelector}` === selector)
    if (node !== undefined) return { node, declaredIn: base.name as string }
  }
  return { declaredIn: one.contractName }
}

function docOf({ userdoc, devdoc }: Compiled, signature: string): NatSpec {
  return { ...devdoc.methods?.[signature], ...userdoc.methods?.[signature] }
}

function eventsOf(one: Compiled): string[] {
  const events = one.abi.filter(({ type }) => type === 'event')
  return events.map((entry) => {
    const signature = toFunctionSignature(entry as AbiFunction)
    return [
      `### ${entry.name}`,
      code(`${entry.name}(${parametersOf(entry.inputs)})`),
      `\`${toEventSelector(entry as AbiEvent)}\``,
      ...describe(
        inOrder({ ...one.devdoc.events?.[signature], ...one.userdoc.events?.[signature] }, entry),
      ),
    ].join('\n\n')
  })
}

function errorsOf(one: Compiled): string[] {
  const rows = one.abi
    .filter(({ type }) => type === 'error')
    .map((entry) => {
      const signature = toFunctionSignature(entry as AbiFunction)
      const doc = {
        ...one.devdoc.errors?.[signature]?.[0],
        ...one.userdoc.errors?.[signature]?.[0],
      }
      const named = Object.entries(doc.params ?? {}).map(([name, text]) => `\`${name}\`: ${text}`)
      const texts = [...paragraphs(doc.notice ?? doc.details), named.join('; ')]
      const written = `${entry.name}(${parametersOf(entry.inputs)})`
      const selector = toFunctionSelector(entry as AbiFunction)
      return `| \`${written}\` | \`${selector}\` | ${inCell(texts.join(' '))} |`
    })
  return rows.length === 0 ? [] : [`| error | selector | when |\n|---|---|---|\n${rows.join('\n')}`]
}

/** Structs and enums that the ABI speaks of. */
function typesOf(one: Compiled): string[] {
  const names = new Set<string>()
  const visit = (parameter: AbiParameter): void => {
    const [, name] = /^(?:struct|enum) ([\w.]+)/.exec(parameter.internalType ?? '') ?? []
    if (name !== undefined) names.add(name)
    if ('components' in parameter) parameter.components.forEach(visit)
  }
  for (const { inputs = [], outputs = [] } of one.abi) [...inputs, ...outputs].forEach(visit)
  return [...names].sort().map((name) => typeText(name, one.typeNamed(name)))
}

function typeText(name: string, node: AstNode | undefined): string {
  if (node === undefined) throw new Error(`no type is named ${name}; build the contracts again`)
  const doc = parseNatSpec(node.documentation)
  const rows = (node.members ?? []).map((member, index) => {
    const type = member.typeDescriptions?.typeString
    const text = doc.params?.[member.name as string] ?? documented(member)
    return type === undefined
      ? `| ${index} | \`${member.name}\` | ${inCell(text)} |`
      : `| \`${shortType(type)}\` | \`${member.name}\` | ${inCell(text)} |`
  })
  const first = node.nodeType === 'EnumDefinition' ? 'value' : 'type'
  const table = `| ${first} | name | meaning |\n|---|---|---|\n${rows.join('\n')}`
  return [`### ${name}`, ...paragraphs(doc.notice ?? doc.details), table].join('\n\n')
}

function documented(node: AstNode): string {
  const { notice = '', details = '' } = parseNatSpec(node.documentation)
  return notice || details
}

/** solc gives the documentation of types as it was written. */
function parseNatSpec(documentation: AstNode['documentation']): NatSpec {
  const text = typeof documentation === 'string' ? documentation : (documentation?.text ?? '')
  const params: Record<string, string> = {}
  let notice = ''
  let details = ''
  for (const part of text.split(/(?:^|\s)(?=@(?:notice|dev|param)\b)/)) {
    const tagged = /^@(\w+)\s+([\s\S]*)$/.exec(part.trim())
    const [tag, rest] = tagged === null ? ['notice', part.trim()] : [tagged[1], tagged[2] as string]
    const [, name = '', meaning = ''] = /^(\w+)\s+([\s\S]*)$/.exec(rest) ?? []
    if (tag === 'param') params[name] = meaning
    else if (tag === 'dev') details = rest
    else if (rest !== '') notice = rest
  }
  return { params, ...(notice && { notice }), ...(details && { details }) }
}

function storageOf({ storageLayout: { storage, types } }: Compiled): string[] {
  if (storage.length === 0) return []
  const structs = Object.values(types ?? {}).filter(({ members }) => members !== undefined)
  const table = (items: readonly StorageItem[]): string => {
    const rows = items.map(({ label, slot, offset, type }) => {
      const { label: name = type, numberOfBytes = '' } = types?.[type] ?? {}
      return `| ${slot} | ${offset} | ${numberOfBytes} | \`${label}\` | \`${shortType(name)}\` |`
    })
    return `| slot | offset | bytes | name | type |\n|---:|---:|---:|---|---|\n${rows.join('\n')}`
  }
  return [
    table(storage),
    ...structs.map(({ label, members = [] }) => `\`${shortType(label)}\`:\n\n${table(members)}`),
  ]
}

function parametersOf(parameters: readonly AbiParameter[] = []): string {
  return parameters
    .map((one) => {
      const isIndexed = 'indexed' in one && one.indexed === true
      const type = shortType(one.internalType ?? one.type)
      return [type, isIndexed ? 'indexed' : '', one.name ?? '']
        .filter((word) => word !== '')
        .join(' ')
    })
    .join(', ')
}

function shortType(type: string): string {
  return type.replaceAll(/\b(?:struct|enum|contract) /g, '')
}

function code(text: string): string {
  return `\`\`\`solidity\n${text}\n\`\`\``
}

function describe({ notice, details, params = {}, returns = {} }: NatSpec): string[] {
  const items = [
    ...Object.entries(params).map(([name, text]) => `- \`${name}\`: ${oneLine(text)}`),
    ...Object.entries(returns).map(([name, text]) =>
      // solc names what has no name by its place.
      /^_\d+$/.test(name)
        ? `- returns ${oneLine(text)}`
        : `- returns \`${name}\`: ${oneLine(text)}`,
    ),
  ]
  return [
    ...paragraphs(notice),
    ...paragraphs(details),
    ...(items.length > 0 ? [items.join('\n')] : []),
  ]
}

function paragraphs(text = ''): string[] {
  return text
    .split(/\n\s*\n/)
    .map(oneLine)
    .filter((paragraph) => paragraph !== '')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function inCell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|')
}
