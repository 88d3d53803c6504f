import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Block, decodeBlock, encodeBlock, encodeHeader } from '@busan/chain-spec'
import { type Executor, type Transaction, transactionsRoot } from '@busan/execution'
import { ETHER, hexToBytes, signDigest, toHash } from '@busan/primitives'
import { blockHash, sealHash, withSeals } from '@busan/qbft'
import { keys as databaseKeys } from '@busan/storage'
import { createQbftRules } from '../src/consensus/qbft-rules.ts'
import { BLOCK_SIZE_BYTES_MAX } from '../src/validate/block-size.ts'
import {
  createErrorLog,
  createKey,
  dump,
  EMITTERS,
  emit,
  extend,
  GENESIS_SECONDS,
  type Key,
  openTestChain,
  propose,
  seal,
  sign,
  USER,
  VALIDATORS,
} from './fixture.ts'

const STRANGER = createKey(5n)
const ANYONE = createKey(77n).address

/** A chain that made a block, and another with the same genesis that has not seen it. */
async function twoChains(transactions: readonly Transaction[] = []) {
  const maker = await openTestChain()
  const importer = await openTestChain()
  const proposal = await propose(maker.chain, { transactions })
  return { maker, importer, proposal }
}

describe('importBlock', () => {
  it('takes sealed blocks of another node and serves all they hold', async () => {
    const { maker, importer } = await twoChains()
    const payment = sign({ nonce: 0n, to: ANYONE, valueWei: 3n * ETHER })
    const call = emit(1n, EMITTERS.oneTopic, [toHash(`0x${'ab'.repeat(32)}`)])
    const first = await extend(maker.chain, { transactions: [payment, call] })
    const second = await extend(maker.chain)

    const { chain } = importer
    const received = decodeBlock(encodeBlock(first))
    assert.deepEqual(await chain.importBlock(received), { ok: true, value: 'imported' })
    assert.deepEqual(await chain.importBlock(second), { ok: true, value: 'imported' })

    const hash = blockHash(first.header)
    assert.equal(chain.head().hash, blockHash(second.header))
    assert.equal(chain.hashByNumber(1n), hash)
    assert.deepEqual(chain.headerByNumber(1n), first.header)
    assert.deepEqual(chain.rawBlockByNumber(1n), first)
    const stored = chain.blockByHash(hash)
    assert.deepEqual(stored, chain.blockByNumber(1n))
    assert.equal(stored?.sizeBytes, encodeBlock(first).length)
    assert.deepEqual(
      stored?.transactions.map((transaction) => transaction.sender),
      [USER.address, USER.address],
    )
    assert.deepEqual(chain.transactionLocation(call.hash), {
      blockHash: hash,
      blockNumber: 1n,
      index: 1,
    })
    const receipts = chain.receiptsByHash(hash)
    assert.deepEqual(
      receipts?.map(({ succeeded, logs }) => [succeeded, logs.length]),
      [
        [true, 0],
        [true, 1],
      ],
    )
    const account = await chain.executor.stateAt(first.header.stateRoot).account(ANYONE)
    assert.equal(account?.balanceWei, 3n * ETHER)
    assert.equal(chain.blockByNumber(3n), undefined)
    assert.equal(chain.blockByNumber(-1n), undefined)
    assert.equal(chain.transactionLocation(toHash(`0x${'00'.repeat(32)}`)), undefined)
  })

  it('keeps the header chain of @ethereumjs/blockchain under the QBFT hash', async () => {
    const { chain, store } = await openTestChain()
    for (let i = 0; i < 300; i++) await extend(chain)
    const number = 257n
    const hash = chain.hashByNumber(number)
    assert.ok(hash !== undefined)
    const header = chain.headerByNumber(number)
    assert.ok(header !== undefined)
    assert.deepEqual(store.get(databaseKeys.header(number, hash)), encodeHeader(header))
    const lastHeader = store.get(databaseKeys.ethereumjs(new TextEncoder().encode('LastHeader')))
    assert.deepEqual(lastHeader, hexToBytes(chain.head().hash))
    assert.equal(chain.headerByNumber(number + 1n)?.parentHash, hash)
  })

  it('says known for a block it has, whatever its seals', async () => {
    const { chain } = await openTestChain()
    const proposal = await propose(chain)
    assert.equal((await chain.importBlock(seal(proposal))).ok, true)
    const otherSeals = seal(proposal, VALIDATORS.slice(1), 3)
    assert.deepEqual(await chain.importBlock(otherSeals), { ok: true, value: 'known' })
    assert.deepEqual(chain.headerByNumber(1n), seal(proposal).header)
  })

  it('imports a block once when asked twice at the same time', async () => {
    const { chain } = await openTestChain()
    const block = seal(await propose(chain))
    const verdicts = await Promise.all([chain.importBlock(block), chain.importBlock(block)])
    assert.deepEqual(
      verdicts.map((verdict) => verdict.ok && verdict.value),
      ['imported', 'known'],
    )
  })

  it('announces a block once it can be read', async () => {
    const { chain } = await openTestChain()
    const seen: unknown[] = []
    const stop = chain.onHead(({ block, receipts }) => {
      seen.push([block.header.number, receipts.length, chain.blockByHash(block.hash)?.hash])
    })
    const block = await extend(chain, { transactions: [sign({ nonce: 0n, to: ANYONE })] })
    stop()
    await extend(chain)
    assert.deepEqual(seen, [[1n, 1, blockHash(block.header)]])
  })

  it('is not stopped by a listener that throws', async () => {
    const { logger, errors } = createErrorLog()
    const { chain } = await openTestChain({ logger })
    chain.onHead(() => {
      throw new Error('listener bug')
    })
    await extend(chain)
    assert.equal(chain.head().header.number, 1n)
    assert.deepEqual(errors, ['head listener failed'])
  })

  it('wants a quorum of seals, all valid, of validators, once each', async () => {
    const { importer, proposal } = await twoChains()
    const before = await dump(importer.store)
    const sealed = seal(proposal).header
    const digest = hexToBytes(sealHash(proposal.header))
    const garbage = new Uint8Array(65).fill(1)
    const by = (...keys: readonly Key[]) => seal(proposal, keys)
    const [a, b, c] = VALIDATORS as readonly [Key, Key, Key]
    const cases: readonly (readonly [string, Block, RegExp])[] = [
      ['none', proposal, /0 seals, a quorum of 3 is needed/],
      ['below quorum', by(a, b), /2 seals/],
      ['double', by(a, b, b), /two seals by/],
      ['foreign', by(a, b, STRANGER), /not a validator/],
      ['one foreign beyond the quorum', by(a, b, c, STRANGER), /not a validator/],
      ['round not signed', seal({ ...proposal, header: sealed }, [a, b], 1), /2 seals/],
      [
        'unrecoverable',
        {
          ...proposal,
          header: withSeals(proposal.header, [signDigest(digest, a.privateKey), garbage, garbage]),
        },
        /seal 1 recovers|validator|two seals/,
      ],
    ]
    for (const [name, block, message] of cases) {
      const verdict = await importer.chain.importBlock(block)
      assert.ok(!verdict.ok, name)
      assert.equal(verdict.reason, 'invalid-seals', name)
      assert.match(verdict.message, message, name)
    }
    assert.deepEqual(await dump(importer.store), before)
    assert.equal((await importer.chain.importBlock(by(a, b, c))).ok, true)
  })

  it('refuses a body that is not the one the header commits to', async () => {
    const transactions = [0n, 1n].map((nonce) => sign({ nonce, to: ANYONE }))
    const { importer, proposal } = await twoChains(transactions)
    const block = seal(proposal)
    const before = await dump(importer.store)
    const swapped = { ...block, transactions: block.transactions.toReversed() }
    const cut = { ...block, transactions: block.transactions.slice(1) }
    for (const wrong of [swapped, cut]) {
      const verdict = await importer.chain.importBlock(wrong)
      assert.ok(!verdict.ok && verdict.reason === 'invalid-body', JSON.stringify(verdict))
      assert.match(verdict.message, /transactionsRoot: got/)
    }
    assert.deepEqual(await dump(importer.store), before)
  })

  it('refuses another body also when it has already run the block as a proposal', async () => {
    const { chain } = await openTestChain()
    const block = seal(await propose(chain, { transactions: [sign({ nonce: 0n, to: ANYONE })] }))
    const emptied = await chain.importBlock({ ...block, transactions: [] })
    assert.ok(!emptied.ok && emptied.reason === 'invalid-body')
    assert.equal((await chain.importBlock(block)).ok, true)
  })

  it('refuses a header that claims another outcome than execution has', async () => {
    const transactions = [emit(0n, EMITTERS.noTopic, [])]
    const { importer, proposal } = await twoChains(transactions)
    const wrongHash = toHash(`0x${'11'.repeat(32)}`)
    const claims = [
      { stateRoot: wrongHash },
      { receiptsRoot: wrongHash },
      { gasUsed: proposal.header.gasUsed + 1n },
      { logsBloom: `0x${'00'.repeat(256)}` },
    ] as const
    const before = await dump(importer.store)
    for (const claim of claims) {
      const block = seal({ ...proposal, header: { ...proposal.header, ...claim } })
      const verdict = await importer.chain.importBlock(block)
      assert.ok(!verdict.ok && verdict.reason === 'invalid-outcome', JSON.stringify(verdict))
      assert.match(verdict.message, new RegExp(`^${Object.keys(claim)[0]}: got`))
    }
    assert.deepEqual(await dump(importer.store), before)
    assert.equal((await importer.chain.importBlock(seal(proposal))).ok, true)
  })

  it('refuses transactions that cannot run', async () => {
    const { importer, proposal } = await twoChains()
    const { executor } = importer.chain
    const gap = sign({ nonce: 7n, to: ANYONE })
    const header = { ...proposal.header, transactionsRoot: await rootOf(gap) }
    const verdict = await importer.chain.importBlock(seal({ header, transactions: [gap.raw] }))
    assert.ok(!verdict.ok && verdict.reason === 'invalid-transaction', JSON.stringify(verdict))
    assert.match(verdict.message, /transaction 0: nonce too high/)
    assert.equal(executor.hasState(header.stateRoot), true)

    const blob = Uint8Array.of(3, 0xc0)
    const blobHeader = { ...proposal.header, transactionsRoot: await rootOf({ raw: blob }) }
    const blobVerdict = await importer.chain.importBlock(
      seal({ header: blobHeader, transactions: [blob] }),
    )
    assert.ok(!blobVerdict.ok && blobVerdict.reason === 'invalid-transaction')
    assert.match(blobVerdict.message, /transaction type not supported/)

    const junk = Uint8Array.of(2, 0xc0)
    const junkHeader = { ...proposal.header, transactionsRoot: await rootOf({ raw: junk }) }
    const junkVerdict = await importer.chain.importBlock(
      seal({ header: junkHeader, transactions: [junk] }),
    )
    assert.ok(!junkVerdict.ok && junkVerdict.reason === 'invalid-transaction')
  })

  it('judges the size of a block without its seals, which differ from copy to copy', async () => {
    const { chain } = await openTestChain()
    const { validateBody } = createQbftRules(chain.spec)
    const proposal = await propose(chain)
    const sealed = seal(proposal).header
    const sizeWith = (raw: Uint8Array) =>
      encodeBlock({ header: proposal.header, transactions: [raw] }).length
    const filler = 1_000_000
    const overheadBytes = sizeWith(new Uint8Array(filler).fill(2)) - filler
    const fitting = new Uint8Array(BLOCK_SIZE_BYTES_MAX - overheadBytes).fill(2)
    assert.equal(sizeWith(fitting), BLOCK_SIZE_BYTES_MAX)
    for (const header of [proposal.header, sealed]) {
      assert.equal(validateBody({ header, transactions: [fitting] }).ok, true)
      const transactions = [new Uint8Array(fitting.length + 1).fill(2)]
      const exceeds = validateBody({ header, transactions })
      assert.match(exceeds.ok ? '' : exceeds.message, /EIP-7934/)
    }
  })

  it('refuses a block above the size limit', async () => {
    const { importer, proposal } = await twoChains()
    const huge = new Uint8Array(8 * 1024 * 1024)
    huge[0] = 2
    const verdict = await importer.chain.importBlock(seal({ ...proposal, transactions: [huge] }))
    assert.ok(!verdict.ok && verdict.reason === 'invalid-body')
    assert.match(verdict.message, /EIP-7934/)
  })

  it('refuses extraData that is not QBFT', async () => {
    const { importer, proposal } = await twoChains()
    const header = { ...proposal.header, extraData: '0xc0' } as const
    const verdict = await importer.chain.importBlock({ ...proposal, header })
    assert.ok(!verdict.ok && verdict.reason === 'malformed-block')
  })

  it('refuses a block whose parent is not the head', async () => {
    const { maker, importer } = await twoChains()
    await extend(maker.chain)
    const second = await extend(maker.chain)
    const verdict = await importer.chain.importBlock(second)
    assert.ok(!verdict.ok && verdict.reason === 'unknown-parent')
    assert.match(verdict.message, /block 2 builds on 0x\w+, the head is 0/)
  })

  it('never replaces a block, and calls for people when a second one is sealed', async () => {
    const { logger, errors } = createErrorLog()
    const { chain, store } = await openTestChain({ logger })
    const rival = await propose(chain, { transactions: [sign({ nonce: 0n, to: ANYONE })] })
    await extend(chain)
    const before = await dump(store)

    const unsealed = await chain.importBlock(rival)
    assert.ok(!unsealed.ok && unsealed.reason === 'invalid-seals')
    assert.deepEqual(errors, [])

    const sealed = await chain.importBlock(seal(rival))
    assert.ok(!sealed.ok && sealed.reason === 'conflicting-block')
    assert.deepEqual(errors, ['fork: a second block is sealed at a height we have'])
    assert.deepEqual(await dump(store), before)
  })

  it('refuses a block ahead of the clock with a reason of its own, and takes it later', async () => {
    const { chain, clock } = await openTestChain()
    const aheadSeconds = GENESIS_SECONDS + 10n
    const proposal = await propose(chain, { nowMs: Number(aheadSeconds) * 1000 })
    const block = seal(proposal)
    clock.setMs(Number(aheadSeconds) * 1000 - 1001)
    const unsealed = await chain.importBlock(proposal)
    assert.ok(!unsealed.ok && unsealed.reason === 'invalid-seals', 'worth no other try')
    const verdict = await chain.importBlock(block)
    assert.ok(!verdict.ok && verdict.reason === 'future-block')
    assert.equal(chain.head().header.number, 0n)
    clock.setMs(Number(aheadSeconds) * 1000 - 1000)
    assert.deepEqual(await chain.importBlock(block), { ok: true, value: 'imported' })
  })

  it('refuses work after close and finishes what was asked for before', async () => {
    const { chain } = await openTestChain()
    const block = seal(await propose(chain))
    const importing = chain.importBlock(block)
    await chain.close()
    assert.deepEqual(await importing, { ok: true, value: 'imported' })
    await assert.rejects(chain.importBlock(block), { code: 'chain-closed' })
  })

  it('reports the head and refusals as metrics', async () => {
    const { chain, metrics } = await openTestChain()
    const block = await extend(chain, { transactions: [sign({ nonce: 0n, to: ANYONE })] })
    await chain.importBlock({ ...block, header: { ...block.header, extraData: '0x' } })
    const { text } = await metrics.expose()
    assert.match(text, /^ethereum_blockchain_height 1$/m)
    assert.match(
      text,
      new RegExp(`^besu_blockchain_chain_head_timestamp ${block.header.timestamp}$`, 'm'),
    )
    assert.match(text, /^besu_blockchain_chain_head_gas_used 21000$/m)
    assert.match(text, /^besu_blockchain_chain_head_gas_limit 30000000$/m)
    assert.match(text, /^besu_blockchain_chain_head_transaction_count 1$/m)
    assert.match(text, /^busan_chain_import_seconds_count 1$/m)
    assert.match(text, /busan_chain_refused_blocks_total\{reason="malformed-block"\} 1/)
  })
})

