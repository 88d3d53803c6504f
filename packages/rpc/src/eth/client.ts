import { toQuantity } from '@busan/primitives'
import { z } from 'zod'
import { RpcError } from '../errors.ts'
import { defineMethod, type Method } from '../method.ts'
import * as hexResult from '../result/hex.ts'
import * as nodeResult from '../result/node.ts'

const anyArguments = z.tuple([z.unknown().optional(), z.unknown().optional()])

/** What the node says of itself. */
export const clientMethods: readonly Method[] = [
  defineMethod({
    name: 'eth_chainId',
    summary: 'Chain id that transactions are signed for.',
    params: z.tuple([]),
    result: hexResult.quantity,
    handler: (_, { chain }) => toQuantity(chain.spec.chainId),
  }),
  defineMethod({
    name: 'eth_blockNumber',
    summary: 'Number of the head block.',
    params: z.tuple([]),
    result: hexResult.quantity,
    handler: (_, { chain }) => toQuantity(chain.head().header.number),
  }),
  defineMethod({
    name: 'eth_syncing',
    summary: 'false at the head, else how far the node is behind.',
    params: z.tuple([]),
    result: nodeResult.syncing,
    handler(_, { chain, sync }) {
      const status = sync.status()
      if (!status.syncing) return false
      return {
        startingBlock: toQuantity(status.startingBlock),
        currentBlock: toQuantity(chain.head().header.number),
        highestBlock: toQuantity(status.highestBlock),
      }
    },
  }),
  defineMethod({
    name: 'eth_capabilities',
    summary:
      'How far back blocks, receipts, logs and states go: to the genesis, nothing is pruned.',
    params: z.tuple([]),
    result: nodeResult.capabilities,
    handler(_, { chain }) {
      const { header, hash } = chain.head()
      const whole = { disabled: false, oldestBlock: '0x0' }
      return {
        head: { number: toQuantity(header.number), hash },
        state: whole,
        tx: whole,
        logs: whole,
        receipts: whole,
        blocks: whole,
        stateproofs: whole,
      }
    },
  }),
  defineMethod({
    name: 'eth_accounts',
    summary: 'Always empty: the node holds no account keys.',
    params: z.tuple([]),
    result: z.array(hexResult.address),
    handler: () => [],
  }),
  defineMethod({
    name: 'eth_coinbase',
    summary: "This node's validator account.",
    params: z.tuple([]),
    result: hexResult.address,
    errors: ['no-local-account'],
    handler(_, { validatorAddress }) {
      if (validatorAddress !== undefined) return validatorAddress
      throw new RpcError(
        'no-local-account',
        'etherbase must be explicitly specified: not a validator',
      )
    },
  }),
  defineMethod({
    name: 'eth_mining',
    summary: 'Whether this node is one of the validators that seal the next block.',
    params: z.tuple([]),
    result: z.boolean(),
    handler: (_, { chain, validatorAddress }) =>
      validatorAddress !== undefined &&
      chain.validatorState().validators.includes(validatorAddress),
  }),
  defineMethod({
    name: 'eth_protocolVersion',
    summary: 'Version of the eth protocol whose JSON-RPC this node speaks.',
    params: z.tuple([]),
    result: hexResult.quantity,
    handler: () => '0x44',
  }),
  ...[
    'eth_sendTransaction',
    'eth_sign',
    'eth_signTransaction',
    'eth_signTypedData',
    'eth_signTypedData_v4',
  ].map((name) =>
    defineMethod({
      name,
      summary: 'Always an error: the node holds no account keys.',
      params: anyArguments,
      names: ['first', 'second'],
      result: z.never(),
      errors: ['no-local-account'],
      handler() {
        const advice = 'sign in the wallet and send with eth_sendRawTransaction'
        throw new RpcError(
          'no-local-account',
          `unknown account: this node holds no keys, ${advice}`,
        )
      },
    }),
  ),
]
