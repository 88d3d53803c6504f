export {
  type ChainFileReport,
  type ChainFolderOptions,
  exportChainFile,
  importChainFile,
} from './chain-files.ts'
export { type ConfigSources, resolveConfig } from './config.ts'
export { type CreateNodeOptions, createNode, type Node } from './create-node.ts'
export { genesisHashOf } from './genesis-hash.ts'
export { type GovernGenesisOptions, governGenesis } from './govern-genesis.ts'
export {
  encryptValidatorKey,
  readKeyFile,
  readPassword,
  readValidatorKey,
  writeKeyFile,
  writeNewFile,
} from './key-files.ts'
export { decryptSecret, encryptSecret, type Keystore } from './keystore.ts'
export { NODE_OPTIONS, type NodeConfig, type NodeOption, type OptionName } from './options.ts'
