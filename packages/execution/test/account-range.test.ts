import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, type Hash, hexToBytes, keccak256, toHash, ZERO_HASH } from '@busan/primitives'
import fc from 'fast-check'
import type { RangedAccount } from '../src/index.ts'
import { createWorld, type GenesisEntry, type World } from './world.ts'

const word = (value: number) => `0x${value.toString(16).padStart(64, '0')}`
const hashOf = (hex: string) => bytesToHex(keccak256(hexToBytes(hex as `0x${string}`)))

/** Accounts of every kind: poor and rich, with code, with up to 5 slots. */
const accounts: Readonly<Record<string, GenesisEntry>> = Object.fromEntries(
  Array.from({ length: 60 }, (_, n) => [
    `0x${(n * n + 1).toString(16).padStart(40, '0')}`,
    {
      balance: `0x${(n % 7).toString(16)}`,
      nonce: `0x${(n % 3).toString(16)}`,
      code: n % 4 === 0 ? '0x6001' : '0x00',
      storage: Object.fromEntries(
        Array.from({ length: n % 6 }, (__, slot) => [word(slot + 1), word(n + 1)]),
      ),
    },
  ]),
)

/** All accounts, in pages of a size. */
async function readAll(world: World, count: number, slotsMax: number): Promise<RangedAccount[]> {
  const state = world.executor.stateAt(world.genesis.stateRoot)
  const found: RangedAccount[] = []
  let from: Hash | undefined = ZERO_HASH
  while (from !== undefined) {
    const page = await state.accountRange({ from, count, withCode: true, slotsMax })
    assert.ok(page.accounts.length <= count)
    assert.ok(page.accounts.length > 0 || page.next === undefined, 'a page takes one further')
    const slots = page.accounts.reduce((sum, { storage }) => sum + (storage?.size ?? 0), 0)
    assert.ok(slots <= slotsMax)
    found.push(...page.accounts)
    from = page.next
  }
  return found
}

test('pages of any size are together the whole state, in the order of hashes', async () => {
  const world = await createWorld({ alloc: accounts })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 5, max: 200 }),
      async (count, slotsMax) => {
        const found = await readAll(world, count, slotsMax)
        const hashes = found.map(({ hashedAddress }) => hashedAddress)
        assert.deepEqual(hashes, hashes.toSorted())
        assert.equal(new Set(hashes).size, hashes.length)
        const byHash = new Map(found.map((one) => [one.hashedAddress as string, one]))
        for (const [address, { balance, nonce, code, storage }] of Object.entries(accounts)) {
          const one = byHash.get(hashOf(address))
          assert.ok(one !== undefined, address)
          assert.deepEqual(
            [one.balanceWei, one.nonce, bytesToHex(one.code ?? new Uint8Array(0))],
            [BigInt(balance ?? 0), BigInt(nonce ?? 0), code],
          )
          const slots = Object.entries(storage ?? {}).map(([slot, value]) => [hashOf(slot), value])
          assert.deepEqual(new Map([...(one.storage ?? [])].sort()), new Map(slots.sort() as never))
        }
      },
    ),
    { numRuns: 30 },
  )
})

test('an account with more slots than a page may have is told, and read without them', async () => {
  const storage = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [word(n + 1), word(1)]))
  const address = `0x${'77'.repeat(20)}`
  const world = await createWorld({ alloc: { [address]: { balance: '0x1', storage } } })
  const state = world.executor.stateAt(world.genesis.stateRoot)
  const from = toHash(hashOf(address) as `0x${string}`)
  const options = { from, count: 1, withCode: false }
  await assert.rejects(
    state.accountRange({ ...options, slotsMax: 8 }),
    /has more than 8 slots: ask without storage/,
  )
  const [one] = (await state.accountRange(options)).accounts
  assert.deepEqual([one?.hashedAddress, one?.storage, one?.code], [from, undefined, undefined])
  assert.equal(
    (await state.accountRange({ ...options, slotsMax: 9 })).accounts[0]?.storage?.size,
    9,
  )
})
