// node launch.ts launch manager|worker --caliper-...: what Caliper's command line does with the same words. Its package
// also brings the connectors of other chains; the manager forks its workers by running its own script again.

import { RawTransactionConnector } from './connector.ts'
import { caliper } from './core.ts'

const { CaliperEngine, CaliperUtils, ConfigUtil, WorkerMessageHandler } = caliper
const readConfig = (key: string) =>
  CaliperUtils.parseYaml(CaliperUtils.resolvePath(ConfigUtil.get(key)))

const network = readConfig(ConfigUtil.keys.NetworkConfig) as { url: string }
const connectorOf = async (workerIndex: number) =>
  new RawTransactionConnector(network.url, workerIndex)

if (process.argv[3] === 'worker') await work()
else await manage()

async function manage(): Promise<void> {
  const benchmark = readConfig(ConfigUtil.keys.BenchConfig)
  process.exitCode = await new CaliperEngine(benchmark, network, connectorOf).run()
}

async function work(): Promise<void> {
  process.once('disconnect', () => process.exit())
  const createMessenger = CaliperUtils.loadModuleFunction(
    CaliperUtils.getBuiltinMessengers(),
    'process',
    'createWorkerMessenger',
  )
  const messenger = createMessenger({})
  const handler = new WorkerMessageHandler(messenger, connectorOf)
  await messenger.initialize()
  await messenger.configureProcessInstances([process])
  await handler.waitForExit()
  await messenger.dispose()
  process.disconnect?.()
}
