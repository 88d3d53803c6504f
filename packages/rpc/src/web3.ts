import { keccakHash } from '@busan/primitives'
import { z } from 'zod'
import { defineMethod, type Method } from './method.ts'
import * as hexResult from './result/hex.ts'
import { bytes } from './schema/hex.ts'

/** web3_*: client name and hashing. */
export const web3Methods: readonly Method[] = [
  defineMethod({
    name: 'web3_clientVersion',
    summary: 'Name, version, platform and runtime of the client.',
    params: z.tuple([]),
    result: hexResult.words,
    handler: (_, { clientVersion }) => clientVersion,
  }),
  defineMethod({
    name: 'web3_sha3',
    summary: 'keccak256 of bytes.',
    params: z.tuple([bytes]),
    names: ['data'],
    result: hexResult.hash,
    handler: ([data]) => keccakHash(data),
  }),
]
