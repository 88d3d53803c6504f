// The pages under docs/reference that are generated from the code. `node scripts/reference-pages.ts` writes them;
// test/reference-pages.test.ts fails when one differs from what the code says.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NODE_OPTIONS, type NodeOption } from '@busan/node'
import { describeMethods, type JsonSchema, METHODS } from '@busan/rpc'

/** A generated page: where it lies, and its text. */
export interface ReferencePage {
  readonly file: string
  text(): string
}

/** Every generated page. */
export const REFERENCE_PAGES: readonly ReferencePage[] = [
  { file: 'docs/reference/config.md', text: configPage },
  { file: 'docs/reference/rpc.md', text: rpcPage },
]

function configPage(): string {
  const options = Object.entries(NODE_OPTIONS) as [string, NodeOption][]
  const groups = [...new Set(options.map(([, option]) => option.group))]
  const sections = groups.map((group) => {
    const rows = options
      .filter(([, option]) => option.group === group)
      .map(([name, option]) => `| \`--${name}\` | ${defaultOf(option)} | ${option.description} |`)
    return `## ${group}\n\n| setting | default | meaning |\n|---|---|---|\n${rows.join('\n')}`
  })
  return `# Settings of a node

Generated from \`packages/node/src/options.ts\`. Each setting may stand on the command line (\`--name value\`), in the environment
(\`BUSAN_NAME\`, dashes as underscores) or in the file of \`--config\` (TOML, or JSON when its name ends so; the key is the name
without dashes in front; paths are relative to the file). The command line wins over the environment, the environment over the
file. An unknown name is an error that names the nearest known one.

${sections.join('\n\n')}
`
}

function defaultOf(option: NodeOption): string {
  const parsed = option.schema.safeParse(undefined)
  if (!parsed.success) return 'required'
  if (parsed.data === undefined) return 'none'
  const text = String(parsed.data)
  return text === '' ? 'none' : `\`${text}\``
}

function rpcPage(): string {
  const { methods } = describeMethods(METHODS, '')
  const namespaces = [...new Set(methods.map(({ name }) => name.split('_')[0] as string))].sort()
  const operators = new Set(
    METHODS.filter((one) => one.access === 'operator').map(({ name }) => name),
  )
  const sections = namespaces.map((namespace) => {
    const rows = methods
      .filter(({ name }) => name.startsWith(`${namespace}_`))
      .map(({ name, params, result, summary }) => {
        const args = params.map((one) => `${one.name}${one.required ? '' : '?'}`).join(', ')
        const note = operators.has(name) ? ' For operators.' : ''
        return `| \`${name}(${args})\` | ${inCell(typeOf(result.schema))} | ${inCell(summary)}${note} |`
      })
    return `## ${namespace}\n\n| method | result | what it answers |\n|---|---|---|\n${rows.join('\n')}`
  })
  return `# JSON-RPC methods

Generated from the definitions in \`packages/rpc/src/methods.ts\`, as is the OpenRPC document that \`rpc_discover\` answers: it has the JSON
schemas of the parameters and of the results named here, and the errors. Shapes, error codes and texts are geth's; \`qbft_\` has Besu's
shapes. Errors travel on HTTP 200. \`finalized\` and \`safe\` are \`latest\`: every block is final. Methods for operators need a loopback
listener or the Unix socket.

${sections.join('\n\n')}
`
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** A schema in a few characters. */
function typeOf(schema: JsonSchema): string {
  const { $ref, anyOf, oneOf, type, items, properties, additionalProperties } = schema
  if ('const' in schema) return JSON.stringify(schema.const)
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1)
  if (Array.isArray(anyOf ?? oneOf)) {
    return ((anyOf ?? oneOf) as JsonSchema[]).map(typeOf).join(' | ')
  }
  if (type === 'array') return `list of ${typeOf((items ?? {}) as JsonSchema)}`
  if (typeof properties === 'object' && properties !== null) {
    return `{ ${Object.keys(properties).join(', ')} }`
  }
  if (typeof additionalProperties === 'object') return 'object'
  return typeof type === 'string' ? type : 'none'
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, text } of REFERENCE_PAGES) writeFileSync(file, text())
}
