import { keccakHash } from '@busan/primitives'
import { z } from 'zod'
import { defineMethod, type Method } from './method.ts'
import { bytes } from './schema/hex.ts'

/** web3_*: client name and hashing. */
export const web3Methods: readonly Method[] = [
  defineMethod({
    name: 'web3_clientVersion',
    summary: 'Name, version, platform and runtime of the client.',
    params: z.tuple([]),
    handler: (_, { clientVersion }) => clientVersion,
  }),
  defineMethod({
    name: 'web3_sha3',
    summary: 'keccak256 of bytes.',
    params: z.tuple([bytes]),
    handler: ([data]) => keccakHash(data),
  }),
]
