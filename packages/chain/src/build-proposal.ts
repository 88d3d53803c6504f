import { nextGasLimit, parentGasLimit } from '@busan/chain-spec'
import type { BuiltBlock } from '@busan/execution'
import { encodeExtraData } from '@busan/qbft'
import type { ChainContext } from './chain-context.ts'
import { proposalTimestamp } from './timestamp.ts'
import type { ProposalRequest } from './types.ts'

/** Makes the child of the tip and keeps its result, so that importing it does not run it again. */
export async function buildProposal(
  context: ChainContext,
  request: ProposalRequest,
): Promise<BuiltBlock> {
  const { spec, executor, executed, consensus } = context
  const { validatorState, ...parent } = context.head.tip()
  const timestamp = proposalTimestamp(spec, parent.header, request)
  const parentLimit = parentGasLimit(spec, parent.header, timestamp)
  const built = await executor.buildBlock(
    {
      parent: parent.header,
      parentHash: parent.hash,
      coinbase: request.coinbase,
      timestamp,
      gasLimit: nextGasLimit(parentLimit, parentLimit),
      extraData: encodeExtraData({
        vanity: request.vanity,
        validators: validatorState.validators,
        ...(request.vote === undefined ? {} : { vote: request.vote }),
        round: request.round,
        seals: [],
      }),
    },
    request.candidates,
    request.budgetMs,
  )
  executed.set(consensus.hashOf(built.block.header), { block: built.block, result: built.result })
  return built
}
