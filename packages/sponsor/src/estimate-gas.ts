import { accept, refuse, type Verdict } from '@busan/primitives'
import { ABIS } from '@busan/sdk'
import { encodeFunctionData, type Hex, hexToBytes, size } from 'viem'
import { entryPoint08Abi, entryPoint08Address } from 'viem/account-abstraction'
import type { Desk } from './desk.ts'
import { describeRevert } from './failures.ts'
import { hashOperation, type Operation, packOperation } from './operation.ts'
import { runCalls, type TrialResult } from './run-calls.ts'

const TRANSACTION_GAS = 21_000n
/** What the entry point does for a bundle of one and charges to no limit. */
const ENTRY_POINT_GAS = 20_000n
/** A stub signature often ends the check early: a passkey's takes a P-256 precompile and its hashes. */
const SIGNATURE_GAS = 30_000n
const ZERO_BYTE_GAS = 4n
const BYTE_GAS = 16n

/** Gas limits of an operation. */
export interface GasLimits {
  readonly preVerificationGas: bigint
  readonly verificationGasLimit: bigint
  readonly callGasLimit: bigint
  readonly paymasterVerificationGasLimit: bigint
  readonly paymasterPostOpGasLimit: bigint
}

/** Runs the parts of an operation as the entry point would, its signatures being stubs. */
export async function estimateGas(
  desk: Desk,
  operation: Operation,
): Promise<Verdict<GasLimits, 'account-refuses' | 'paymaster-refuses' | 'call-reverts'>> {
  const { factory, factoryData = '0x', sender, paymaster, callData } = operation
  const from = entryPoint08Address
  const args = [packOperation(operation), hashOperation(operation, desk.client.chain.id), 0n]
  const calls = {
    creation: factory && { to: factory, data: factoryData },
    account: {
      from,
      to: sender,
      abi: ABIS.PasskeyAccount,
      functionName: 'validateUserOp',
      args,
    },
    paymaster: paymaster && {
      from,
      to: paymaster,
      abi: ABIS.CitySponsor,
      functionName: 'validatePaymasterUserOp',
      args,
    },
    execution: { from, to: sender, data: callData },
  }
  const named = Object.entries(calls).flatMap(([name, call]) => (call ? [{ name, call }] : []))
  const results = await runCalls(
    desk.client,
    named.map(({ call }) => call),
  )
  const result = (name: keyof typeof calls) =>
    results[named.findIndex((one) => one.name === name)] as TrialResult | undefined
  for (const [name, reason, code] of FAILURES) {
    const found = result(name)
    if (found?.status === 'failure') return refuse(reason, code + describeRevert(found.data))
  }
  const creation = withMargin(result('creation'))
  const limits = {
    verificationGasLimit: creation + withMargin(result('account')) + SIGNATURE_GAS,
    callGasLimit: withMargin(result('execution')),
    paymasterVerificationGasLimit: withMargin(result('paymaster')),
    paymasterPostOpGasLimit: 0n,
  }
  return accept({ ...limits, preVerificationGas: shareOfBundle({ ...operation, ...limits }) })
}

const FAILURES = [
  ['creation', 'account-refuses', 'AA13 initCode failed: '],
  ['account', 'account-refuses', 'AA23 reverted: '],
  ['paymaster', 'paymaster-refuses', 'AA33 reverted: '],
  ['execution', 'call-reverts', 'execution reverted: '],
] as const

/** Three tenths more: storage refunds and the 64th that each inner call leaves behind. */
function withMargin(result: TrialResult | undefined): bigint {
  if (result === undefined) return 0n
  return ((result.gasUsed - TRANSACTION_GAS) * 13n) / 10n
}

/** What an operation alone in its bundle costs outside of its limits. */
function shareOfBundle(operation: Operation): bigint {
  const data = encodeFunctionData({
    abi: entryPoint08Abi,
    functionName: 'handleOps',
    args: [[packOperation({ ...operation, preVerificationGas: 2n ** 24n })], operation.sender],
  })
  return TRANSACTION_GAS + ENTRY_POINT_GAS + dataGas(data)
}

function dataGas(data: Hex): bigint {
  const zeros = BigInt(hexToBytes(data).filter((byte) => byte === 0).length)
  return (BigInt(size(data)) - zeros) * BYTE_GAS + zeros * ZERO_BYTE_GAS
}
