import {
  ADDRESS,
  type Check,
  checksOf,
  DATA,
  expect,
  expectShape,
  HASH,
  QUANTITY,
  show,
} from './check.ts'

const API_LEVEL = 8
const PAGE = 25

/** What Otterscan asks for: an explorer without a database, where the node serves its methods. */
export const otterscanChecks: readonly Check[] = checksOf('Otterscan', {
  'starts: API level 8 as a number, the header by Erigon': async (endpoint) => {
    const level = await endpoint.ask('ots_getApiLevel')
    const isNew = typeof level === 'number' && level >= API_LEVEL
    expect(isNew, `ots_getApiLevel is ${show(level)}, not a number of at least ${API_LEVEL}`)
    const header = await endpoint.ask('erigon_getHeaderByNumber', 'latest')
    expectShape(header, { number: QUANTITY, hash: HASH }, 'erigon_getHeaderByNumber')
  },
  'shows a block, its number given as a JSON number': async (endpoint) => {
    const { block } = await endpoint.sample()
    const details = await endpoint.ask('ots_getBlockDetails', Number(block.number))
    const shape = { block: 'object', issuance: 'object', totalFees: QUANTITY } as const
    expectShape(details, shape, 'ots_getBlockDetails')
  },
  'shows a page of the transactions of a block': async (endpoint) => {
    const { block } = await endpoint.sample()
    const number = Number(block.number)
    const page = await endpoint.ask('ots_getBlockTransactions', number, 0, PAGE)
    const shape = { fullblock: 'object', receipts: 'array' } as const
    expectShape(page, shape, 'ots_getBlockTransactions')
  },
  'shows the history of an account, backward and forward': async (endpoint) => {
    const { transaction } = await endpoint.sample()
    for (const method of ['ots_searchTransactionsBefore', 'ots_searchTransactionsAfter']) {
      const page = await endpoint.ask<{ txs: unknown[] }>(method, transaction.from, 0, PAGE)
      const flags = { firstPage: 'boolean', lastPage: 'boolean' } as const
      expectShape(page, { txs: 'array', receipts: 'array', ...flags }, method)
      expect(page.txs.length > 0, `${method}: nothing of an account that has sent`)
    }
  },
  'shows what happened inside a transaction': async (endpoint) => {
    const { hash } = (await endpoint.sample()).transaction
    const operations = await endpoint.ask('ots_getInternalOperations', hash)
    expect(Array.isArray(operations), `ots_getInternalOperations answers ${show(operations)}`)
    const calls = await endpoint.ask<unknown[]>('ots_traceTransaction', hash)
    expectShape(calls[0], { type: /^[A-Z0-9]+$/, depth: 'number', from: ADDRESS }, 'the first call')
    const error = await endpoint.ask('ots_getTransactionError', hash)
    expect(typeof error === 'string' && DATA.test(error), `the error is ${show(error)}`)
  },
  'finds a transaction by sender and nonce': async (endpoint) => {
    const { from, nonce, hash } = (await endpoint.sample()).transaction
    const found = await endpoint.ask('ots_getTransactionBySenderAndNonce', from, Number(nonce))
    expect(found === hash, `${show(found)} is found, not ${hash}`)
  },
  'tells contracts from accounts': async (endpoint) => {
    const { transaction } = await endpoint.sample()
    const hasCode = await endpoint.ask('ots_hasCode', transaction.from, 'latest')
    expect(typeof hasCode === 'boolean', `ots_hasCode answers ${show(hasCode)}`)
    const creator = await endpoint.ask('ots_getContractCreator', transaction.from)
    expect(creator === null || typeof creator === 'object', `the creator is ${show(creator)}`)
  },
})
