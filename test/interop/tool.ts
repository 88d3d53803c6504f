import type { FeePolicyName } from '@busan/chain-spec'

/** The chain that a tool is pointed at: a fresh devnet under one fee policy, with other tools' traffic on it. */
export interface ChainUnderTest {
  readonly policy: FeePolicyName
  /** JSON-RPC over HTTP. */
  readonly rpcUrl: string
  /** JSON-RPC over WebSocket. */
  readonly wsUrl: string
}

/** One tool that was opened on a chain. */
export interface ToolRun {
  /** Steps run in order, once each: a later one may use what an earlier one made. */
  step(name: string): Promise<void>
  close(): Promise<void>
}

/** A tool of another project, and what its users do with it. */
export interface Tool {
  readonly name: string
  readonly steps: readonly string[]
  open(chain: ChainUnderTest): Promise<ToolRun>
}

/** Ties steps to the state that they share; a step fails by throwing. */
export function defineTool<State>(definition: {
  readonly name: string
  open(chain: ChainUnderTest): Promise<State>
  readonly steps: Readonly<Record<string, (state: State, chain: ChainUnderTest) => Promise<void>>>
  close?(state: State): Promise<void>
}): Tool {
  const { name, steps } = definition
  return {
    name,
    steps: Object.keys(steps),
    async open(chain) {
      const state = await definition.open(chain)
      return {
        step: async (step) => steps[step]?.(state, chain),
        close: async () => definition.close?.(state),
      }
    },
  }
}
