// The thread that runs calls and traces: see call-workers.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { createExecutor, serveExecutor } from '@busan/execution'
import { bytesToHash } from '@busan/primitives'
import { keys, openLevelStore } from '@busan/storage'
import { silentLogger } from '@busan/telemetry'
import type { CallWorkerData } from './call-workers.ts'
import { readChainSpec } from './read-chain-spec.ts'

const port = parentPort
if (port === null) throw new TypeError('this file is the entry of a worker thread')

const { genesisFile, databasePath, engine, evm } = workerData as CallWorkerData
const spec = await readChainSpec(genesisFile, engine)
const store = await openLevelStore(databasePath, { logger: silentLogger })
const executor = createExecutor({
  store,
  spec,
  evm,
  blockHashByNumber: (number) => {
    const hash = store.get(keys.hashByNumber(number))
    return hash && bytesToHash(hash)
  },
})
serveExecutor(port, executor)
