import { accept, refuse, type Verdict } from '@busan/primitives'
import { ABIS } from '@busan/sdk'
import { type Address, concat, encodePacked, type Hex, serializeSignature } from 'viem'
import { entryPoint08Address } from 'viem/account-abstraction'
import type { Desk } from './desk.ts'
import { describeRevert } from './failures.ts'
import { hashOperation, type Operation, packOperation } from './operation.ts'
import { runCalls } from './run-calls.ts'

/** Seconds: time enough to sign with a passkey and be included; the contract allows an hour. */
const APPROVAL_SECONDS = 600n
const REQUEST = [
  { name: 'sender', type: 'address' },
  { name: 'nonce', type: 'uint256' },
  { name: 'initCode', type: 'bytes' },
  { name: 'callData', type: 'bytes' },
  { name: 'accountGasLimits', type: 'bytes32' },
  { name: 'preVerificationGas', type: 'uint256' },
  { name: 'gasFees', type: 'bytes32' },
  { name: 'paymasterVerificationGasLimit', type: 'uint256' },
  { name: 'paymasterPostOpGasLimit', type: 'uint256' },
  { name: 'validAfter', type: 'uint48' },
  { name: 'validUntil', type: 'uint48' },
] as const

/** The sponsor's part of an operation (ERC-7677). */
export interface Approval {
  readonly paymaster: Address
  readonly paymasterData: Hex
  readonly paymasterPostOpGasLimit: bigint
  readonly paymasterVerificationGasLimit?: bigint
}

/** An approval in form only, by a signer without the role: gas is estimated with it. */
export async function stubApproval(desk: Desk): Promise<Approval> {
  const { timestamp } = await desk.client.getBlock()
  return approval(desk, Number(timestamp + APPROVAL_SECONDS), STUB_SIGNATURE)
}

/**
 * Approves an operation, if the contract would pay for it once it is approved.
 * @param operation with its final gas limits and fees; its own signature may still be missing
 */
export async function approveOperation(
  desk: Desk,
  operation: Operation,
): Promise<Verdict<Approval, 'paymaster-refuses' | 'account-refuses'>> {
  const { timestamp } = await desk.client.getBlock()
  const validUntil = Number(timestamp + APPROVAL_SECONDS)
  const { paymasterVerificationGasLimit = 0n } = operation
  const limits = { paymasterVerificationGasLimit, paymasterPostOpGasLimit: 0n }
  const asked = { ...operation, ...approval(desk, validUntil, STUB_SIGNATURE), ...limits }
  const { initCode, callData, accountGasLimits, gasFees } = packOperation(asked)
  const signature = await desk.signer.signTypedData({
    domain: {
      name: 'Busan Sponsor',
      version: '1',
      chainId: desk.client.chain.id,
      verifyingContract: desk.sponsor,
    },
    types: { UserOperationRequest: REQUEST },
    primaryType: 'UserOperationRequest',
    message: {
      sender: operation.sender,
      nonce: operation.nonce,
      initCode,
      callData,
      accountGasLimits,
      preVerificationGas: operation.preVerificationGas,
      gasFees,
      ...limits,
      validAfter: 0,
      validUntil,
    },
  })
  const approved = { ...approval(desk, validUntil, signature), ...limits }
  const problem = await refusalOf(desk, { ...operation, ...approved })
  return problem ?? accept(approved)
}

/** Asks the contract as the entry point will. */
async function refusalOf(desk: Desk, operation: Operation) {
  const { factory, factoryData = '0x' } = operation
  const ask = {
    from: entryPoint08Address,
    to: desk.sponsor,
    abi: ABIS.CitySponsor,
    functionName: 'validatePaymasterUserOp',
    args: [packOperation(operation), hashOperation(operation, desk.client.chain.id), 0n],
  } as const
  const creation = factory ? [{ to: factory, data: factoryData }] : []
  const results = await runCalls(desk.client, [...creation, ask])
  const answer = results.at(-1)
  if (creation.length > 0 && results[0]?.status === 'failure') {
    return refuse('account-refuses', `AA13 initCode failed: ${describeRevert(results[0].data)}`)
  }
  if (answer === undefined || answer.status === 'failure') {
    return refuse('paymaster-refuses', describeRevert(answer?.data ?? '0x'))
  }
  // The validation data that is returned second: its lowest bit is set when the approval is no good.
  if (BigInt(`0x${answer.data.slice(66, 130)}`) & 1n) {
    return refuse('paymaster-refuses', `${desk.signer.address} is no sponsor signer (role 81)`)
  }
  return undefined
}

function approval(desk: Desk, validUntil: number, signature: Hex): Approval {
  const times = encodePacked(['uint48', 'uint48'], [0, validUntil])
  return {
    paymaster: desk.sponsor,
    paymasterData: concat([times, signature]),
    paymasterPostOpGasLimit: 0n,
  }
}

/** Recovers to somebody, so that the question for the role is part of the estimate. */
const STUB_SIGNATURE = serializeSignature({
  r: `0x${'11'.repeat(32)}`,
  s: `0x${'11'.repeat(32)}`,
  yParity: 0,
})
