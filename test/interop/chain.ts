// The chain that the interop tests talk to: theirs to use, with other traffic on it at any time.

/** JSON-RPC over HTTP. */
export const rpcUrl = process.env.BUSAN_RPC_URL ?? 'http://127.0.0.1:8545'

/** JSON-RPC over WebSocket. */
export const wsUrl = process.env.BUSAN_WS_URL ?? 'ws://127.0.0.1:8546'
