// What Hardhat compiled of this repository's contracts: artifacts, documentation, syntax trees.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { AbiFunction, AbiParameter } from 'viem'
import { ROOT } from '../test/interop/artifacts.ts'

/** An entry of an ABI, as solc writes it. */
export interface AbiEntry {
  readonly type: string
  readonly name?: string
  readonly inputs?: readonly AbiParameter[]
  readonly outputs?: readonly AbiParameter[]
  readonly stateMutability?: AbiFunction['stateMutability']
}

/** What documentation says of one function, event or error; `details` is what follows `@dev`. */
export interface NatSpec {
  readonly notice?: string
  readonly details?: string
  readonly params?: Readonly<Record<string, string>>
  readonly returns?: Readonly<Record<string, string>>
}

/** solc's `devdoc` or `userdoc`; keys are signatures, overloaded errors have several entries. */
export interface DocOutput extends NatSpec {
  readonly title?: string
  readonly methods?: Readonly<Record<string, NatSpec>>
  readonly events?: Readonly<Record<string, NatSpec>>
  readonly errors?: Readonly<Record<string, readonly NatSpec[]>>
}

/** One stored variable, or one member of a stored struct. `offset` is in bytes within the slot. */
export interface StorageItem {
  readonly label: string
  readonly offset: number
  readonly slot: string
  readonly type: string
}

/** solc's `storageLayout`. */
export interface StorageLayout {
  readonly storage: readonly StorageItem[]
  readonly types: Readonly<
    Record<
      string,
      { readonly label: string; readonly numberOfBytes: string; readonly members?: StorageItem[] }
    >
  > | null
}

/** A node of solc's syntax tree, as far as it is looked at. */
export interface AstNode {
  readonly id: number
  readonly nodeType: string
  readonly name?: string
  readonly canonicalName?: string
  readonly contractKind?: 'contract' | 'interface' | 'library'
  readonly abstract?: boolean
  readonly linearizedBaseContracts?: readonly number[]
  readonly functionSelector?: string
  readonly modifiers?: readonly { readonly modifierName: { readonly name: string } }[]
  readonly documentation?: string | { readonly text: string }
  readonly members?: readonly AstNode[]
  readonly nodes?: readonly AstNode[]
  readonly typeDescriptions?: { readonly typeString: string }
}

/** Places of linked libraries in the code, by file and name. */
type LinkReferences = Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>

interface Artifact {
  readonly contractName: string
  readonly sourceName: string
  readonly inputSourceName: string
  readonly buildInfoId: string
  readonly abi: readonly AbiEntry[]
  readonly bytecode: string
  readonly deployedBytecode: string
  readonly deployedLinkReferences: LinkReferences
}

/** A contract, interface or library of `contracts/`. `family` is its folder there. */
export interface Compiled extends Artifact {
  readonly family: string
  readonly isDeployable: boolean
  readonly devdoc: DocOutput
  readonly userdoc: DocOutput
  readonly storageLayout: StorageLayout
  readonly ast: AstNode
  /** Contracts it derives from, itself first. */
  readonly bases: readonly AstNode[]
  /** A struct or an enum by its name with the contract's in front. */
  typeNamed(canonicalName: string): AstNode | undefined
}

/** A message of the compiler; `file` starts with `npm/` or `project/`. */
interface CompilerMessage {
  readonly errorCode: string
  readonly message: string
  readonly sourceLocation?: { readonly file?: string }
}

interface BuildOutput {
  readonly output: {
    readonly errors?: readonly CompilerMessage[]
    readonly contracts: Readonly<
      Record<
        string,
        Record<
          string,
          {
            readonly devdoc: DocOutput
            readonly userdoc: DocOutput
            readonly storageLayout: StorageLayout
          }
        >
      >
    >
    readonly sources: Readonly<Record<string, { readonly ast: AstNode }>>
  }
}

/** Everything in `contracts/` by name, after `buildContracts`. */
export function readCompiled(): Compiled[] {
  const builds = new Map<string, ReturnType<typeof readBuild>>()
  return readArtifacts('artifacts/contracts/*/*.sol/*.json')
    .map((artifact) => {
      const id = artifact.buildInfoId
      const build = builds.get(id) ?? readBuild(id)
      builds.set(id, build)
      return describe(artifact, build)
    })
    .toSorted((a, b) => (a.contractName < b.contractName ? -1 : 1))
}

function readBuild(id: string) {
  const file = path.join(ROOT, 'artifacts', 'build-info', `${id}.output.json`)
  const { output }: BuildOutput = JSON.parse(readFileSync(file, 'utf8'))
  const topLevel = Object.values(output.sources).flatMap(({ ast }) => ast.nodes ?? [])
  const byId = new Map(topLevel.map((node) => [node.id, node]))
  const types = new Map<string, AstNode>()
  for (const node of topLevel.flatMap((one) => [one, ...(one.nodes ?? [])])) {
    if (/^(Struct|Enum)Definition$/.test(node.nodeType))
      types.set(node.canonicalName as string, node)
  }
  return { output, byId, types }
}

/** Syntax trees of the files in `contracts/`, by place in the repository. */
export function readSources(): Map<string, AstNode> {
  const builds = new Map<string, ReturnType<typeof readBuild>>()
  const trees = readArtifacts('artifacts/contracts/*/*.sol/*.json').map((artifact) => {
    const build = builds.get(artifact.buildInfoId) ?? readBuild(artifact.buildInfoId)
    builds.set(artifact.buildInfoId, build)
    return [
      artifact.sourceName,
      build.output.sources[artifact.inputSourceName]?.ast as AstNode,
    ] as const
  })
  return new Map(trees)
}

/** Tests are never deployed, whatever their size (EIP-170, EIP-3860). */
const SIZE_WARNINGS = ['5574', '3860']

/** What the compiler warns of in `contracts/` and `test/`; what libraries write is theirs. */
export function compilerWarnings(): string[] {
  const artifacts = readArtifacts('artifacts/{contracts,test}/**/*.sol/*.json')
  // A build also holds files that were compiled again later.
  const files = new Set(artifacts.map((one) => `${one.buildInfoId} ${one.inputSourceName}`))
  const builds = [...new Set(artifacts.map(({ buildInfoId }) => buildInfoId))]
  return builds.flatMap((id) =>
    (readBuild(id).output.errors ?? []).flatMap(({ errorCode, message, sourceLocation }) => {
      const { file = '' } = sourceLocation ?? {}
      const isSize = file.startsWith('project/test/') && SIZE_WARNINGS.includes(errorCode)
      return files.has(`${id} ${file}`) && !isSize ? [`${file}: ${message}`] : []
    }),
  )
}

function readArtifacts(pattern: string): Artifact[] {
  const files = globSync(pattern, { cwd: ROOT })
  return files.map((file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')))
}

function describe(artifact: Artifact, build: ReturnType<typeof readBuild>): Compiled {
  const { output, byId, types } = build
  const { contractName, inputSourceName } = artifact
  const compiled = output.contracts[inputSourceName]?.[contractName]
  const ast = output.sources[inputSourceName]?.ast.nodes?.find(({ name }) => name === contractName)
  if (compiled === undefined || ast === undefined) {
    throw new Error(`${contractName} is not in its build; remove artifacts/ and build again`)
  }
  return {
    ...artifact,
    ...compiled,
    ast,
    family: artifact.sourceName.split('/')[1] as string,
    isDeployable: artifact.bytecode !== '0x' && artifact.abi.length > 0,
    bases: (ast.linearizedBaseContracts ?? []).map((id) => byId.get(id) as AstNode),
    typeNamed: (canonicalName) => types.get(canonicalName),
  }
}
