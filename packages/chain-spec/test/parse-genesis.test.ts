import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isCodedError } from '@busan/primitives'
import fc from 'fast-check'
import { type Json, parseGenesis, parseImportedGenesis } from '../src/index.ts'
import {
  EMPTY_EXTRA_DATA,
  genesisWith,
  type Keys,
  parse,
  problemsOf,
  readVector,
} from './genesis-fixture.ts'

const vectorText = readVector('qbft-vectors.json')

describe('reading a genesis file', () => {
  test('keys count in any case, at every depth', () => {
    const genesis = genesisWith(
      { alloc: { ['AB'.repeat(20)]: { balance: '0x10', nonce: 3 } }, baseFeePerGas: '7' },
      { transitions: { qbft: [{ block: 9, blockperiodseconds: 4 }] } },
      { epochlength: 12, blockperiodseconds: 2 },
    )
    fc.assert(
      fc.property(fc.infiniteStream(fc.boolean()), (flips) => {
        const spec = parse(recase(genesis, flips) as Keys)
        assert.equal(spec.chainId, 51053n)
        assert.equal(spec.qbftAfter({ number: 0n, timestamp: 0n }).epochLength, 12)
        assert.equal(spec.qbftAfter({ number: 8n, timestamp: 0n }).blockPeriodMs, 4000)
        assert.equal(spec.alloc[0]?.address, `0x${'ab'.repeat(20)}`)
        assert.equal(spec.alloc[0]?.balanceWei, 16n)
        assert.equal(spec.genesisHeader(`0x${'00'.repeat(32)}` as never).baseFeePerGas, 7n)
      }),
    )
  })

  test('a key that differs from another only in case is refused', () => {
    const text = JSON.stringify(genesisWith()).replace('"chainId":', '"chainid":1,"chainId":')
    assert.deepEqual(
      problemsOf(() => parseGenesis(text)),
      ['config.chainId: is given twice'],
    )
  })

  test('numbers are read as decimal text, hex text and JSON numbers, without losing digits', () => {
    const huge = 2n ** 255n + 1n
    for (const form of [huge.toString(), `0x${huge.toString(16)}`]) {
      assert.equal(balanceIn(`"${form}"`), huge)
    }
    assert.equal(balanceIn(huge.toString()), huge)
    assert.equal(balanceIn('"0"'), 0n)
    assert.equal(balanceIn('90000000000000000000000'), 90_000_000_000_000_000_000_000n)
  })

  test('null counts as absent, as geth writes it', () => {
    const spec = parse(genesisWith({ baseFeePerGas: null, alloc: null }, { bpo1Time: null }))
    assert.deepEqual(spec.alloc, [])
    assert.equal(spec.forkAt(1n, 10n ** 12n).name, 'osaka')
  })

  test('an account has code and storage, zero slots left out, notes ignored', () => {
    const account = {
      balance: '0x1',
      nonce: '0x2',
      code: '0x6001',
      storage: { '01': '0xff', ['00'.repeat(31).concat('02')]: '0x0', '0x3': '07' },
      comment: 'note',
      privateKey: 'note',
      version: '0x01',
    }
    const [read] = parse(genesisWith({ alloc: { ['11'.repeat(20)]: account } })).alloc
    assert.equal(read?.nonce, 2n)
    assert.equal(read?.code, '0x6001')
    const slots = [...(read?.storage ?? [])].map(([key, value]) => [BigInt(key), BigInt(value)])
    assert.deepEqual(slots, [
      [1n, 255n],
      [3n, 7n],
    ])
  })
})

