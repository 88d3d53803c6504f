import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChainSpec, Header } from '@busan/chain-spec'
import { type Address, concatBytes, hexToBytes, padLeft, toAddress } from '@busan/primitives'
import { createExecutor, type Executor, type Transaction } from '../src/index.ts'
import { accountOf, createWorld, type GenesisEntry, inOrder, type World } from './world.ts'

const REGISTRY = toAddress('0x0000000000000000000000000000000000008888')
const OTHER = toAddress(`0x${'ab'.repeat(20)}`)
const RECOVERY = { to: REGISTRY, selectors: ['0x00000000'] }

/** Allows whose slot holds 1; 64 bytes of calldata, whoever sends them, are a slot and its new value. */
const LISTED = '0x3660401460115760043554' + '5f5260205ff3' + '5b6020355f355500'
/** Answers the word that the operations before leave on the stack. */
const answering = (operations: string) => `0x${operations}5f5260205ff3`

const slotOf = (account: Address) => padLeft(hexToBytes(account), 32)
const isListed = (...accounts: readonly number[]): GenesisEntry['storage'] =>
  Object.fromEntries(accounts.map((account) => [accountOf(account), '0x01']))

async function worldWith(code: string, storage: GenesisEntry['storage'] = {}): Promise<World> {
  return createWorld({
    alloc: { [REGISTRY]: { balance: '0x0', code, storage: storage ?? {} } },
    config: { systemContracts: { permissionRegistry: REGISTRY, recovery: [RECOVERY] } },
  })
}

const send = (world: World, key: number, fields: object = {}) =>
  world.sign(key, { nonce: 0n, to: OTHER, gasLimit: 100_000n, gasPrice: 2_000_000_000n, ...fields })

const list = (world: World, key: number, account: Address, fields: object = {}) =>
  send(world, key, {
    to: REGISTRY,
    data: concatBytes(slotOf(account), slotOf(toAddress(`0x${'00'.repeat(19)}01`))),
    ...fields,
  })

async function verdictOf(executor: Executor, header: Header, transaction: Transaction) {
  const verdict = await executor.permissionsAt(header.stateRoot)?.judge(transaction)
  assert.ok(verdict !== undefined)
  return verdict.ok ? 'permitted' : verdict.reason
}

/** What a block of exactly these transactions meets. */
async function reasonOf(
  { executor, template, genesis }: World,
  transactions: readonly Transaction[],
) {
  const assembled = await executor.assembleBlock(template(genesis), transactions)
  return assembled.ok ? 'valid' : `${assembled.reason}: ${assembled.message}`
}

