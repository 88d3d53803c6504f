import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Address, ETHER, toAddress, toQuantity } from '@busan/primitives'
import { extend, openTestChain, propose, seal, sign, USER, VALIDATORS } from './fixture.ts'

const REGISTRY = toAddress('0x0000000000000000000000000000000000007777')
const NEWCOMER = toAddress(`0x${'fe'.repeat(20)}`)
const OTHER = toAddress(`0x${'fd'.repeat(20)}`)
const SET = VALIDATORS.map(({ address }) => address)

/** Code that answers whatever is asked with these words. */
function answering(words: readonly bigint[]): string {
  const bytes = words.map((word) => word.toString(16).padStart(64, '0')).join('')
  const size = (bytes.length / 2).toString(16).padStart(4, '0')
  return `0x61${size}80600b5f395ff3${'00'}${bytes}`
}

const listing = (list: readonly Address[]) =>
  answering([32n, BigInt(list.length), ...list.map(BigInt)])

function openWith(code: string) {
  return openTestChain({
    genesis: {
      config: { systemContracts: { validatorRegistry: REGISTRY } },
      top: {
        alloc: {
          [USER.address]: { balance: toQuantity(ETHER) },
          [REGISTRY]: { balance: '0x0', code },
        },
      },
    },
  })
}

async function verdictOn(code: string, vote: { recipient: Address; add: boolean }) {
  const { chain } = await openWith(code)
  const block = await propose(chain, { vote })
  const proposed = await chain.checkProposal(block)
  const imported = await chain.importBlock(seal(block))
  assert.equal(proposed.ok, imported.ok)
  return imported.ok ? 'valid' : `${imported.reason}: ${imported.message}`
}

describe('a registry that decides who validates', () => {
  it('asks for additions before removals, one at a time, and for none when it agrees', async () => {
    const votesFor = async (list: readonly Address[]) => {
      const { chain } = await openWith(listing([...list].sort()))
      return [...((await chain.decidedVotes()) ?? [])]
    }
    const [gone, ...kept] = SET as [Address, ...Address[]]
    assert.deepEqual(await votesFor([...SET, NEWCOMER]), [[NEWCOMER, true]])
    assert.deepEqual(await votesFor([...kept, NEWCOMER]), [[NEWCOMER, true]])
    assert.deepEqual(await votesFor([...SET, NEWCOMER, OTHER]), [[OTHER, true]])
    assert.deepEqual(await votesFor(SET), [])
    assert.notEqual(gone, undefined)
  })

  it('makes every other vote invalid, under whatever seals', async () => {
    const code = listing([...SET, NEWCOMER].sort())
    assert.equal(await verdictOn(code, { recipient: NEWCOMER, add: true }), 'valid')
    const denied = /^invalid-header: extraData: a vote to (add|drop) 0x\w+, which the validator reg/
    assert.match(await verdictOn(code, { recipient: OTHER, add: true }), denied)
    assert.match(await verdictOn(code, { recipient: NEWCOMER, add: false }), denied)
    assert.match(await verdictOn(code, { recipient: SET[0] as Address, add: false }), denied)
    assert.match(await verdictOn(code, { recipient: SET[0] as Address, add: true }), denied)
  })

  it('drops whom it has not', async () => {
    const list = [...SET.slice(1), NEWCOMER].sort()
    assert.equal(
      await verdictOn(listing(list), { recipient: SET[0] as Address, add: false }),
      'valid',
    )
  })

  const word = (list: readonly Address[]) => list.map(BigInt)
  for (const [what, code] of Object.entries({
    reverts: '0x5f5ffd',
    'answers nothing': '0x00',
    loops: '0x5b5f56',
    'lists three': listing(SET.slice(1)),
    'lists them out of order': listing([...SET].reverse()),
    'lists one twice': listing([SET[0] as Address, ...SET]),
    'lists more than it counts': answering([32n, 4n, ...word(SET), BigInt(NEWCOMER)]),
    'lists no addresses': answering([32n, 4n, ...word(SET).map((one) => one << 8n)]),
  })) {
    it(`decides nothing when it ${what}`, async () => {
      const { chain } = await openWith(code)
      assert.deepEqual(await chain.decidedVotes(), new Map())
      assert.match(await verdictOn(code, { recipient: NEWCOMER, add: true }), /^invalid-header/)
      await extend(chain, { transactions: [sign({ nonce: 0n, to: USER.address })] })
    })
  }

  it('is absent from other chains: validators vote as they please', async () => {
    const { chain } = await openTestChain()
    assert.equal(await chain.decidedVotes(), undefined)
    await extend(chain, { vote: { recipient: NEWCOMER, add: true } })
  })
})
