import { z } from 'zod'
import { formatHeader } from './format/block.ts'
import { defineMethod, type Method } from './method.ts'
import { findBlock } from './resolve-block.ts'
import * as blockResult from './result/block.ts'
import { looseBlock } from './schema/loose.ts'

/** erigon_*: the one method of Erigon's that Otterscan asks for before all else. */
export const erigonMethods: readonly Method[] = [
  defineMethod({
    name: 'erigon_getHeaderByNumber',
    summary: 'A header by number, tag or JSON number; `null` when there is none.',
    params: z.tuple([looseBlock]),
    names: ['block'],
    result: blockResult.header.nullable(),
    handler([reference], { chain }) {
      const block = findBlock(chain, reference)
      return block === undefined ? null : formatHeader(block.header, block.hash)
    },
  }),
]