describe('permissions', () => {
  it('makes a block with a denied transaction invalid, and leaves it out of our own', async () => {
    const world = await worldWith(LISTED, isListed(0))
    const [allowed, denied] = [send(world, 0), send(world, 1)]
    assert.equal(await reasonOf(world, [allowed]), 'valid')
    assert.match(
      await reasonOf(world, [allowed, denied]),
      /^not-permitted: transaction 1: sender not authorized: address 0x\w{40} is not allowed to send/,
    )
    const built = await world.executor.buildBlock(
      world.template(world.genesis),
      inOrder([denied, allowed]),
      10_000,
    )
    assert.deepEqual(
      built.result.transactions.map(({ hash }) => hash),
      [allowed.hash],
    )
    assert.deepEqual(built.refused, [{ hash: denied.hash, reason: 'not-permitted' }])
  })

  it("goes by the parent's state, not by what the block itself has changed", async () => {
    const world = await worldWith(LISTED, isListed(0))
    const [grant, use] = [list(world, 0, accountOf(1)), send(world, 1)]
    assert.match(await reasonOf(world, [grant, use]), /^not-permitted: transaction 1/)
    const { block } = await world.mine(world.genesis, [grant])
    assert.equal(await verdictOf(world.executor, block.header, use), 'permitted')
    assert.equal(await verdictOf(world.executor, world.genesis, use), 'not-permitted')
    assert.equal((await world.mine(block.header, [use])).block.transactions.length, 1)
  })

  for (const [what, code] of Object.entries({
    reverts: '0x5f5ffd',
    'runs out of gas': '0x5b5f56',
    halts: '0xfe',
    'answers 2': answering('6002'),
    'answers nothing': '0x00',
    'answers two words': '0x60015f5260405ff3',
    'writes before it allows': answering('60015f556001'),
  })) {
    it(`denies all but recovery when the registry ${what}`, async () => {
      const world = await worldWith(code)
      assert.match(await reasonOf(world, [send(world, 0)]), /^not-permitted/)
      assert.match(
        await reasonOf(world, [send(world, 0, { to: undefined, data: '0x00' })]),
        /deploy/,
      )
      const recovery = list(world, 0, accountOf(0))
      assert.equal(await verdictOf(world.executor, world.genesis, recovery), 'permitted')
    })
  }

  it('denies all but recovery when the registry is missing', async () => {
    const world = await createWorld()
    const systemContracts: ChainSpec['systemContracts'] = {
      permissionRegistry: REGISTRY,
      validatorRegistry: undefined,
      nodeRegistry: undefined,
      recovery: new Map([[REGISTRY, new Set(['0x00000000'] as const)]]),
    }
    const spec = { ...world.spec, systemContracts }
    const executor = createExecutor({ ...world, spec, blockHashByNumber: () => undefined })
    assert.equal(await verdictOf(executor, world.genesis, send(world, 0)), 'not-permitted')
    const recovery = list(world, 0, accountOf(0))
    assert.equal(await verdictOf(executor, world.genesis, recovery), 'permitted')
  })

  it('takes for recovery only a plain call of a listed function', async () => {
    const world = await worldWith('0xfe')
    const judge = (transaction: Transaction) =>
      verdictOf(world.executor, world.genesis, transaction)
    const recovery = list(world, 0, accountOf(0))
    assert.equal(await judge(recovery), 'permitted')
    assert.equal(await judge({ ...recovery, valueWei: 1n }), 'not-permitted')
    assert.equal(await judge({ ...recovery, to: OTHER }), 'not-permitted')
    assert.equal(await judge({ ...recovery, to: null }), 'not-permitted')
    assert.equal(await judge({ ...recovery, data: Uint8Array.of(0, 0, 0, 1) }), 'not-permitted')
    assert.equal(await judge({ ...recovery, data: Uint8Array.of(0, 0, 0) }), 'not-permitted')
    const delegating = { ...recovery, authorizationList: [{} as never] }
    assert.equal(await judge(delegating), 'not-permitted')
  })

  for (const [what, operations] of Object.entries({
    'the height': '4315',
    'the balance of another account': `73${accountOf(0).slice(2)}3115`,
    'its own balance': '4715',
    'the code of another account': `73${OTHER.slice(2)}3b15`,
    'who is paid': '4115',
    'the fee': '4815',
  })) {
    it(`N2: the registry cannot see ${what}`, async () => {
      const world = await createWorld({
        alloc: {
          [REGISTRY]: { balance: '0x5', code: answering(operations) },
          [OTHER]: { balance: '0x5', code: '0x00' },
        },
        config: { systemContracts: { permissionRegistry: REGISTRY } },
      })
      const { block } = await world.mine(world.genesis, [send(world, 0)])
      assert.equal(block.transactions.length, 1)
      assert.equal(await verdictOf(world.executor, block.header, send(world, 1)), 'permitted')
    })
  }

  it('keeps an answer for as long as the registry stays as it is', async () => {
    const world = await worldWith(LISTED, isListed(0, 1))
    const rulesAt = (header: Header) => world.executor.permissionsAt(header.stateRoot)
    const { block: next } = await world.mine(world.genesis, [send(world, 0)])
    assert.equal(rulesAt(next.header)?.version, rulesAt(world.genesis)?.version)
    const { block: changed } = await world.mine(next.header, [
      list(world, 0, accountOf(2), { nonce: 1n }),
    ])
    assert.notEqual(rulesAt(changed.header)?.version, rulesAt(next.header)?.version)
  })

  it('asks nothing on a chain without a registry', async () => {
    const world = await createWorld()
    assert.equal(world.executor.permissionsAt(world.genesis.stateRoot), undefined)
  })
})
