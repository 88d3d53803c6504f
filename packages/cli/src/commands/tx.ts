import { CodedError, isHex, toQuantity } from '@busan/primitives'
import { Command } from 'commander'
import { askNode } from '../ask-node.ts'
import { formatTable } from '../table.ts'

/** What `busan_explainTransaction` answers: these, and fields that depend on the status. */
interface Explanation {
  readonly hash: string
  readonly status: string
  readonly message: string
  readonly [detail: string]: unknown
}

/** `busan tx`: one transaction, as a support desk asks about it. */
export function txCommand(): Command {
  const tx = new Command('tx').description('where a transaction is, and why')
  tx.command('explain')
    .description('say whether it is final, waits and for what, or was refused, dropped or replaced')
    .argument('<hash>', 'hash of the transaction')
    .option('--rpc <url>', 'JSON-RPC address of the node it was sent to', 'http://127.0.0.1:8545')
    .option('--json', 'print JSON')
    .action(explain)
  return tx
}

async function explain(
  hash: string,
  { rpc, json }: { readonly rpc: string; readonly json?: boolean },
): Promise<void> {
  if (!isHex(hash.toLowerCase()) || hash.length !== 66) {
    const message = `${JSON.stringify(hash)} is not a transaction hash: 0x and 64 hex digits`
    throw new CodedError('invalid-argument', message)
  }
  const explanation = await askNode<Explanation>(rpc, 'busan_explainTransaction', hash)
  console.log(json === true ? JSON.stringify(explanation, null, 2) : textOf(explanation))
}

function textOf({ message, ...details }: Explanation): string {
  const rows = Object.entries(details).map(([name, value]) => [name, show(value)])
  return `${message}\n\n${formatTable(rows)}`
}

/** QUANTITYs in decimal; hashes and addresses as they are. */
function show(value: unknown): string {
  if (Array.isArray(value)) {
    return value
      .map((range) =>
        Object.values(range as object)
          .map(show)
          .join('..'),
      )
      .join(', ')
  }
  const text = String(value)
  const isQuantity = /^0x[0-9a-f]{1,16}$/.test(text) && toQuantity(BigInt(text)) === text
  return isQuantity ? BigInt(text).toString() : text
}
