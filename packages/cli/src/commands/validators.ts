import {
  type Address,
  CodedError,
  isAddress,
  toAddress,
  toChecksumAddress,
} from '@busan/primitives'
import { Command } from 'commander'
import { askNode } from '../ask-node.ts'
import { formatTable } from '../table.ts'

/** What `qbft_status` says of a validator. */
interface Sight {
  readonly address: string
  readonly isOnline: boolean
  readonly silentMs?: number
  readonly clockOffsetMs?: number
}

/** A vote that is on the chain without a majority. */
interface OpenVote {
  readonly subject: string
  readonly add: boolean
  readonly voters: readonly string[]
  readonly needed: number
}

/** The part of `qbft_status` that is shown. */
interface Status {
  readonly activity: string
  readonly self?: string
  readonly height: string
  readonly round: number
  readonly secondsInRound: number
  readonly proposer: string
  readonly quorum: number
  readonly validators: readonly Sight[]
  readonly openVotes: readonly OpenVote[]
  readonly warnings: readonly string[]
  readonly diagnosis: string
}

interface SignerMetrics {
  readonly address: string
  readonly proposedBlockCount: string
  readonly lastProposedBlockNumber: string
}

type Votes = Readonly<Record<string, boolean>>

/** Everything that `busan validators list` shows. */
interface Overview {
  readonly validators: readonly string[]
  /** Of the next block. */
  readonly next: readonly string[]
  readonly metrics: readonly SignerMetrics[]
  readonly status: Status
  readonly votes: Votes
}

interface Options {
  readonly rpc: string
  readonly json?: boolean
}

/** `busan validators`: who validates, votes about it, and why the chain does or does not advance. */
export function validatorsCommand(): Command {
  const validators = new Command('validators').description('see the validators and vote on them')
  verb(validators, 'list', 'the validators, their latest blocks and the open votes').action(list)
  verb(validators, 'status', 'why the chain does or does not advance, as this node sees it').action(
    status,
  )
  verb(validators, 'vote', 'vote to add or to drop a validator, in the blocks this node proposes')
    .argument('<add|drop>')
    .argument('<address>')
    .action(vote)
  verb(validators, 'discard', "withdraw this node's vote on a validator")
    .argument('<address>')
    .action(discard)
  return validators
}

function verb(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--rpc <url>', 'JSON-RPC address of the node', 'http://127.0.0.1:8545')
    .option('--json', 'print JSON')
}

async function list({ rpc, json }: Options): Promise<void> {
  const [validators, next, metrics, status, votes] = await Promise.all([
    askNode<readonly string[]>(rpc, 'qbft_getValidatorsByBlockNumber', 'latest'),
    askNode<readonly string[]>(rpc, 'qbft_getValidatorsByBlockNumber', 'pending'),
    askNode<readonly SignerMetrics[]>(rpc, 'qbft_getSignerMetrics'),
    askNode<Status>(rpc, 'qbft_status'),
    askNode<Votes>(rpc, 'qbft_getPendingVotes'),
  ])
  const overview = { validators, next, metrics, status, votes }
  print(json, overview, overviewText(overview))
}

async function status({ rpc, json }: Options): Promise<void> {
  const answer = await askNode<Status>(rpc, 'qbft_status')
  print(json, answer, statusText(answer))
}

async function vote(direction: string, subject: string, { rpc, json }: Options): Promise<void> {
  if (direction !== 'add' && direction !== 'drop') {
    throw new CodedError('invalid-argument', `vote add or drop, not ${JSON.stringify(direction)}`)
  }
  const address = parseAddress(subject)
  await askNode(rpc, 'qbft_proposeValidatorVote', address, direction === 'add')
  const answer = await askNode<Status>(rpc, 'qbft_status')
  const needed = Math.floor(answer.validators.length / 2) + 1
  const lines = [
    ...answer.warnings.map((warning) => `warning: ${warning}`),
    `voting to ${direction} ${toChecksumAddress(address)} in each block this node proposes, until it is decided`,
    `${needed} of ${answer.validators.length} validators must vote so; discard the vote once it has carried`,
  ]
  print(
    json,
    { vote: { [address]: direction === 'add' }, needed, warnings: answer.warnings },
    lines,
  )
}

