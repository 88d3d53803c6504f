import type { LocatedLog, StoredBlock } from '@busan/chain'
import type { Receipt } from '@busan/execution'
import { present, toQuantity } from '@busan/primitives'
import { formatLog } from './log.ts'

/** All receipts of a block in geth's JSON shape; every key is there, null where it has no value. */
export function formatReceipts(block: StoredBlock, receipts: readonly Receipt[]) {
  let logCount = 0
  return receipts.map((receipt, index) => {
    const formatted = formatOne(block, receipt, { index, firstLogIndex: logCount })
    logCount += receipt.logs.length
    return formatted
  })
}

/** One receipt of a block; undefined when the block has no such transaction. */
export function formatReceiptAt(block: StoredBlock, receipts: readonly Receipt[], index: number) {
  const receipt = receipts[index]
  if (receipt === undefined) return undefined
  let firstLogIndex = 0
  for (const earlier of receipts.slice(0, index)) firstLogIndex += earlier.logs.length
  return formatOne(block, receipt, { index, firstLogIndex })
}

/** The logs of a block with their places; `logIndex` counts through the block. */
export function locateLogs(block: StoredBlock, receipts: readonly Receipt[]): LocatedLog[] {
  let firstLogIndex = 0
  return receipts.flatMap((receipt, index) => {
    const logs = locateLogsOf(block, receipt, { index, firstLogIndex })
    firstLogIndex += logs.length
    return logs
  })
}

interface ReceiptPlace {
  readonly index: number
  readonly firstLogIndex: number
}

function formatOne(block: StoredBlock, receipt: Receipt, place: ReceiptPlace) {
  const transaction = present(block.transactions[place.index], 'the transaction of a receipt')
  return {
    blockHash: block.hash,
    blockNumber: toQuantity(block.header.number),
    transactionHash: transaction.hash,
    transactionIndex: toQuantity(place.index),
    type: toQuantity(receipt.type),
    from: transaction.sender,
    to: transaction.to,
    contractAddress: receipt.contractAddress,
    ...(receipt.stateRoot === undefined
      ? { status: receipt.succeeded ? '0x1' : '0x0' }
      : { root: receipt.stateRoot }),
    gasUsed: toQuantity(receipt.gasUsed),
    cumulativeGasUsed: toQuantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: toQuantity(receipt.effectiveGasPriceWei),
    ...(receipt.blobGas === undefined
      ? {}
      : {
          blobGasUsed: toQuantity(receipt.blobGas.used),
          blobGasPrice: toQuantity(receipt.blobGas.priceWei),
        }),
    logsBloom: receipt.logsBloom,
    logs: locateLogsOf(block, receipt, place).map(formatLog),
  }
}

function locateLogsOf(block: StoredBlock, receipt: Receipt, place: ReceiptPlace): LocatedLog[] {
  const transaction = present(block.transactions[place.index], 'the transaction of a receipt')
  return receipt.logs.map((log, offset) => ({
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockNumber: block.header.number,
    blockHash: block.hash,
    blockTimestamp: block.header.timestamp,
    transactionHash: transaction.hash,
    transactionIndex: place.index,
    logIndex: place.firstLogIndex + offset,
  }))
}
