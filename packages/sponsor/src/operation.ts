import { accept, refuse, type Verdict } from '@busan/primitives'
import { type Address, type Hash, type Hex, hexToBigInt, size, slice, toHex } from 'viem'
import {
  entryPoint08Address,
  getUserOperationHash,
  type PackedUserOperation,
  toPackedUserOperation,
  type UserOperation,
} from 'viem/account-abstraction'
import { z } from 'zod'

/** A user operation of EntryPoint v0.8. Gas in units of gas, fees in wei. */
export type Operation = UserOperation<'0.8'>

/** Why an operation is not brought to the chain; the codes of ERC-7769 are in {@link REFUSAL_CODES}. */
export type OperationRefusal = keyof typeof REFUSAL_CODES

/** JSON-RPC error codes by reason (ERC-7769). */
export const REFUSAL_CODES = {
  'invalid-params': -32602,
  'account-refuses': -32500,
  'paymaster-refuses': -32501,
  'out-of-time': -32503,
  'fee-too-low': -32602,
  'queue-full': -32604,
  'call-reverts': -32521,
} as const

const DATA_MAX_CHARACTERS = 32_770
const isData = (text: string): text is Hex => /^0x([0-9a-fA-F]{2})*$/.test(text)
const DATA = z.string().max(DATA_MAX_CHARACTERS).refine(isData, 'must be 0x and pairs of digits')
const ADDRESS = z.custom<Address>(
  (value) => typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value),
  'must be 20 bytes of hex',
)
const quantity = (maxDigits: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{1,${maxDigits}}$`), 'must be 0x and digits')
    .transform((text) => hexToBigInt(text as Hex))
/** Fields of 128 bits. */
const GAS = quantity(32)

const OPERATION = z.object({
  sender: ADDRESS,
  nonce: quantity(64),
  factory: ADDRESS.nullish(),
  factoryData: DATA.nullish(),
  callData: DATA,
  callGasLimit: GAS.nullish(),
  verificationGasLimit: GAS.nullish(),
  preVerificationGas: GAS.nullish(),
  maxFeePerGas: GAS.nullish(),
  maxPriorityFeePerGas: GAS.nullish(),
  paymaster: ADDRESS.nullish(),
  paymasterData: DATA.nullish(),
  paymasterVerificationGasLimit: GAS.nullish(),
  paymasterPostOpGasLimit: GAS.nullish(),
  signature: DATA.nullish(),
})

/** Reads what a wallet sent, with 0 for gas and fees that it does not know yet. */
export function parseOperation(value: unknown): Verdict<Operation, 'invalid-params'> {
  const parsed = OPERATION.safeParse(value)
  if (!parsed.success) {
    const [problem] = parsed.error.issues
    return refuse(
      'invalid-params',
      `user operation: ${problem?.path.join('.')} ${problem?.message}`,
    )
  }
  const given = parsed.data
  const operation: Operation = {
    sender: given.sender,
    nonce: given.nonce,
    callData: given.callData,
    callGasLimit: given.callGasLimit ?? 0n,
    verificationGasLimit: given.verificationGasLimit ?? 0n,
    preVerificationGas: given.preVerificationGas ?? 0n,
    maxFeePerGas: given.maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: given.maxPriorityFeePerGas ?? 0n,
    signature: given.signature ?? '0x',
    ...(given.factory && { factory: given.factory, factoryData: given.factoryData ?? '0x' }),
    ...(given.paymaster && {
      paymaster: given.paymaster,
      paymasterData: given.paymasterData ?? '0x',
      paymasterVerificationGasLimit: given.paymasterVerificationGasLimit ?? 0n,
      paymasterPostOpGasLimit: given.paymasterPostOpGasLimit ?? 0n,
    }),
  }
  return accept(operation)
}

/** As JSON-RPC writes it. */
export function formatOperation(operation: Operation): Record<string, string> {
  const entries = Object.entries(operation).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'bigint' ? toHex(value) : String(value)]),
  )
}

/** What its account signs. */
export function hashOperation(operation: Operation, chainId: number): Hash {
  return getUserOperationHash({
    chainId,
    entryPointAddress: entryPoint08Address,
    entryPointVersion: '0.8',
    userOperation: operation,
  })
}

/** As the entry point takes it. */
export function packOperation(operation: Operation): PackedUserOperation {
  return toPackedUserOperation(operation)
}

/** What the entry point took, apart again. */
export function unpackOperation(packed: PackedUserOperation): Operation {
  const { initCode, paymasterAndData, accountGasLimits, gasFees } = packed
  const number = (data: Hex, from: number) => hexToBigInt(slice(data, from, from + 16))
  return {
    sender: packed.sender,
    nonce: packed.nonce,
    callData: packed.callData,
    verificationGasLimit: number(accountGasLimits, 0),
    callGasLimit: number(accountGasLimits, 16),
    preVerificationGas: packed.preVerificationGas,
    maxPriorityFeePerGas: number(gasFees, 0),
    maxFeePerGas: number(gasFees, 16),
    signature: packed.signature,
    ...(initCode !== '0x' && { factory: slice(initCode, 0, 20), factoryData: tail(initCode, 20) }),
    ...(paymasterAndData !== '0x' && {
      paymaster: slice(paymasterAndData, 0, 20),
      paymasterVerificationGasLimit: number(paymasterAndData, 20),
      paymasterPostOpGasLimit: number(paymasterAndData, 36),
      paymasterData: tail(paymasterAndData, 52),
    }),
  }
}

/** viem's `slice` refuses to start at the end. */
function tail(data: Hex, from: number): Hex {
  return size(data) === from ? '0x' : slice(data, from)
}

/** Most gas that it can use, its share of the bundle included. */
export function gasOf(operation: Operation): bigint {
  return (
    operation.preVerificationGas +
    operation.verificationGasLimit +
    operation.callGasLimit +
    (operation.paymasterVerificationGasLimit ?? 0n) +
    (operation.paymasterPostOpGasLimit ?? 0n)
  )
}
