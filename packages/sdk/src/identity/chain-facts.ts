import {
  type Address,
  BaseError,
  encodeFunctionData,
  type Hex,
  isAddressEqual,
  type PublicClient,
  padHex,
  RpcRequestError,
  recoverAddress,
} from 'viem'
import type { DeployedContract } from '../deployments.ts'
import type { CredentialFacts } from './ports.ts'

/** The contracts that a verifier asks. */
export interface IdentityContracts {
  readonly CredentialVerifier: DeployedContract<'CredentialVerifier'>
  readonly DidRegistry: DeployedContract<'DidRegistry'>
  readonly StatusList: DeployedContract<'StatusList'>
  readonly TrustedIssuers: DeployedContract<'TrustedIssuers'>
}

const ERC1271 = [
  {
    type: 'function',
    name: 'isValidSignature',
    stateMutability: 'view',
    inputs: [{ type: 'bytes32' }, { type: 'bytes' }],
    outputs: [{ type: 'bytes4' }],
  },
] as const
const ERC1271_VALID = padHex('0x1626ba7e', { dir: 'right' })
/** geth's codes of a call that was executed and failed. */
const EXECUTION_CODES = [3, -32_000, -32_015]
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/**
 * The facts of a block, read from a node that the verifier trusts.
 * @param at block; the latest when left out
 */
export async function openCredentialFacts(
  client: PublicClient,
  contracts: Omit<IdentityContracts, 'CredentialVerifier'>,
  at?: bigint,
): Promise<CredentialFacts> {
  const block = await client.getBlock(at === undefined ? {} : { blockNumber: at })
  const { number: blockNumber, timestamp: timeSeconds } = block
  const { DidRegistry, StatusList, TrustedIssuers } = contracts
  return {
    timeSeconds,
    assuranceOf: (issuer, schemaId) =>
      client.readContract({
        ...TrustedIssuers,
        functionName: 'assuranceOf',
        args: [issuer, schemaId, timeSeconds],
        blockNumber,
      }),
    activeOwner: (identity) =>
      client.readContract({
        ...DidRegistry,
        functionName: 'activeOwner',
        args: [identity],
        blockNumber,
      }),
    statusList: (listId) =>
      client.readContract({ ...StatusList, functionName: 'listOf', args: [listId], blockNumber }),
    isStatusSet: (listId, index) =>
      client.readContract({
        ...StatusList,
        functionName: 'isSet',
        args: [listId, index],
        blockNumber,
      }),
    isSigned: async (account, digest, signature) => {
      const code = await client.getCode({ address: account, blockNumber })
      return code === undefined
        ? isSignedByKey(account, digest, signature)
        : isSignedByContract({ client, blockNumber, account }, digest, signature)
    },
  }
}

/** As OpenZeppelin's ECDSA: 65 bytes, low s, v 27 or 28. */
async function isSignedByKey(account: Address, hash: Hex, signature: Hex): Promise<boolean> {
  const isShaped = /^0x[0-9a-f]{128}(1b|1c)$/i.test(signature)
  if (!isShaped || BigInt(`0x${signature.slice(66, 130)}`) > HALF_ORDER) return false
  try {
    return isAddressEqual(await recoverAddress({ hash, signature }), account)
  } catch {
    // No key at all makes such a signature.
    return false
  }
}

/** As OpenZeppelin's SignatureChecker: the answer's first word is the selector and nothing else. */
async function isSignedByContract(
  place: { client: PublicClient; blockNumber: bigint; account: Address },
  digest: Hex,
  signature: Hex,
): Promise<boolean> {
  const { client, blockNumber, account: to } = place
  const data = encodeFunctionData({ abi: ERC1271, args: [digest, signature] })
  try {
    const answer = await client.call({ to, data, blockNumber })
    return answer.data?.slice(0, 66) === ERC1271_VALID
  } catch (error) {
    if (isFailedExecution(error)) return false
    throw error
  }
}

/** A contract that fails did not sign; a node that does not answer is another matter. */
function isFailedExecution(error: unknown): boolean {
  const answer =
    error instanceof BaseError ? error.walk((cause) => cause instanceof RpcRequestError) : null
  return answer instanceof RpcRequestError && EXECUTION_CODES.includes(answer.code)
}
