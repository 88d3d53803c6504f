import { LOG_LEVELS } from '@busan/telemetry'
import { z } from 'zod'
import { apis, flag, history, list, port, text, urls, whole } from './option-schemas.ts'

/** One setting: the same name as flag (`--name`), file key (`name`) and environment (`BUSAN_NAME`). */
export interface NodeOption {
  readonly schema: z.ZodType
  /** For people: meaning, unit, and what leaving it out means. */
  readonly description: string
  readonly group: 'Node' | 'P2P' | 'RPC' | 'Metrics' | 'Pool'
  /** What stands for the value in help: FILE, HOST, N ... Absent for a boolean. */
  readonly placeholder?: string
}

const PUBLIC_APIS = ['eth', 'net', 'web3', 'rpc', 'txpool', 'qbft', 'busan']

/**
 * Every setting of a node. Names and meanings are Besu's where Besu has the setting. docs/reference/config.md is
 * generated from this table.
 */
export const NODE_OPTIONS = {
  'data-path': {
    group: 'Node',
    placeholder: 'DIR',
    schema: text,
    description: 'folder of the database and journals',
  },
  'genesis-file': {
    group: 'Node',
    placeholder: 'FILE',
    schema: text.optional(),
    description:
      'genesis of the network; absent: genesis.json in the data folder, where an import leaves it',
  },
  engine: {
    group: 'Node',
    placeholder: 'KIND',
    schema: z.enum(['qbft', 'import']).default('qbft'),
    description:
      'where blocks come from: qbft (validators and peers), or import: none come, the node serves what ' +
      '`busan blocks import` brought, of any Ethereum chain',
  },
  'node-private-key-file': {
    group: 'Node',
    placeholder: 'FILE',
    schema: text.optional(),
    description: 'encrypted key file of the validator; absent: the node follows without sealing',
  },
  'key-password-file': {
    group: 'Node',
    placeholder: 'FILE',
    schema: text.optional(),
    description: 'file whose first line opens the key files',
  },
  'trust-blank-journal': {
    group: 'Node',
    schema: flag.default(false),
    description:
      "the operator's word that the key has signed nothing at the present height; for a network restored as a whole",
  },
  evm: {
    group: 'Node',
    placeholder: 'KIND',
    schema: z.enum(['fast', 'reference', 'check']).default('fast'),
    description:
      'whose interpreter runs contracts: fast (ours), reference (@ethereumjs/evm), or check: ' +
      'both run every block, and the node stops at the first difference',
  },
  history: {
    group: 'Node',
    placeholder: 'N',
    schema: history.default('archive'),
    description:
      'states kept: archive (all), or at least those of the last N blocks, 128 or more; older ones are given up ' +
      'for good; blocks, receipts and logs always stay',
  },
  logging: {
    group: 'Node',
    placeholder: 'LEVEL',
    schema: z.string().toLowerCase().pipe(z.enum(LOG_LEVELS)).default('info'),
    description: `log level: ${LOG_LEVELS.join(', ')}`,
  },
  'log-format': {
    group: 'Node',
    placeholder: 'FORMAT',
    schema: z.enum(['json', 'pretty']).default('json'),
    description: 'json for machines, pretty for people',
  },
  'p2p-host': {
    group: 'P2P',
    placeholder: 'HOST',
    schema: text.default('127.0.0.1'),
    description: 'address to listen on for peers; 0.0.0.0 to be reached from other machines',
  },
  'p2p-port': {
    group: 'P2P',
    placeholder: 'PORT',
    schema: port.default(30_303),
    description: 'TCP port for peers; 0 takes any free one',
  },
  'p2p-announce': {
    group: 'P2P',
    placeholder: 'ADDRS',
    schema: list.default([]),
    description: 'multiaddrs that others should dial, comma-separated',
  },
  'p2p-identity-file': {
    group: 'P2P',
    placeholder: 'FILE',
    schema: text.optional(),
    description: 'encrypted key file of the peer id; absent: one is made in the data folder',
  },
  bootnodes: {
    group: 'P2P',
    placeholder: 'ADDRS',
    schema: list.default([]),
    description:
      'multiaddrs with /p2p/ID kept connected, comma-separated; /dns4 names are resolved at each dial',
  },
  'permissions-nodes-config-file': {
    group: 'P2P',
    placeholder: 'FILE',
    schema: text.optional(),
    description:
      'TOML file whose nodes-allowlist (peer ids or multiaddrs) are the only peers; absent: anyone may connect',
  },
  'max-peers': {
    group: 'P2P',
    placeholder: 'N',
    schema: whole(1, 1000).default(50),
    description: 'connected peers at most; bootnodes have reserved places',
  },
  'rpc-workers': {
    group: 'RPC',
    placeholder: 'N',
    schema: whole(0, 64).optional(),
    description:
      'threads for calls and as many for traces and simulations, each started when it is first needed; ' +
      'absent: one less than the processors, 1 to 4; 0: calls and traces share the thread of consensus',
  },
  'rpc-http-enabled': {
    group: 'RPC',
    schema: flag.default(false),
    description: 'serve JSON-RPC over HTTP',
  },
  'rpc-http-host': {
    group: 'RPC',
    placeholder: 'HOST',
    schema: text.default('127.0.0.1'),
    description: 'HTTP listen address',
  },
  'rpc-http-port': {
    group: 'RPC',
    placeholder: 'PORT',
    schema: port.default(8545),
    description: 'HTTP port; 0 takes any free one',
  },
  'rpc-http-api': {
    group: 'RPC',
    placeholder: 'LIST',
    schema: apis.default(PUBLIC_APIS),
    description: 'namespaces served over HTTP',
  },
  'rpc-http-allow': {
    group: 'RPC',
    placeholder: 'LIST',
    schema: list.optional(),
    description: 'methods served over HTTP, with * for anything; absent: all of the namespaces',
  },
  'rpc-http-deny': {
    group: 'RPC',
    placeholder: 'LIST',
    schema: list.default([]),
    description: 'methods not served over HTTP, with * for anything; they look like unknown ones',
  },
  'rpc-access-file': {
    group: 'RPC',
    placeholder: 'FILE',
    schema: text.optional(),
    description: 'JSON of API keys and what each opens; see docs/guides/rpc-access.md',
  },
  'rpc-jwt-secret-file': {
    group: 'RPC',
    placeholder: 'FILE',
    schema: text.optional(),
    description: 'hex of the secret (32 bytes at least) of HS256 tokens whose sub names an API key',
  },
  'rpc-rate-limit': {
    group: 'RPC',
    placeholder: 'N',
    schema: whole(0, 1_000_000).default(0),
    description:
      'units a second for each client address that comes without a key (a plain read is one unit); 0: no limit',
  },
  'rpc-replicas': {
    group: 'RPC',
    placeholder: 'URLS',
    schema: urls.default([]),
    description:
      'HTTP URLs of the nodes behind one address, this one first, comma-separated and alike on all: ' +
      'a filter made on one is then polled through any; absent: this node is alone',
  },
  'rpc-socket-path': {
    group: 'RPC',
    placeholder: 'FILE',
    schema: text.optional(),
    description: 'Unix socket that serves all namespaces, admin too, to the owner of the process',
  },
  'rpc-http-cors-origins': {
    group: 'RPC',
    placeholder: 'LIST',
    schema: list.default([]),
    description: 'browser origins allowed, or all',
  },
  'host-allowlist': {
    group: 'RPC',
    placeholder: 'LIST',
    schema: list.default(['localhost']),
    description: 'Host names that requests may carry, or *; IP addresses always may',
  },
  'rpc-ws-enabled': {
    group: 'RPC',
    schema: flag.default(false),
    description: 'serve JSON-RPC over WebSocket',
  },
  'rpc-ws-host': {
    group: 'RPC',
    placeholder: 'HOST',
    schema: text.default('127.0.0.1'),
    description: 'WebSocket listen address',
  },
  'rpc-ws-port': {
    group: 'RPC',
    placeholder: 'PORT',
    schema: port.default(8546),
    description: 'WebSocket port; 0 takes any free one',
  },
  'rpc-ws-api': {
    group: 'RPC',
    placeholder: 'LIST',
    schema: apis.default(PUBLIC_APIS),
    description: 'namespaces served over WebSocket',
  },
  'rpc-ws-allow': {
    group: 'RPC',
    placeholder: 'LIST',
    schema: list.optional(),
    description: 'as rpc-http-allow, over WebSocket',
  },
  'rpc-ws-deny': {
    group: 'RPC',
    placeholder: 'LIST',
    schema: list.default([]),
    description: 'as rpc-http-deny, over WebSocket',
  },
  'metrics-enabled': {
    group: 'Metrics',
    schema: flag.default(false),
    description: 'serve Prometheus metrics at /metrics',
  },
  'metrics-host': {
    group: 'Metrics',
    placeholder: 'HOST',
    schema: text.default('127.0.0.1'),
    description: 'metrics listen address',
  },
  'metrics-port': {
    group: 'Metrics',
    placeholder: 'PORT',
    schema: port.default(9545),
    description: 'metrics port; 0 takes any free one',
  },
  'tx-pool-max-size': {
    group: 'Pool',
    placeholder: 'N',
    schema: whole(1, 1_000_000).default(20_000),
    description: 'transactions held at most',
  },
  'tx-pool-limit-by-account': {
    group: 'Pool',
    placeholder: 'N',
    schema: whole(1, 100_000).default(512),
    description: 'transactions of one account held at most',
  },
  'permissions-accounts-config-file': {
    group: 'Pool',
    placeholder: 'FILE',
    schema: text.optional(),
    description:
      'TOML file whose accounts-allowlist are the only senders that this node takes into its pool; absent: anyone',
  },
} as const satisfies Record<string, NodeOption>

/** The name of a setting. */
export type OptionName = keyof typeof NODE_OPTIONS

/** A node's local settings, complete and checked. Nothing here may change what a block means. */
export type NodeConfig = {
  readonly [Name in OptionName]: z.output<(typeof NODE_OPTIONS)[Name]['schema']>
}
