import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ETHER, hexToBytes, padLeft, toAddress, toQuantity } from '@busan/primitives'
import { createKey, extend, openTestChain, propose, seal, sign, USER } from './fixture.ts'

const REGISTRY = toAddress('0x0000000000000000000000000000000000008888')
const OUTLAW = createKey(77n)
/** Allows whose slot holds 1. */
const CODE = '0x600435545f5260205ff3'

/** The same genesis block, with the registry in force or not: its keys are no part of the hash. */
function openWith({ enforced }: { readonly enforced: boolean }) {
  const storage = {
    [`0x${Buffer.from(padLeft(hexToBytes(USER.address), 32)).toString('hex')}`]: '0x01',
  }
  const balance = toQuantity(ETHER)
  return openTestChain({
    genesis: {
      config: enforced ? { systemContracts: { permissionRegistry: REGISTRY } } : {},
      top: {
        alloc: {
          [USER.address]: { balance },
          [OUTLAW.address]: { balance },
          [REGISTRY]: { balance: '0x0', code: CODE, storage },
        },
      },
    },
  })
}

describe('a proposer that does not ask the permission registry', () => {
  const permitted = () => sign({ nonce: 0n, to: REGISTRY })
  const denied = () => sign({ nonce: 0n, to: REGISTRY, key: OUTLAW })

  it('finds its block refused, as a proposal and under seals of all validators', async () => {
    const lawless = await openWith({ enforced: false })
    const honest = await openWith({ enforced: true })
    assert.equal(lawless.chain.genesisHash, honest.chain.genesisHash)
    const block = await propose(lawless.chain, { transactions: [permitted(), denied()] })
    assert.equal(block.transactions.length, 2)
    for (const verdict of [
      await honest.chain.checkProposal(block),
      await honest.chain.importBlock(seal(block)),
    ]) {
      assert.equal(!verdict.ok && verdict.reason, 'invalid-transaction')
      assert.match(verdict.ok ? '' : verdict.message, /transaction 1: sender not authorized/)
    }
    assert.equal(honest.chain.head().header.number, 0n)
  })

  it('is believed where every transaction is permitted', async () => {
    const lawless = await openWith({ enforced: false })
    const honest = await openWith({ enforced: true })
    const block = await extend(lawless.chain, { transactions: [permitted()] })
    assert.deepEqual(await honest.chain.importBlock(block), { ok: true, value: 'imported' })
  })
})
