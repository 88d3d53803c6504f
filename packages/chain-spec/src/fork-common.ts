import type { Hex } from '@busan/primitives'
import { type ChainConfig, Common, type CustomCrypto, type ParamsDict } from '@ethereumjs/common'
import { GAS_PER_BLOB } from './blob-gas.ts'
import type { Consensus, Fork } from './chain-spec.ts'
import { FORKS, type ForkSchedule } from './fork-schedule.ts'

/** ethereumjs's name for a fork that changes nothing but blob counts. */
const BPO_HARDFORK = 'osaka'

/** Slots of the EIP-2935 contract; the EVM's own default is off by one. */
const HISTORY_SERVE_WINDOW = 8_191

/** What every fork of a chain shares. */
export interface CommonOptions {
  readonly chainId: bigint
  readonly schedule: ForkSchedule
  readonly customCrypto: CustomCrypto
  /** `bft`: QBFT headers pass under every fork. `ethereum`: proof of work, then of stake from Paris. */
  readonly consensus: Consensus
  readonly genesis: { readonly gasLimit: Hex; readonly difficulty: Hex; readonly extraData: Hex }
}

/**
 * ethereumjs's view of one fork, shared by everything that runs under it: it never changes, so `copy` gives
 * itself and a transaction costs no clone. Parameter sets are merged the first time they are seen.
 */
export class ForkCommon extends Common {
  readonly #consensus: CommonOptions['consensus']
  readonly #mergedParams = new WeakSet<ParamsDict>()
  readonly #values = new Map<string, bigint>()
  readonly #activeEips: ReadonlySet<number>

  constructor(fork: Fork, options: CommonOptions) {
    const hardfork = ethereumjsName(fork)
    super({
      chain: chainConfig(hardfork, options),
      params: { [hardfork]: forkParams(fork) },
      customCrypto: options.customCrypto,
    })
    this.#consensus = options.consensus
    this.#activeEips = new Set(this._activatedEIPsCache)
    // The fork never changes, so listeners would only pile up: one for every EVM made.
    this.events.on = () => this.events
  }

  override copy(): Common {
    return this
  }

  override updateParams(params: ParamsDict): void {
    if (this.#mergedParams.has(params)) return
    this.#mergedParams.add(params)
    super.updateParams(params)
    this.#values.clear()
  }

  override param(name: string): bigint {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    const value = super.param(name)
    this.#values.set(name, value)
    return value
  }

  override isActivatedEIP(eip: number): boolean {
    return this.#activeEips.has(eip)
  }

  /** @throws Error for another fork than its own: ask `ChainSpec.commonAt` for that one. */
  override setHardfork(hardfork: string): void {
    if (hardfork !== this.hardfork())
      throw new Error(`shared rules of ${this.hardfork()}: not changed`)
  }

  override setEIPs(eips: number[] = []): void {
    if (eips.length > 0) throw new Error(`shared rules of ${this.hardfork()}: no EIPs added`)
  }

  override resetParams(): void {
    throw new Error(`shared rules of ${this.hardfork()}: parameters not reset`)
  }

  override consensusType(): string {
    return this.#consensus === 'bft' ? 'bft' : super.consensusType()
  }

  override consensusAlgorithm(): string {
    return this.#consensus === 'bft' ? 'qbft' : super.consensusAlgorithm()
  }
}

function ethereumjsName(fork: Fork): string {
  return fork.name.startsWith('bpo') ? BPO_HARDFORK : fork.name
}

function chainConfig(hardfork: string, options: CommonOptions): ChainConfig {
  const starts = new Map(options.schedule.map((entry) => [entry.fork.name, entry.activation]))
  return {
    name: 'busan',
    chainId: options.chainId.toString(),
    defaultHardfork: hardfork,
    consensus: { type: 'pow', algorithm: 'ethash', ethash: {} },
    genesis: { ...options.genesis, nonce: '0x0000000000000000' },
    hardforks: [
      { name: 'chainstart', block: 0 },
      ...FORKS.filter(({ name }) => !name.startsWith('bpo')).map(({ name }) => {
        const start = starts.get(name)
        if (start === undefined) return { name, block: null }
        return 'block' in start
          ? { name, block: Number(start.block) }
          : { name, block: null, timestamp: start.time.toString() }
      }),
    ],
    bootstrapNodes: [],
  }
}

/** Parameters that override ethereumjs's defaults for this fork, under the names its packages read. */
function forkParams({ blobs, hasRequests }: Fork): ParamsDict[string] {
  return {
    ...(hasRequests ? { historyServeWindow: HISTORY_SERVE_WINDOW } : {}),
    ...(blobs === undefined
      ? {}
      : {
          targetBlobGasPerBlock: blobs.target * Number(GAS_PER_BLOB),
          maxBlobGasPerBlock: blobs.max * Number(GAS_PER_BLOB),
          blobGasPriceUpdateFraction: blobs.baseFeeUpdateFraction,
        }),
  }
}
