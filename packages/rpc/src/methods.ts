import { adminMethods } from './admin.ts'
import { busanMethods } from './busan.ts'
import { debugMethods } from './debug.ts'
import { debugTraceMethods } from './debug-trace.ts'
import { erigonMethods } from './erigon.ts'
import { blockMethods } from './eth/block.ts'
import { clientMethods } from './eth/client.ts'
import { configMethods } from './eth/config.ts'
import { executeMethods } from './eth/execute.ts'
import { feeMarketMethods } from './eth/fee-market.ts'
import { fillMethods } from './eth/fill.ts'
import { filterMethods } from './eth/filter.ts'
import { simulateMethods } from './eth/simulate.ts'
import { stateMethods } from './eth/state.ts'
import { submitMethods } from './eth/submit.ts'
import { subscribeMethods } from './eth/subscribe.ts'
import { transactionMethods } from './eth/transaction.ts'
import type { Method } from './method.ts'
import { netMethods } from './net.ts'
import { otsMethods } from './ots.ts'
import { permMethods } from './perm.ts'
import { qbftMethods } from './qbft.ts'
import { certificateMethods } from './qbft-certificate.ts'
import { rpcMethods } from './rpc.ts'
import { testingMethods } from './testing.ts'
import { traceMethods } from './trace.ts'
import { txpoolMethods } from './txpool.ts'
import { web3Methods } from './web3.ts'

/** Every method of this server, for dispatch and for the reference page. */
export const METHODS: readonly Method[] = [
  ...clientMethods,
  ...configMethods,
  ...blockMethods,
  ...transactionMethods,
  ...stateMethods,
  ...executeMethods,
  ...fillMethods,
  ...simulateMethods,
  ...feeMarketMethods,
  ...filterMethods,
  ...submitMethods,
  ...subscribeMethods,
  ...netMethods,
  ...web3Methods,
  ...txpoolMethods,
  ...busanMethods,
  ...qbftMethods,
  ...certificateMethods,
  ...debugMethods,
  ...debugTraceMethods,
  ...traceMethods,
  ...otsMethods,
  ...erigonMethods,
  ...adminMethods,
  ...permMethods,
  ...testingMethods,
  ...rpcMethods,
]
