import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Address, Hex } from 'viem'
import { formatUserOperationRequest } from 'viem/account-abstraction'
import {
  formatOperation,
  gasOf,
  hashOperation,
  type Operation,
  packOperation,
  parseOperation,
  unpackOperation,
} from '../src/operation.ts'

const CHAIN_ID = 51_053
const hex = (minLength: number, maxLength: number) =>
  fc
    .uint8Array({ minLength, maxLength })
    .map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`)
const address = hex(20, 20) as fc.Arbitrary<Address>
const data = hex(0, 300)
const gas = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })
const factory = fc.record({ factory: address, factoryData: data })
const paymaster = fc.record({
  paymaster: address,
  paymasterData: data,
  paymasterVerificationGasLimit: gas,
  paymasterPostOpGasLimit: gas,
})
const operation: fc.Arbitrary<Operation> = fc
  .tuple(
    fc.record({
      sender: address,
      nonce: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      callData: data,
      callGasLimit: gas,
      verificationGasLimit: gas,
      preVerificationGas: gas,
      maxFeePerGas: gas,
      maxPriorityFeePerGas: gas,
      signature: data,
    }),
    fc.option(factory, { nil: {} }),
    fc.option(paymaster, { nil: {} }),
  )
  .map(([base, made, paid]) => ({ ...base, ...made, ...paid }))

test('an operation is the same after the wire and after the entry point', () => {
  fc.assert(
    fc.property(operation, (one) => {
      const sent = parseOperation(JSON.parse(JSON.stringify(formatUserOperationRequest(one))))
      assert.ok(sent.ok)
      assert.deepEqual(sent.value, one)
      const answered = parseOperation(formatOperation(one))
      assert.deepEqual(answered, sent)
      const unpacked = unpackOperation(packOperation(one))
      assert.deepEqual(unpacked, one)
      assert.equal(hashOperation(unpacked, CHAIN_ID), hashOperation(one, CHAIN_ID))
      assert.ok(gasOf(one) >= one.callGasLimit)
    }),
  )
})

test('what is no operation is refused, and what is wrong is named', () => {
  const [one] = fc.sample(operation, { numRuns: 1, seed: 1 }) as [Operation]
  const good = formatOperation(one)
  const wrong: Record<string, unknown> = {
    sender: '0x12',
    nonce: '1',
    callData: '0x123',
    signature: `0x${'00'.repeat(20_000)}`,
    callGasLimit: `0x${'f'.repeat(33)}`,
  }
  for (const [field, value] of Object.entries(wrong)) {
    const verdict = parseOperation({ ...good, [field]: value })
    assert.ok(!verdict.ok && verdict.reason === 'invalid-params')
    assert.match(verdict.message, new RegExp(field))
  }
  for (const value of [null, 'x', [], 7]) assert.equal(parseOperation(value).ok, false)
})
