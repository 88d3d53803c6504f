import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesToHex, EMPTY_TRIE_ROOT, type Hash, hexToBytes, ZERO_HASH } from '@busan/primitives'
import {
  decodeHeader,
  EMPTY_REQUESTS_HASH,
  encodeHeader,
  headerToItems,
  parseImportedGenesis,
} from '../src/index.ts'
import {
  frontierGenesis,
  genesisWith,
  type Keys,
  parse,
  problemsOf,
  readVector,
} from './genesis-fixture.ts'

const stateRoot = `0x${'5a'.repeat(32)}` as Hash

describe('forks', () => {
  test('each fork starts at its block or time and adds its header fields', () => {
    const spec = parse(
      frontierGenesis(
        {},
        {
          homesteadBlock: 1,
          berlinBlock: 5,
          londonBlock: 10,
          shanghaiTime: 100,
          cancunTime: 200,
          pragueTime: 300,
          osakaTime: 400,
          bpo1Time: 500,
          blobSchedule: { bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8346193 } },
        },
      ),
    )
    const expected: [bigint, bigint, string, number][] = [
      [0n, 0n, 'chainstart', 0],
      [1n, 99n, 'homestead', 0],
      [9n, 99n, 'berlin', 0],
      [10n, 99n, 'london', 1],
      [11n, 100n, 'shanghai', 2],
      [12n, 200n, 'cancun', 4],
      [13n, 300n, 'prague', 5],
      [14n, 499n, 'osaka', 5],
      [15n, 500n, 'bpo1', 5],
    ]
    for (const [number, timestamp, name, flags] of expected) {
      const fork = spec.forkAt(number, timestamp)
      assert.equal(fork.name, name)
      const set = [
        fork.hasBaseFee,
        fork.hasWithdrawals,
        fork.hasBlobGas,
        fork.hasBeaconRoot,
        fork.hasRequests,
      ]
      assert.deepEqual(
        set,
        set.map((_, index) => index < flags),
      )
    }
    assert.deepEqual(spec.forkAt(1n, 200n).blobs, {
      target: 3,
      max: 6,
      baseFeeUpdateFraction: 3338477,
      hasReservePrice: false,
    })
    assert.equal(spec.forkAt(1n, 400n).blobs?.target, 6)
    assert.equal(spec.forkAt(1n, 400n).blobs?.hasReservePrice, true)
    assert.equal(spec.forkAt(1n, 500n).blobs?.max, 15)
    assert.equal(spec.forkAt(1n, 100n).blobs, undefined)
  })

  test('a later fork brings the earlier ones that the file leaves out', () => {
    assert.equal(parse(frontierGenesis({}, { berlinBlock: 0 })).forkAt(0n, 0n).name, 'berlin')
    const spec = parse(frontierGenesis({}, { cancunTime: 0 }))
    assert.equal(spec.forkAt(0n, 0n).hasWithdrawals, true)
  })

  test('forks out of order, and blob forks without what they need, are refused', () => {
    const refusals: [Keys, string][] = [
      [{ berlinBlock: 5, londonBlock: 4 }, 'config.londonBlock'],
      [{ shanghaiTime: 9, cancunTime: 8 }, 'config.cancunTime'],
      [{ eip155Block: 1, eip158Block: 2 }, 'config.eip155Block'],
      [{ osakaTime: 1, bpo1Time: 2 }, 'config.bpo1Time'],
      [{ londonBlock: 7, cancunTime: 0 }, 'config.londonBlock'],
      [{ terminalTotalDifficulty: 5 }, 'config.terminalTotalDifficulty'],
      [{ daoForkBlock: 5 }, 'config.daoForkBlock'],
      [{ amsterdamTime: 5 }, 'config.amsterdamTime'],
      [
        { blobSchedule: { cancun: { target: 7, max: 6, baseFeeUpdateFraction: 1 } } },
        'config.blobSchedule.cancun',
      ],
    ]
    for (const [config, path] of refusals) {
      const problems = problemsOf(() => parse(frontierGenesis({}, config)))
      assert.deepEqual(
        problems.map((line) => line.split(':')[0]),
        [path],
        JSON.stringify(config),
      )
    }
  })
})

