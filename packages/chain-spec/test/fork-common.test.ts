import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hexToBytes, privateKeyToAddress } from '@busan/primitives'
import { createBlockHeader } from '@ethereumjs/block'
import { createEVM } from '@ethereumjs/evm'
import { createFeeMarket1559Tx, createLegacyTx, createTxFromRLP } from '@ethereumjs/tx'
import { createAddressFromString, ecrecover } from '@ethereumjs/util'
import { QBFT_MIX_HASH } from '../src/index.ts'
import { genesisWith, parse } from './genesis-fixture.ts'

const spec = parse(
  genesisWith(
    {},
    {
      osakaTime: 100,
      bpo1Time: 200,
      blobSchedule: {
        prague: { target: 1, max: 2, baseFeeUpdateFraction: 99 },
        bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8346193 },
      },
    },
  ),
)
const osaka = spec.commonAt(1n, 100n)
const privateKey = new Uint8Array(32).fill(7)
const sender = privateKeyToAddress(privateKey)
const to = createAddressFromString(`0x${'22'.repeat(20)}`)
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

describe('the ethereumjs view of a fork', () => {
  test('is one shared instance for each fork, and its own copy', () => {
    assert.equal(spec.commonAt(5n, 199n), osaka)
    assert.notEqual(spec.commonAt(5n, 200n), osaka)
    assert.notEqual(spec.commonAt(5n, 99n), osaka)
    assert.equal(osaka.copy(), osaka)
    const tx = createLegacyTx({}, { common: osaka })
    assert.equal(tx.common, osaka)
  })

  test('refuses to be changed', () => {
    osaka.setHardfork('osaka')
    assert.throws(() => osaka.setHardfork('london'), /shared rules of osaka/)
    assert.throws(() => osaka.setEIPs([2537]), /shared rules of osaka/)
    assert.throws(() => osaka.resetParams({}), /shared rules of osaka/)
    assert.equal(osaka.hardfork(), 'osaka')
  })

  test('keeps no listeners, however many EVMs are made', async () => {
    for (let i = 0; i < 3; i++) await createEVM({ common: osaka })
    assert.equal(osaka.events.listenerCount('hardforkChanged'), 0)
  })

  test('merges the parameters of each library once and reads them all', () => {
    const params = { 1: { ourParameter: 5 } }
    osaka.updateParams(params)
    assert.equal(osaka.param('ourParameter'), 5n)
    params[1].ourParameter = 6
    osaka.updateParams(params)
    assert.equal(osaka.param('ourParameter'), 5n)
    osaka.updateParams({ 1: { ourParameter: 7 } })
    assert.equal(osaka.param('ourParameter'), 7n)
    assert.throws(() => osaka.param('noSuchParameter'), /noSuchParameter/)
  })

  test('takes QBFT headers under post-merge forks', () => {
    assert.equal(osaka.consensusType(), 'bft')
    assert.equal(osaka.consensusAlgorithm(), 'qbft')
    const header = createBlockHeader(
      { number: 1n, difficulty: 1n, extraData: new Uint8Array(300), mixHash: QBFT_MIX_HASH },
      { common: osaka },
    )
    assert.equal(header.raw().length, 21)
    assert.equal(header.common, osaka)
  })

  test('runs the forks and the blob counts of the file', async () => {
    createBlockHeader({ number: 1n, difficulty: 1n }, { common: osaka })
    const blobs = (timestamp: bigint) => {
      const common = spec.commonAt(1n, timestamp)
      createBlockHeader({ number: 1n, difficulty: 1n }, { common })
      const { targetBlobGasPerBlock, blobGasPriceUpdateFraction } = common.getBlobGasSchedule()
      return [targetBlobGasPerBlock / 131072n, blobGasPriceUpdateFraction]
    }
    assert.deepEqual([0n, 100n, 200n].map(blobs), [
      [1n, 99n],
      [1n, 99n],
      [10n, 8346193n],
    ])
    assert.equal(osaka.isActivatedEIP(7825), true)
    assert.equal(spec.commonAt(1n, 0n).isActivatedEIP(7825), false)
    assert.equal(osaka.chainId(), 51053n)
  })

  test('serves history by the window of EIP-2935 whichever library came last', async () => {
    await createEVM({ common: osaka })
    assert.equal(osaka.param('historyServeWindow'), 8191n)
  })
})

describe('the native cryptography in ethereumjs', () => {
  test('recovers the sender of legacy, EIP-155 and typed transactions', () => {
    const fields = { gasLimit: 21000n, to, gasPrice: 5n }
    const signed = [
      createLegacyTx(fields, { common: osaka }).sign(privateKey),
      createFeeMarket1559Tx({ gasLimit: 21000n, to, chainId: 51053n }, { common: osaka }).sign(
        privateKey,
      ),
    ]
    const unprotected = createLegacyTx({ ...fields, v: 27n, r: 1n, s: 1n }, { common: osaka })
    assert.equal(unprotected.supports(155), false)
    for (const tx of signed) {
      const read = createTxFromRLP(tx.serialize(), { common: osaka })
      assert.equal(read.getSenderAddress().toString(), sender)
    }
    assert.ok((signed[0]?.v ?? 0n) >= 35n + 2n * 51053n)
  })

  test('agrees with the JavaScript of ethereumjs for every form of v', () => {
    const tx = createLegacyTx({ gasLimit: 21000n, to }, { common: osaka }).sign(privateKey)
    const digest = tx.getMessageToVerifySignature()
    const native = osaka.customCrypto.ecrecover
    assert.ok(
      native !== undefined && tx.r !== undefined && tx.s !== undefined && tx.v !== undefined,
    )
    const parity = tx.v - 35n - 2n * 51053n
    const [r, s] = [word(tx.r), word(tx.s)]
    const forms: [bigint, bigint?][] = [[parity], [27n + parity], [tx.v, 51053n]]
    for (const [v, chainId] of forms) {
      assert.deepEqual(native(digest, v, r, s, chainId), ecrecover(digest, v, r, s, chainId))
    }
    for (const v of [2n, 26n, 29n, tx.v + 5n]) assert.throws(() => native(digest, v, r, s))
    assert.throws(() => native(digest, 27n, new Uint8Array(), s))
    assert.throws(() => native(digest, 27n, word(ORDER), s))
  })

  test('accepts high s in the ECRECOVER precompile and refuses it in transactions (EIP-2)', async () => {
    const tx = createLegacyTx({ gasLimit: 21000n, to }, { common: osaka }).sign(privateKey)
    assert.ok(tx.r !== undefined && tx.s !== undefined && tx.v !== undefined)
    const [highS, parity] = [ORDER - tx.s, 1n - (tx.v - 35n - 2n * 51053n)]
    const data = [tx.getHashedMessageToSign(), word(27n + parity), word(tx.r), word(highS)]
    const evm = await createEVM({ common: osaka })
    const { execResult } = await evm.runCall({
      to: createAddressFromString(`0x${'00'.repeat(19)}01`),
      data: Uint8Array.from(data.flatMap((part) => [...part])),
      gasLimit: 10_000n,
    })
    assert.equal(Buffer.from(execResult.returnValue.subarray(12)).toString('hex'), sender.slice(2))
    const malleated = createLegacyTx(
      { gasLimit: 21000n, to, r: tx.r, s: highS, v: 35n + 2n * 51053n + parity },
      { common: osaka },
    )
    assert.throws(() => malleated.getSenderAddress(), /s-values/)
  })
})

function word(value: bigint): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
}
