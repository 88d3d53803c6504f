import {
  type Address,
  type Chain,
  type Client,
  decodeAbiParameters,
  decodeFunctionData,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  type JsonRpcAccount,
  type LocalAccount,
  pad,
  parseAbi,
  slice,
  type Transport,
  type TypedData,
  type TypedDataDefinition,
  zeroHash,
} from 'viem'
import {
  entryPoint08Abi,
  entryPoint08Address,
  getUserOperationHash,
  type SmartAccount,
  type SmartAccountImplementation,
  toSmartAccount,
  type WebAuthnAccount,
} from 'viem/account-abstraction'
import { readContract } from 'viem/actions'
import { hashMessage, hashTypedData, wrapTypedDataSignature } from 'viem/experimental/erc7739'
import type { DeployedContract } from '../deployments.ts'

/** ERC-7579's mode of a batch that fails as a whole. */
const BATCH_MODE = pad('0x01', { dir: 'right', size: 32 })
const EXECUTE = parseAbi(['function execute(bytes32 mode, bytes executionData) payable'])
const CALLS = [
  {
    type: 'tuple[]',
    components: [
      { name: 'target', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'callData', type: 'bytes' },
    ],
  },
] as const
const ASSERTION = [
  { type: 'bytes32' },
  { type: 'bytes32' },
  { type: 'uint256' },
  { type: 'uint256' },
  { type: 'bytes' },
  { type: 'string' },
] as const

type Implementation = SmartAccountImplementation<typeof entryPoint08Abi, '0.8'>

/** An account of `PasskeyAccount.sol`, as viem's bundler client takes accounts. */
export type PasskeyAccount = SmartAccount<Implementation>

/** Whose account it is, and where it is made. */
export interface PasskeyAccountOptions {
  /** Of the chain that the account is on. */
  readonly client: Client<Transport, Chain, JsonRpcAccount | LocalAccount | undefined>
  readonly factory: DeployedContract<'PasskeyAccountFactory'>
  /** The passkey: viem's `toWebAuthnAccount` makes it of a credential of the browser's. */
  readonly passkey: WebAuthnAccount
  /** 32 bytes that tell several accounts of one passkey apart. */
  readonly salt?: Hex
}

/**
 * The account of a passkey, also before it exists: its first operation makes it.
 * Signatures for applications are nested in the account's domain (ERC-7739).
 */
export async function toPasskeyAccount(options: PasskeyAccountOptions): Promise<PasskeyAccount> {
  const { client, factory, passkey, salt = zeroHash } = options
  const [qx, qy] = [slice(passkey.publicKey, 0, 32), slice(passkey.publicKey, 32, 64)]
  const args = [qx, qy, salt] as const
  const address = await readContract(client, { ...factory, functionName: 'addressOf', args })
  const verifierDomain = {
    name: 'Busan Account',
    version: '1',
    chainId: client.chain.id,
    verifyingContract: address,
    salt: zeroHash,
  }

  return toSmartAccount<Implementation>({
    client,
    entryPoint: { abi: entryPoint08Abi, address: entryPoint08Address, version: '0.8' },
    getAddress: async () => address,
    getFactoryArgs: async () => ({
      factory: factory.address,
      factoryData: encodeFunctionData({ abi: factory.abi, functionName: 'create', args }),
    }),
    encodeCalls: async (calls) => encodeCalls(calls),
    decodeCalls: async (data) => decodeCalls(data),
    getStubSignature: async () => STUB_SIGNATURE,
    signMessage: ({ message }) => signHash(passkey, hashMessage({ message, verifierDomain })),
    async signTypedData(parameters) {
      const typedData = parameters as TypedDataDefinition<TypedData, string>
      const hash = hashTypedData({ ...typedData, verifierDomain })
      const signature = await signHash(passkey, hash)
      return wrapTypedDataSignature({ ...typedData, signature })
    },
    signUserOperation({ chainId = client.chain.id, ...userOperation }) {
      const hash = getUserOperationHash({
        chainId,
        entryPointAddress: entryPoint08Address,
        entryPointVersion: '0.8',
        userOperation: { ...userOperation, sender: address, signature: '0x' },
      })
      return signHash(passkey, hash)
    },
  })
}

interface Call {
  readonly to: Address
  readonly value?: bigint | undefined
  readonly data?: Hex | undefined
}

function encodeCalls(calls: readonly Call[]): Hex {
  const batch = calls.map(({ to, value = 0n, data = '0x' }) => ({
    target: to,
    value,
    callData: data,
  }))
  const args = [BATCH_MODE, encodeAbiParameters(CALLS, [batch])] as const
  return encodeFunctionData({ abi: EXECUTE, functionName: 'execute', args })
}

function decodeCalls(data: Hex): Call[] {
  const { args } = decodeFunctionData({ abi: EXECUTE, data })
  const [batch] = decodeAbiParameters(CALLS, args[1])
  return batch.map(({ target, value, callData }) => ({ to: target, value, data: callData }))
}

/** Lets the passkey sign; the browser asks the citizen. */
async function signHash(passkey: WebAuthnAccount, hash: Hex): Promise<Hex> {
  const { signature, webauthn } = await passkey.sign({ hash })
  return encodeAbiParameters(ASSERTION, [
    slice(signature, 0, 32),
    slice(signature, 32, 64),
    BigInt(webauthn.challengeIndex ?? 0),
    BigInt(webauthn.typeIndex ?? 0),
    webauthn.authenticatorData,
    webauthn.clientDataJSON,
  ])
}

/** As long as a real one, and wrong only in what it signs: estimating gas runs all checks. */
const STUB_SIGNATURE = encodeAbiParameters(ASSERTION, [
  `0x${'11'.repeat(32)}`,
  `0x${'11'.repeat(32)}`,
  23n,
  1n,
  `0x${'11'.repeat(32)}0500000000`,
  `{"type":"webauthn.get","challenge":"${'A'.repeat(43)}","origin":"https://citizen.busan.go.kr","crossOrigin":false}`,
])
