// The chain that the interop tests talk to: a devnet of this repository, with other traffic on it at any time. The test
// runner starts one for all of them; by hand, name any chain in BUSAN_RPC_URL and BUSAN_WS_URL, or run `npm start`.

/** JSON-RPC over HTTP. */
export const rpcUrl = process.env.BUSAN_RPC_URL ?? 'http://127.0.0.1:8545'

/** JSON-RPC over WebSocket. */
export const wsUrl = process.env.BUSAN_WS_URL ?? 'ws://127.0.0.1:8546'
