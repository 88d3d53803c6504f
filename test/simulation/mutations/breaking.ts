// Ways to break a part from outside: the product code has no switches for it.
import type { Block } from '@busan/chain-spec'
import type { BlockRules, Effect, HeightState, Input, Message, Transition } from '@busan/qbft'
import type { Mutation, ScenarioChoice } from '@busan/testkit'
import type { Step } from '@busan/validator'

/** A deliberate break and what it stands for. */
export interface ListedMutation {
  readonly name: string
  /** The rule of the protocol, or of the driver, that it breaks. */
  readonly rule: string
  readonly mutation: Mutation
  /** Scenarios in which the break can matter. */
  readonly choice?: ScenarioChoice
}

type State = HeightState<Block>
type Rules = BlockRules<Block>

/** The machine holds something for true during a step, and knows better afterwards. */
export function believing(
  belief: (state: State, input: Input<Block>) => Partial<State> | undefined,
): Mutation {
  return {
    step: (honest) => (state, input, rules) => {
      const believed = belief(state, input)
      return believed === undefined
        ? honest(state, input, rules)
        : stepBelieving(honest, { state, input, rules }, believed)
    },
  }
}

/** One step of a machine that believes this. */
export function stepBelieving(
  honest: Step,
  {
    state,
    input,
    rules,
  }: { readonly state: State; readonly input: Input<Block>; readonly rules: Rules },
  belief: Partial<State>,
): Transition<Block> {
  const transition = honest({ ...state, ...belief }, input, rules)
  const truth = Object.fromEntries(
    Object.keys(belief).map((name) => [name, state[name as keyof State]]),
  ) as Partial<State>
  return { ...transition, state: { ...transition.state, ...truth } }
}

/** Every effect goes through `change`, which may drop it, alter it or add others. */
export function rewriting(
  change: (effect: Effect<Block>, state: State) => readonly Effect<Block>[],
): Mutation {
  return {
    step: (honest) => (state, input, rules) => {
      const transition = honest(state, input, rules)
      const effects = transition.effects.flatMap((effect) => change(effect, transition.state))
      return { ...transition, effects }
    },
  }
}

/** What the machine has refused as a message is tried again in another way. */
export function retrying(
  reason: Transition<Block>['ignored'],
  retry: (
    honest: Step,
    scene: { readonly state: State; readonly message: Message<Block>; readonly rules: Rules },
  ) => Transition<Block> | undefined,
): Mutation {
  return {
    step: (honest) => (state, input, rules) => {
      const transition = honest(state, input, rules)
      if (transition.ignored !== reason || input.type !== 'message') return transition
      return retry(honest, { state, message: input.message, rules }) ?? transition
    },
  }
}
