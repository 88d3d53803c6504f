import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, type Hash, hexToBytes, toAddress, toHash } from '@busan/primitives'
import { Bloom, encodeReceipt as encodeReference } from '@ethereumjs/vm'
import fc from 'fast-check'
import {
  bloomContains,
  contractAddress,
  decodeReceipts,
  encodeReceipt,
  encodeReceipts,
  joinBlooms,
  type Log,
  logsBloom,
  type Receipt,
} from '../src/index.ts'

const hex = (size: number) =>
  fc
    .uint8Array({ minLength: size, maxLength: size })
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as const)

const log: fc.Arbitrary<Log> = fc.record(
  {
    address: hex(20) as fc.Arbitrary<Address>,
    topics: fc.array(hex(32) as fc.Arbitrary<Hash>, { maxLength: 4 }),
    data: fc.nat(50).chain(hex),
  },
  { noNullPrototype: true },
)

const receipts: fc.Arbitrary<Receipt[]> = fc
  .array(
    fc.record(
      {
        type: fc.constantFrom(0, 1, 2, 4),
        succeeded: fc.boolean(),
        gasUsed: fc.bigInt({ min: 21_000n, max: 10n ** 9n }),
        effectiveGasPriceWei: fc.bigInt({ min: 0n, max: 10n ** 12n }),
        contractAddress: fc.option(hex(20) as fc.Arbitrary<Address>),
        logs: fc.oneof(
          fc.array(log, { maxLength: 3 }),
          // More than one step encodes.
          fc.array(log, { minLength: 2, maxLength: 2 }).map((two) => Array(70).fill(two).flat()),
        ),
      },
      { noNullPrototype: true },
    ),
    { maxLength: 5 },
  )
  .map((list) => {
    let cumulativeGasUsed = 0n
    return list.map((receipt) => {
      cumulativeGasUsed += receipt.gasUsed
      return { ...receipt, cumulativeGasUsed, logsBloom: logsBloom(receipt.logs) }
    })
  })

test('receipts come back from storage as they went in', () => {
  fc.assert(
    fc.property(receipts, (list) => assert.deepEqual(decodeReceipts(encodeReceipts(list)), list)),
  )
  assert.throws(() => decodeReceipts(Uint8Array.of(0xc1, 0x80)))
})

test('before Byzantium a receipt holds the state root in place of the status', () => {
  const stateRoot = toHash(`0x${'5a'.repeat(32)}`)
  const receipt: Receipt = {
    type: 0,
    succeeded: true,
    stateRoot,
    cumulativeGasUsed: 21_000n,
    gasUsed: 21_000n,
    effectiveGasPriceWei: 1n,
    contractAddress: null,
    logs: [],
    logsBloom: logsBloom([]),
  }
  assert.deepEqual(decodeReceipts(encodeReceipts([receipt])), [receipt])
  const theirs = {
    stateRoot: hexToBytes(stateRoot),
    cumulativeBlockGasUsed: 21_000n,
    bitvector: hexToBytes(receipt.logsBloom),
    logs: [],
  }
  assert.deepEqual(encodeReceipt(receipt), encodeReference(theirs as never, 0))
})

test('the consensus encoding is that of the library', () => {
  fc.assert(
    fc.property(receipts, (list) => {
      for (const receipt of list) {
        const theirs = {
          status: receipt.succeeded ? 1 : 0,
          cumulativeBlockGasUsed: receipt.cumulativeGasUsed,
          bitvector: hexToBytes(receipt.logsBloom),
          logs: receipt.logs.map(({ address, topics, data }) => [
            hexToBytes(address),
            topics.map(hexToBytes),
            hexToBytes(data),
          ]),
        }
        assert.deepEqual(
          encodeReceipt(receipt),
          encodeReference(theirs as never, receipt.type as 0),
        )
      }
    }),
    { numRuns: 50 },
  )
})

test('a bloom holds every address and topic, as the library’s does, and joins without loss', () => {
  fc.assert(
    fc.property(fc.array(log, { maxLength: 4 }), (logs) => {
      const theirs = new Bloom()
      const bloom = hexToBytes(logsBloom(logs))
      for (const bytes of logs
        .flatMap(({ address, topics }) => [address, ...topics])
        .map(hexToBytes)) {
        theirs.add(bytes)
        assert.ok(bloomContains(bloom, bytes))
      }
      assert.deepEqual(bloom, theirs.bitvector)
      assert.deepEqual(hexToBytes(joinBlooms(logs.map((one) => logsBloom([one])))), bloom)
    }),
    { numRuns: 50 },
  )
  const empty = hexToBytes(logsBloom([]))
  assert.ok(!bloomContains(empty, hexToBytes(toHash(`0x${'01'.repeat(32)}`))))
})

test('contract addresses follow from sender and nonce', () => {
  const sender = toAddress('0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0')
  assert.equal(contractAddress(sender, 0n), '0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d')
  assert.equal(contractAddress(sender, 1n), '0x343c43a37d37dff08ae8c4a11544c718abb4fcf8')
})
