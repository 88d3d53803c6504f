import type { Tool } from './tool.ts'
import { cast } from './tools/cast.ts'
import { ethers } from './tools/ethers.ts'
import { ignition } from './tools/ignition.ts'
import { viem } from './tools/viem.ts'

/** The rows of the matrix. */
export const TOOLS: readonly Tool[] = [ethers, viem, ignition, cast]
