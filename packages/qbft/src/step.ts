import type { Input } from './input.ts'
import { signedPart } from './restore.ts'
import type { HeightState } from './state.ts'
import { stay, type Transition } from './transition.ts'
import type { BlockRules, Message } from './types.ts'
import { uponBlockBuilt } from './upon/block-built.ts'
import { uponBlockChecked } from './upon/block-checked.ts'
import { uponBlockTimeout } from './upon/block-timeout.ts'
import { uponCommit } from './upon/commit.ts'
import { uponPrepare } from './upon/prepare.ts'
import { uponProposal } from './upon/proposal.ts'
import { uponRoundChange } from './upon/round-change.ts'
import { uponRoundTimeout } from './upon/round-timeout.ts'

/**
 * The whole consensus of one height: a state and an input give the next state and what must be done. Nothing
 * else happens here. Inputs that make no sense, at this time or at all, change nothing and say why.
 * @param rules pure functions on blocks; `blockRules` for real ones
 * @throws CodedError only for a driver that breaks its contract
 */
export function step<B>(
  state: HeightState<B>,
  input: Input<B>,
  rules: BlockRules<B>,
): Transition<B> {
  if (state.decided !== undefined && !isCommit(input)) return stay(state, 'decided')
  switch (input.type) {
    case 'block-timeout':
      return uponBlockTimeout(state)
    case 'block-built':
      return uponBlockBuilt(state, input, rules)
    case 'block-checked':
      return uponBlockChecked(state, input)
    case 'round-timeout':
      return uponRoundTimeout(state, input.round)
    case 'message':
      return uponMessage(state, input.message, rules)
  }
}

function uponMessage<B>(
  state: HeightState<B>,
  message: Message<B>,
  rules: BlockRules<B>,
): Transition<B> {
  const { author, payload } = signedPart(message)
  if (payload.height !== state.height) return stay(state, 'wrong-height')
  if (!state.validators.includes(author)) return stay(state, 'not-a-validator')
  switch (message.type) {
    case 'proposal':
      return uponProposal(state, message, rules)
    case 'prepare':
      return uponPrepare(state, message)
    case 'commit':
      return uponCommit(state, message)
    case 'round-change':
      return uponRoundChange(state, message, rules)
  }
}

function isCommit<B>(input: Input<B>): boolean {
  return input.type === 'message' && input.message.type === 'commit'
}
