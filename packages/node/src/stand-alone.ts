import type { RpcPorts } from '@busan/rpc'

/** The network of a node that has none. */
export const NO_NETWORK: RpcPorts['network'] = {
  id: '',
  addresses: () => [],
  peers: () => [],
  addPeer: async () => false,
  removePeer: async () => false,
}

/** There is nobody to be behind. */
export const NO_SYNC: RpcPorts['sync'] = { status: () => ({ syncing: false }) }
