import { z } from 'zod'
import { COMMON_ERRORS } from './error-lists.ts'
import { RPC_CODES, type RpcReason } from './errors.ts'
import type { Method } from './method.ts'

/** JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** A parameter or a result. */
export interface ContentDescriptor {
  readonly name: string
  readonly required?: boolean
  readonly schema: JsonSchema
}

/** One method as OpenRPC describes it. */
export interface MethodDescription {
  readonly name: string
  readonly summary: string
  readonly paramStructure: 'by-position'
  readonly params: readonly ContentDescriptor[]
  readonly result: ContentDescriptor
  readonly errors: readonly { readonly code: number; readonly message: string }[]
}

/** https://spec.open-rpc.org */
export interface OpenRpcDocument {
  readonly openrpc: string
  readonly info: { readonly title: string; readonly description: string; readonly version: string }
  readonly methods: readonly MethodDescription[]
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

/** What the methods' definitions say, as a machine reads it. */
export function describeMethods(methods: readonly Method[], version: string): OpenRpcDocument {
  const described = methods.map(descriptionOf)
  const schemas = Object.assign({}, ...described.map(({ definitions }) => definitions))
  return {
    openrpc: '1.3.2',
    info: {
      title: 'Busan Chain JSON-RPC',
      description:
        'The methods that this listener serves to whoever asks. Any of them may also fail with a common error: ' +
        COMMON_ERRORS.map((reason) => `${RPC_CODES[reason]} ${wordsOf(reason)}`).join(', '),
      version,
    },
    methods: described
      .map(({ method }) => method)
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).toSorted()) as Record<string, JsonSchema>,
    },
  }
}

interface Described {
  readonly method: MethodDescription
  readonly definitions: Readonly<Record<string, JsonSchema>>
}

/** Definitions never change. */
const kept = new WeakMap<Method, Described>()

function descriptionOf(method: Method): Described {
  const known = kept.get(method)
  if (known !== undefined) return known
  const { name, summary, params, names, result, errors } = method
  const answer = jsonSchemaOf(result, 'output')
  const inputs = params.def.items.map((item) => jsonSchemaOf(item as z.ZodType, 'input'))
  const described = {
    method: {
      name,
      summary,
      paramStructure: 'by-position' as const,
      params: params.def.items.map((item, index) => ({
        name: names[index] ?? `argument${index}`,
        required: !(item as z.ZodType).safeParse(undefined).success,
        schema: inputs[index]?.schema ?? {},
      })),
      result: { name: 'result', schema: answer.schema },
      errors: errorObjects(errors),
    },
    definitions: Object.assign({}, answer.definitions, ...inputs.map((each) => each.definitions)),
  }
  kept.set(method, described)
  return described
}

/** Shapes that have a name stand in `components`, the result of a method too. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const options = { io, unrepresentable: 'any' } as const
  const text = JSON.stringify(z.toJSONSchema(z.object({ it: schema }), options))
  const { properties, $defs = {} } = JSON.parse(
    text.replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as { properties: { it: JsonSchema }; $defs?: Record<string, JsonSchema> }
  return { schema: properties.it, definitions: $defs }
}

/** Reasons of one code whose words are the same are one error. */
function errorObjects(reasons: readonly RpcReason[]) {
  const texts = new Set(reasons.map((reason) => `${RPC_CODES[reason]} ${wordsOf(reason)}`))
  return [...texts].map((text) => {
    const space = text.indexOf(' ')
    return { code: Number(text.slice(0, space)), message: text.slice(space + 1) }
  })
}

function wordsOf(reason: RpcReason): string {
  return reason.replaceAll('-', ' ')
}