describe('refusing a genesis file', () => {
  test('unknown keys come with the nearest name, and every problem is listed at once', () => {
    const genesis = genesisWith(
      { timstamp: '0x0', alloc: { '0x12': {}, ['22'.repeat(20)]: { balanse: 1, code: '0x1' } } },
      { londonBlok: 0, chainId: '0x0', pragueTime: 'soon' },
      { epochlenght: 1, xblockperiodseconds: 4, blockperiodseconds: 0 },
    )
    assert.deepEqual(
      problemsOf(() => parse(genesis)),
      [
        'timstamp: is not a known key; did you mean timestamp?',
        'config.londonBlok: is not a known key; did you mean londonBlock?',
        'config.qbft.epochlenght: is not a known key; did you mean epochlength?',
        'config.qbft.xblockperiodseconds: is not a known key; did you mean blockperiodseconds?',
        'alloc.0x12: is not a 20-byte address',
        `alloc.${'22'.repeat(20)}.balanse: is not a known key; did you mean balance?`,
        'config.chainId: must be 1 to 9223372036854775771, got 0',
        'config.pragueTime: must be a decimal or 0x number, got "soon"',
        'config.qbft.blockperiodseconds: must be 1 to 2000000, got 0',
        `alloc.0x${'22'.repeat(20)}.code: must be 0x followed by pairs of hex digits, got "0x1"`,
      ],
    )
  })

  test('corrupt JSON is refused with its position', () => {
    const [problem] = problemsOf(() => parseGenesis('{\n  "config": {]\n}'))
    assert.match(problem as string, /not JSON: .*line 2 column 14/)
    for (const text of ['', '[]', 'null', '7', '"x"', '['.repeat(200_000)]) {
      assert.equal(problemsOf(() => parseGenesis(text)).length, 1, text.slice(0, 20))
    }
  })

  const unsupported: [string, Keys, string][] = [
    ['config.qbft.emptyblockperiodseconds', { emptyblockperiodseconds: 5 }, 'xemptyblockperiod'],
    ['config.qbft.blockperiodmilliseconds', { blockperiodmilliseconds: 5 }, 'xblockperiodmilli'],
    ['config.qbft.tailblocks', { tailblocks: 5 }, 'xtailblocks'],
    ['config.qbft.xtailblocks', { xtailblocks: 1001 }, '1000'],
    ['config.qbft.validatorcontractaddress', { validatorcontractaddress: '0x' }, 'blockheader'],
    ['config.qbft.validatorselectionmode', { validatorselectionmode: 'contract' }, 'blockheader'],
    ['config.qbft.startblock', { startblock: 9 }, 'must be 0'],
  ]
  for (const [path, qbft, hint] of unsupported) {
    test(`${path} is refused with what to do`, () => {
      const [problem, ...rest] = problemsOf(() => parse(genesisWith({}, {}, qbft)))
      assert.ok(problem?.startsWith(`${path}: `) && problem.includes(hint), problem)
      assert.deepEqual(rest, [])
    })
  }

  test('other consensus engines are refused, and the lack of QBFT too', () => {
    for (const engine of ['clique', 'ethash', 'ibft2']) {
      const genesis = genesisWith({}, { [engine]: {}, qbft: null })
      const paths = problemsOf(() => parse(genesis)).map((problem) => problem.split(':')[0])
      assert.deepEqual(paths.sort(), [`config.${engine}`, 'config.qbft'].sort())
    }
  })

  test('what this node cannot change is accepted only at its default', () => {
    const defaults = {
      contractSizeLimit: 24576,
      evmStackSize: 1024,
      ecCurve: 'secp256k1',
      discovery: { bootnodes: [] },
    }
    assert.equal(parse(genesisWith({}, defaults)).chainId, 51053n)
    const changed = {
      contractSizeLimit: 2147483647,
      evmStackSize: 512,
      ecCurve: 'secp256r1',
      discovery: { bootnodes: ['enode://x'] },
    }
    const paths = problemsOf(() => parse(genesisWith({}, changed))).map((p) => p.split(':')[0])
    assert.deepEqual(paths, [
      'config.contractSizeLimit',
      'config.evmStackSize',
      'config.ecCurve',
      'config.discovery.bootnodes',
    ])
  })

  test('extraData and mixHash must be those of a QBFT genesis', () => {
    const bad: Record<string, string> = {
      'a placeholder': '%extraData%',
      'not RLP': '0xff',
      'IBFT 2.0 with 4 items': `0xe4a0${'00'.repeat(32)}c0c080`,
      'a round': `0xe5a0${'00'.repeat(32)}c0c005c0`,
      'a repeated validator': `0xf84fa0${'00'.repeat(32)}ea${`94${'11'.repeat(20)}`.repeat(2)}c080c0`,
    }
    for (const [what, extraData] of Object.entries(bad)) {
      const problems = problemsOf(() => parse(genesisWith({ extraData })))
      assert.equal(problems.length, 1, what)
      assert.ok(problems[0]?.startsWith('extraData: '), problems[0])
    }
    assert.match(problemsOf(() => parse(genesisWith({ mixHash: null })))[0] ?? '', /^mixHash: /)
  })

  test('an account under two spellings of its address is refused', () => {
    const alloc = { [`0x${'aa'.repeat(20)}`]: {}, ['AA'.repeat(20)]: {} }
    const [problem] = problemsOf(() => parse(genesisWith({ alloc })))
    assert.match(problem as string, /second time/)
  })

  test('whatever is done to a file, the answer is a spec or invalid-genesis', () => {
    const text = JSON.stringify(
      genesisWith(
        { alloc: { ['11'.repeat(20)]: { storage: { '1': '2' } } } },
        { blobSchedule: { cancun: { target: 3, max: 6, baseFeeUpdateFraction: 1 } } },
      ),
    )
    const splice = fc.record({
      start: fc.nat(text.length),
      length: fc.nat(12),
      insert: fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.constantFrom('null', '{}', '[]', '-1', '1e999', '"__proto__":{},', '0x', '[[[[', '"'),
      ),
    })
    fc.assert(
      fc.property(fc.array(splice, { minLength: 1, maxLength: 3 }), (splices) => {
        let mutated = text
        for (const { start, length, insert } of splices) {
          mutated = mutated.slice(0, start) + insert + mutated.slice(start + length)
        }
        assertSpecOrInvalid(mutated)
      }),
      { numRuns: 1500 },
    )
    fc.assert(
      fc.property(fc.json(), (json) => assertSpecOrInvalid(json)),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...TOP_KEYS), (value, key) => {
        assertSpecOrInvalid(JSON.stringify(genesisWith({ [key]: value as Json })))
        assertSpecOrInvalid(JSON.stringify(genesisWith({}, { [key]: value as Json })))
      }),
      { numRuns: 300 },
    )
  })
})