describe('checkProposal', () => {
  it('accepts an unsealed block and writes nothing; import does not run it again', async () => {
    let runs = 0
    const wrapExecutor = (executor: Executor): Executor => ({
      ...executor,
      executeBlock(block, parent) {
        runs += 1
        return executor.executeBlock(block, parent)
      },
    })
    const maker = await openTestChain()
    const { chain, store } = await openTestChain({ wrapExecutor })
    const proposal = await propose(maker.chain, { transactions: [sign({ nonce: 0n, to: ANYONE })] })
    const before = await dump(store)
    assert.deepEqual(await chain.checkProposal(proposal), { ok: true, value: 'valid' })
    assert.deepEqual(await dump(store), before)
    assert.equal(runs, 1)
    const committedLater = seal(proposal, VALIDATORS, 2)
    assert.deepEqual(await chain.importBlock(committedLater), { ok: true, value: 'imported' })
    assert.equal(runs, 1)
  })

  it('refuses what import would refuse', async () => {
    const { importer, proposal } = await twoChains()
    const header = { ...proposal.header, stateRoot: toHash(`0x${'22'.repeat(32)}`) }
    const outcome = await importer.chain.checkProposal({ ...proposal, header })
    assert.ok(!outcome.ok && outcome.reason === 'invalid-outcome')
    const late = { ...proposal.header, difficulty: 2n }
    const rule = await importer.chain.checkProposal({ ...proposal, header: late })
    assert.ok(!rule.ok && rule.reason === 'invalid-header')
  })
})

function rootOf(...transactions: readonly { readonly raw: Uint8Array }[]) {
  return transactionsRoot(transactions.map(({ raw }) => raw))
}
