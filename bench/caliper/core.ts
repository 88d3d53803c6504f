// The part of `@hyperledger/caliper-core` that the bench uses, with its types; the package ships none.
import { createRequire } from 'node:module'

/** What became of one transaction; times are milliseconds since 1970. */
export interface TxStatus {
  SetStatusSuccess(atMs: number): void
  SetStatusFail(): void
  SetVerification(isVerified: boolean): void
}

interface ConnectorBase {
  sendRequests(request: unknown): Promise<TxStatus>
}

interface WorkloadModuleBase {
  cleanupWorkloadModule(): Promise<void>
}

interface Messenger {
  initialize(): Promise<void>
  configureProcessInstances(processes: readonly NodeJS.Process[]): Promise<void>
  dispose(): Promise<void>
}

type ConnectorFactory = (workerIndex: number) => Promise<ConnectorBase>

interface Caliper {
  readonly ConnectorBase: new (workerIndex: number, kind: string) => ConnectorBase
  readonly TxStatus: new (id: string) => TxStatus
  readonly WorkloadModuleBase: new () => WorkloadModuleBase
  /** `run` resolves to 0 when it came to its end, whatever became of its rounds. */
  readonly CaliperEngine: new (
    benchmark: unknown,
    network: unknown,
    connectorOf: ConnectorFactory,
  ) => { run(): Promise<number> }
  readonly WorkerMessageHandler: new (
    messenger: Messenger,
    connectorOf: ConnectorFactory,
  ) => { waitForExit(): Promise<void> }
  readonly ConfigUtil: {
    readonly keys: { readonly BenchConfig: string; readonly NetworkConfig: string }
    get(key: string): string
  }
  readonly CaliperUtils: {
    resolvePath(file: string): string
    parseYaml(file: string): unknown
    getBuiltinMessengers(): ReadonlyMap<string, string>
    loadModuleFunction(
      known: ReadonlyMap<string, string>,
      name: string,
      functionName: string,
    ): (options: object) => Messenger
  }
}

/** Hyperledger Caliper; installed when its bench is asked for. */
export const caliper = createRequire(import.meta.url)('@hyperledger/caliper-core') as Caliper