async function discard(subject: string, { rpc, json }: Options): Promise<void> {
  const address = parseAddress(subject)
  await askNode(rpc, 'qbft_discardValidatorVote', address)
  print(json, { discarded: address }, [`no vote on ${toChecksumAddress(address)} any more`])
}

/** Mixed case is a checksum (EIP-55), and a vote on a mistyped address is worth refusing. */
function parseAddress(text: string): Address {
  if (!isAddress(text)) {
    const quoted = JSON.stringify(text)
    throw new CodedError('invalid-argument', `${quoted} is not an address: 0x and 40 hex digits`)
  }
  const address = toAddress(text)
  const digits = text.slice(2)
  const isMixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase()
  if (isMixed && text !== toChecksumAddress(address)) {
    throw new CodedError('invalid-argument', `${text} has a wrong checksum: is it mistyped?`)
  }
  return address
}

function print(json: boolean | undefined, value: object, lines: readonly string[]): void {
  console.log(json === true ? JSON.stringify(value, null, 2) : lines.join('\n'))
}

function overviewText({ validators, next, metrics, status, votes }: Overview): readonly string[] {
  const rows = validators.map((address) => {
    const blocks = metrics.find((row) => row.address === address)
    const last = Number(blocks?.lastProposedBlockNumber ?? 0)
    return [
      toChecksumAddress(toAddress(address)) + (address === status.self ? ' (this node)' : ''),
      describeSight(status.validators.find((sight) => sight.address === address)),
      String(Number(blocks?.proposedBlockCount ?? 0)),
      last === 0 ? '-' : `#${last}`,
    ]
  })
  const headings = ['VALIDATOR', 'SEEN', 'PROPOSED OF LAST 100', 'LATEST']
  return [
    formatTable([headings, ...rows]),
    ...changes(validators, next),
    ...status.openVotes.map(describeOpenVote),
    ...Object.entries(votes).map(
      ([subject, add]) => `this node votes to ${verbOf(add)} ${subject}`,
    ),
    ...status.warnings.map((warning) => `warning: ${warning}`),
  ]
}

function describeSight(sight: Sight | undefined): string {
  if (sight === undefined) return '-'
  const { isOnline, silentMs, clockOffsetMs } = sight
  const clock = clockOffsetMs === undefined ? '' : `, clock ${(clockOffsetMs / 1000).toFixed(1)} s`
  if (isOnline) return `online${clock}`
  if (silentMs === undefined) return 'not heard yet'
  return `silent ${Math.round(silentMs / 1000)} s${clock}`
}

function changes(validators: readonly string[], next: readonly string[]): readonly string[] {
  const joining = next.filter((address) => !validators.includes(address))
  const leaving = validators.filter((address) => !next.includes(address))
  return [
    ...joining.map((address) => `${address} joins with the next block`),
    ...leaving.map((address) => `${address} leaves with the next block`),
  ]
}

function describeOpenVote({ subject, add, voters, needed }: OpenVote): string {
  return `open vote to ${verbOf(add)} ${subject}: ${voters.length} of ${needed} needed, by ${voters.join(', ')}`
}

function verbOf(add: boolean): string {
  return add ? 'add' : 'drop'
}

function statusText(status: Status): readonly string[] {
  const { height, round, secondsInRound, proposer, quorum, validators } = status
  const online = validators.filter(({ isOnline }) => isOnline).length
  return [
    status.diagnosis,
    formatTable([
      ['this node', status.self ?? 'no validator key', status.activity],
      ['block', String(Number(height)), `round ${round} for ${Math.round(secondsInRound)} s`],
      ['proposer', proposer],
      ['validators', `${online} of ${validators.length} online`, `quorum ${quorum}`],
    ]),
    ...status.openVotes.map(describeOpenVote),
    ...status.warnings.map((warning) => `warning: ${warning}`),
  ]
}
