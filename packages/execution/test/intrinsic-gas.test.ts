import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTx, getCalldataFloorGas, type TypedTxData } from '@ethereumjs/tx'
import fc from 'fast-check'
import { intrinsicGas, TRANSACTION_GAS } from '../src/index.ts'
import { address, createWorld } from './world.ts'

const slot = `0x${'01'.repeat(32)}` as const

const transaction = fc.record({
  data: fc.uint8Array({ maxLength: 200 }),
  creates: fc.boolean(),
  accessList: fc.array(fc.nat(3), { maxLength: 3 }),
  authorizations: fc.nat(2),
})

test('intrinsic and floor gas are those of the library, for every kind of transaction', async () => {
  const { spec } = await createWorld()
  const rules = spec.commonAt(1n, 1n)
  fc.assert(
    fc.property(transaction, ({ data, creates, accessList, authorizations }) => {
      const isSetCode = authorizations > 0
      const to = creates && !isSetCode ? null : address(1)
      const list = accessList.map((slots) => ({
        address: address(2),
        storageKeys: Array.from({ length: slots }, () => slot),
      }))
      const authorization = {
        chainId: '0x1',
        address: address(4),
        nonce: '0x2',
        yParity: '0x1',
        r: '0x5',
        s: '0x6',
      }
      const authorizationList = Array.from({ length: authorizations }, () => authorization)
      const fields = {
        data,
        gasLimit: 10_000_000n,
        accessList: list,
        ...(to === null ? {} : { to }),
      }
      const typed = isSetCode ? { ...fields, type: 4, authorizationList } : { ...fields, type: 2 }
      const theirs = createTx(typed as TypedTxData, { common: rules })
      const ours = intrinsicGas({ to, data, accessList: list, authorizationList }, rules)
      assert.equal(ours.intrinsic, theirs.getIntrinsicGas())
      assert.equal(ours.floor, getCalldataFloorGas(theirs))
    }),
    { numRuns: 100 },
  )
})

test('older forks charge more for bytes and know no floor and no init code words', async () => {
  const forks = [
    'istanbul',
    'muirGlacier',
    'berlin',
    'london',
    'arrowGlacier',
    'grayGlacier',
    'mergeNetsplit',
  ]
  const later = Object.fromEntries(forks.map((fork) => [`${fork}Block`, undefined]))
  const times = Object.fromEntries(
    ['shanghai', 'cancun', 'prague', 'osaka'].map((f) => [`${f}Time`, undefined]),
  )
  const world = await createWorld({
    config: { ...later, ...times },
    document: { baseFeePerGas: undefined },
  })
  const message = { to: null, data: Uint8Array.of(0, 1), accessList: [], authorizationList: [] }
  assert.deepEqual(intrinsicGas(message, world.spec.commonAt(1n, 1n)), {
    intrinsic: TRANSACTION_GAS + 32_000n + 4n + 68n,
    floor: 0n,
  })
})
