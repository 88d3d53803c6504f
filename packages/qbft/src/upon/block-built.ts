import { CodedError } from '@busan/primitives'
import type { HeightState } from '../state.ts'
import { move, stay, type Transition } from '../transition.ts'
import type { BlockRules } from '../types.ts'

/**
 * The driver has built the block that was asked for: it goes out as our proposal.
 * @throws CodedError `unexpected-block` when its height, round or coinbase is not ours
 */
export function uponBlockBuilt<B>(
  state: HeightState<B>,
  input: { readonly round: number; readonly block: B },
  rules: BlockRules<B>,
): Transition<B> {
  const { height, round, build } = state
  const { block } = input
  if (build === undefined || input.round !== round) return stay(state, 'not-awaited')
  const found = `height ${rules.height(block)}, round ${rules.round(block)} by ${rules.coinbase(block)}`
  const asked = `height ${height}, round ${round} by ${state.self}`
  if (found !== asked) {
    throw new CodedError('unexpected-block', `built a block of ${found}, asked for ${asked}`)
  }
  const payload = { type: 'proposal', height, round, block } as const
  return move(
    { ...state, build: undefined, sent: { ...state.sent, proposal: true } },
    {
      type: 'broadcast',
      message: { type: 'proposal', payload, roundChanges: build.roundChanges, prepares: [] },
    },
  )
}