describe('the genesis header', () => {
  test('has 21 items under Osaka, with the fields of every fork', () => {
    const spec = parse(
      genesisWith({ baseFeePerGas: '0x3b9aca00', timestamp: '0x64', nonce: '0x42' }),
    )
    const header = spec.genesisHeader(stateRoot)
    assert.equal(headerToItems(header).length, 21)
    assert.equal(header.stateRoot, stateRoot)
    assert.equal(header.timestamp, 100n)
    assert.equal(header.nonce, '0x0000000000000042')
    assert.equal(header.withdrawalsRoot, EMPTY_TRIE_ROOT)
    assert.equal(header.parentBeaconBlockRoot, ZERO_HASH)
    assert.equal(header.requestsHash, EMPTY_REQUESTS_HASH)
    assert.deepEqual(decodeHeader(encodeHeader(header)), header)
  })

  test('takes its forks from the genesis timestamp', () => {
    const times = { londonBlock: 0, shanghaiTime: 50, cancunTime: 200 }
    const spec = parse(frontierGenesis({ timestamp: '100' }, times))
    assert.equal(headerToItems(spec.genesisHeader(stateRoot)).length, 17)
  })

  test('has a base fee when the file says one, or London is at block 0, else none', () => {
    const baseFee = (top: Keys, config: Keys) =>
      parse(frontierGenesis(top, config)).genesisHeader(stateRoot).baseFeePerGas
    assert.equal(baseFee({}, { londonBlock: 0 }), 1_000_000_000n)
    assert.equal(baseFee({ baseFeePerGas: 7 }, { londonBlock: 0 }), 7n)
    assert.equal(baseFee({ baseFeePerGas: 7 }, {}), 7n)
    assert.equal(baseFee({}, { londonBlock: 2 }), undefined)
    assert.equal(baseFee({}, { londonBlock: 0, zeroBaseFee: true }), 1_000_000_000n)
    assert.equal(baseFee({}, { londonBlock: 0, feePolicy: 'freeGas' }), 0n)
  })

  test('ends at 15 items without a base fee, whatever later forks add', () => {
    const spec = parse(frontierGenesis({}, { cancunTime: 0, zeroBaseFee: true }))
    const header = spec.genesisHeader(stateRoot)
    assert.equal(header.excessBlobGas, 0n)
    assert.equal(headerToItems(header).length, 15)
    assert.equal(spec.nextBaseFee(header, 1n), 0n)
  })
})

const genesisText = readVector('execution-apis/genesis.json')
const rawHeader = readVector('execution-apis/debug_getRawHeader/get-genesis.io')

describe('an imported Ethereum chain', {
  skip:
    genesisText === undefined ? 'the execution-apis vectors are not beside the repository' : false,
}, () => {
  test('has every fork from Homestead to BPO2 where the file says', () => {
    const spec = parseImportedGenesis(genesisText as string)
    const names = [
      [0n, 0n, 'homestead'],
      [26n, 260n, 'berlin'],
      [27n, 270n, 'london'],
      [36n, 360n, 'paris'],
      [39n, 390n, 'shanghai'],
      [51n, 510n, 'bpo1'],
      [54n, 540n, 'bpo2'],
    ] as const
    for (const [number, timestamp, name] of names) {
      assert.equal(spec.forkAt(number, timestamp).name, name)
    }
    assert.equal(spec.commonAt(1n, 10n).consensusType(), 'pow')
    assert.equal(spec.commonAt(40n, 400n).consensusType(), 'pos')
    assert.equal(spec.alloc.length, 27)
  })

  test('has the genesis header that geth made', () => {
    const answer = /<< (.*)/.exec(rawHeader as string)?.[1] as string
    const expected = JSON.parse(answer).result as string
    const { stateRoot: root } = decodeHeader(hexToBytes(expected))
    const header = parseImportedGenesis(genesisText as string).genesisHeader(root)
    assert.equal(bytesToHex(encodeHeader(header)), expected)
  })
})