const TOP_KEYS = [
  'config',
  'alloc',
  'extraData',
  'nonce',
  'qbft',
  'transitions',
  'blobSchedule',
  'discovery',
  'londonBlock',
  'feePolicy',
  'terminalTotalDifficulty',
]

function assertSpecOrInvalid(text: string): void {
  for (const read of [parseGenesis, parseImportedGenesis]) {
    try {
      assert.equal(typeof read(text).chainId, 'bigint')
    } catch (error) {
      if (!isCodedError(error, 'invalid-genesis')) throw error
      assert.ok(error.message.length > 20)
    }
  }
}

describe('genesis files of Besu', {
  skip: vectorText === undefined ? 'the QBFT vectors are not beside the repository' : false,
}, () => {
  const files: { id: string; json: Keys }[] = JSON.parse(
    vectorText ?? '{"genesis_files":[]}',
  ).genesis_files
  const file = (id: string) => files.find((one) => one.id === id)?.json as Keys

  test('the documented block-header genesis is read as it stands', () => {
    const spec = parse(file('docs_blockheader'))
    assert.equal(spec.chainId, 1337n)
    assert.equal(spec.qbftAfter({ number: 0n, timestamp: 0n }).blockPeriodMs, 5000)
    assert.equal(spec.qbftAfter({ number: 0n, timestamp: 0n }).requestTimeoutMs, 10_000)
    assert.equal(spec.alloc.length, 4)
    assert.equal(spec.forkAt(0n, 0n).name, 'berlin')
  })

  test('the acceptance test genesis is read once its placeholder is filled', () => {
    const genesis = { ...file('besu_acceptance_qbft_london'), extraData: EMPTY_EXTRA_DATA }
    const spec = parse(genesis)
    assert.equal(spec.qbftAfter({ number: 0n, timestamp: 0n }).blockRewardWei, 5n * 10n ** 18n)
    assert.equal(spec.forkAt(1n, 0n).name, 'berlin')
    assert.equal(spec.forkAt(2n, 0n).name, 'london')
  })

  test('the contract genesis is refused for its validator contract', () => {
    const problems = problemsOf(() => parse(file('docs_contract')))
    assert.ok(problems.some((line) => line.startsWith('config.qbft.validatorcontractaddress: ')))
  })
})

function balanceIn(json: string): bigint | undefined {
  const text = JSON.stringify(genesisWith({ alloc: { ['11'.repeat(20)]: { balance: 'HERE' } } }))
  return parseGenesis(text.replace('"HERE"', json)).alloc[0]?.balanceWei
}

/** The same JSON with the case of every key's letters flipped at random. */
function recase(value: Json, flips: Iterator<boolean>): Json {
  if (Array.isArray(value)) return value.map((item) => recase(item, flips))
  if (typeof value !== 'object' || value === null) return value
  const flip = (letter: string) =>
    flips.next().value ? letter.toUpperCase() : letter.toLowerCase()
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replace(/^0x|[a-z]/gi, (part) => (part.length > 1 ? part : flip(part))),
      recase(item, flips),
    ]),
  )
}
