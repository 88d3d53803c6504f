import { z } from 'zod'
import { explainTransaction } from './explain.ts'
import { defineMethod, type Method } from './method.ts'
import { explanation } from './result/explanation.ts'
import { hash } from './schema/hex.ts'

/** busan_*: what no other client tells. */
export const busanMethods: readonly Method[] = [
  defineMethod({
    name: 'busan_explainTransaction',
    summary:
      'Where a transaction is and why: final, executable, underpriced, queued, refused, dropped, replaced.',
    params: z.tuple([hash]),
    names: ['transactionHash'],
    result: explanation,
    handler: ([transactionHash], context) => explainTransaction(transactionHash, context),
  }),
]
