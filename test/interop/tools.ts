import type { Tool } from './tool.ts'
import { cast } from './tools/cast.ts'
import { ethers } from './tools/ethers.ts'
import { forge } from './tools/forge.ts'
import { ignition } from './tools/ignition.ts'
import { indexers } from './tools/indexers.ts'
import { metamask } from './tools/metamask.ts'
import { viem } from './tools/viem.ts'
import { web3 } from './tools/web3.ts'

/** The rows of the matrix. */
export const TOOLS: readonly Tool[] = [
  ethers,
  viem,
  web3,
  ignition,
  cast,
  forge,
  metamask,
  ...indexers,
]
