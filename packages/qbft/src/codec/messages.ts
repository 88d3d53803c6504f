// Messages on the wire: one code byte, then RLP. On devp2p the code travels in the frame, here it leads.
import { type Block, blockToItems } from '@busan/chain-spec'
import {
  accept,
  asList,
  concatBytes,
  decodeRlp,
  encodeRlp,
  errorMessage,
  hexToBytes,
  type RlpItem,
  recoverAddress,
  refuse,
  type Verdict,
} from '@busan/primitives'
import type {
  CommitMessage,
  Message,
  Payload,
  PreparePayload,
  ProposalMessage,
  RoundChangeMessage,
  Signed,
  Validator,
} from '../types.ts'
import { VALIDATORS_MAX } from './extra-data.ts'
import {
  commitFromItems,
  expectCount,
  MESSAGE_CODES,
  prepareFromItems,
  proposalFromItems,
  proposedBlock,
  roundChangeFromItems,
} from './payloads.ts'
import { SignatureError, signedFromItems, signedToItems } from './signed.ts'

/** Why bytes are not a message: all but `unknown-author` prove that the sender is broken or lying. */
export type DecodeReason =
  | 'too-large'
  | 'malformed-message'
  | 'invalid-signature'
  | 'invalid-seal'
  | 'unknown-author'

/** Bytes of the largest message that is read; a block at the gas limit of 2^25 fits several times. */
export const MESSAGE_SIZE_BYTES_MAX = 16 * 1024 * 1024

/** Says whether messages of this author at this height are wanted, before the costly part of decoding. */
export type Admission = (author: Validator, height: bigint) => boolean

/** The message's wire form. */
export function encodeMessage(message: Message<Block>): Uint8Array {
  const code = Uint8Array.of(MESSAGE_CODES[message.type])
  return concatBytes(code, encodeRlp(messageToItems(message)))
}

function messageToItems(message: Message<Block>): RlpItem[] {
  switch (message.type) {
    case 'proposal': {
      const { proposal, roundChanges, prepares } = message
      const justification = [roundChanges.map(signedToItems), prepares.map(signedToItems)]
      return [signedToItems(proposal), justification]
    }
    case 'prepare':
      return signedToItems(message.prepare)
    case 'commit':
      return signedToItems(message.commit)
    case 'round-change': {
      const { roundChange, block, prepares } = message
      const blockItems = block === undefined ? [] : blockToItems(block)
      return [signedToItems(roundChange), blockItems, prepares.map(signedToItems)]
    }
  }
}

/**
 * Reads foreign bytes and recovers the author of every signature inside, commit seals included. Never
 * throws on bad bytes.
 * @param admit refuses unwanted authors before nested signatures are recovered; absent: everyone is wanted
 */
export function decodeMessage(
  bytes: Uint8Array,
  admit: Admission = () => true,
): Verdict<Message<Block>, DecodeReason> {
  if (bytes.length > MESSAGE_SIZE_BYTES_MAX) {
    return refuse(
      'too-large',
      `message of ${bytes.length} bytes, at most ${MESSAGE_SIZE_BYTES_MAX}`,
    )
  }
  try {
    return fromBytes(bytes, admit)
  } catch (error) {
    const reason = error instanceof SignatureError ? 'invalid-signature' : 'malformed-message'
    return refuse(reason, errorMessage(error))
  }
}

function fromBytes(bytes: Uint8Array, admit: Admission): Verdict<Message<Block>, DecodeReason> {
  const body = bytes.subarray(1)
  const items = asList(decodeRlp(body), 'message')
  switch (bytes[0]) {
    case MESSAGE_CODES.proposal:
      return readProposal(items, admit)
    case MESSAGE_CODES.prepare: {
      const prepare = signedFromItems(items, prepareFromItems)
      return admitted(prepare, admit, () => accept({ type: 'prepare', prepare }))
    }
    case MESSAGE_CODES.commit: {
      const commit = signedFromItems(items, commitFromItems)
      return admitted(commit, admit, () => checkSeal({ type: 'commit', commit }))
    }
    case MESSAGE_CODES['round-change']:
      return readRoundChange(items, admit)
    default:
      throw new TypeError(`unknown message code ${bytes[0]}`)
  }
}

function readProposal(
  items: readonly RlpItem[],
  admit: Admission,
): Verdict<ProposalMessage<Block>, DecodeReason> {
  expectCount(items, 2, 'proposal message')
  const justification = asList(items[1], 'justification')
  expectCount(justification, 2, 'justification')
  const proposal = signedFromItems(items[0], proposalFromItems)
  return admitted(proposal, admit, () =>
    accept({
      type: 'proposal',
      proposal,
      roundChanges: signedList(justification[0], roundChangeFromItems),
      prepares: signedList(justification[1], prepareFromItems),
    }),
  )
}

function readRoundChange(
  items: readonly RlpItem[],
  admit: Admission,
): Verdict<RoundChangeMessage<Block>, DecodeReason> {
  expectCount(items, 3, 'round-change message')
  const blockItems = asList(items[1], 'block')
  const roundChange = signedFromItems(items[0], roundChangeFromItems)
  if ((roundChange.payload.prepared === undefined) !== (blockItems.length === 0)) {
    throw new TypeError('round change: a block and its prepared round come together or not at all')
  }
  return admitted(roundChange, admit, () => {
    const prepares = signedList(items[2], prepareFromItems)
    if (blockItems.length > 0) {
      return accept({
        type: 'round-change',
        roundChange,
        block: proposedBlock(blockItems),
        prepares,
      })
    }
    if (prepares.length > 0) throw new TypeError('round change: prepares without a prepared block')
    return accept({ type: 'round-change', roundChange, prepares })
  })
}

function admitted<P extends Payload<Block>, M>(
  { author, payload }: Signed<P>,
  admit: Admission,
  read: () => Verdict<M, DecodeReason>,
): Verdict<M, DecodeReason> {
  if (admit(author, payload.height)) return read()
  return refuse('unknown-author', `${payload.type} at height ${payload.height} by ${author}`)
}

/** In a valid commit the digest is the seal hash: proposals of a round carry that round and no seals. */
function checkSeal(message: CommitMessage): Verdict<CommitMessage, DecodeReason> {
  const { author, payload } = message.commit
  if (recoverAddress(hexToBytes(payload.digest), payload.seal) === author) return accept(message)
  return refuse(
    'invalid-seal',
    `commit by ${author}: the seal is not its own over ${payload.digest}`,
  )
}

/** Reads a list of signed payloads. @throws TypeError for a wrong shape or more than 256 entries */
function signedList<P extends Payload<Block>>(
  item: RlpItem | undefined,
  read: (items: readonly RlpItem[]) => P,
): Signed<P>[] {
  const list = asList(item, 'signed payloads')
  if (list.length > VALIDATORS_MAX) {
    throw new TypeError(`signed payloads: at most ${VALIDATORS_MAX}, got ${list.length}`)
  }
  return list.map((entry) => signedFromItems(entry, read))
}

/** Reads the prepares of a certificate. @throws TypeError or SignatureError */
export function preparesFromItems(item: RlpItem | undefined): Signed<PreparePayload>[] {
  return signedList(item, prepareFromItems)
}
