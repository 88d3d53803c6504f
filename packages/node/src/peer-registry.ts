import type { Chain } from '@busan/chain'
import { bigintToBytes, bytesToBigint, concatBytes, keccak256, padLeft } from '@busan/primitives'
import type { Logger } from '@busan/telemetry'

/** Which peers the chain's node registry lists, followed from block to block. */
export interface PeerRegistry {
  /** undefined: the chain has no registry, or nothing is listed yet, and anyone may connect. */
  listed(): ReadonlySet<string> | undefined
  /** Reads the list after the head, if the registry has changed. */
  refresh(): Promise<void>
}

/** Nodes read at a time: a page must fit the gas of one question. */
const PAGE_SIZE = 32n
/** As the registry has at most. */
const NODES_MAX = 512
const WORD_SIZE_BYTES = 32
const PEER_ID_SIZE_BYTES_MAX = 64

const SELECTOR = keccak256(new TextEncoder().encode('peerIdsFrom(uint256,uint256)')).subarray(0, 4)

/**
 * @param onChanged called when the list has changed
 * A registry that fails lists nobody: then only `fallback` may connect.
 */
export function createPeerRegistry(
  {
    chain,
    logger,
    fallback,
  }: {
    readonly chain: Chain
    readonly logger: Logger
    readonly fallback: ReadonlySet<string>
  },
  onChanged: () => void,
): PeerRegistry {
  const address = chain.spec.systemContracts.nodeRegistry
  let version: string | undefined
  let listed: ReadonlySet<string> | undefined
  return {
    listed: () => listed,
    async refresh() {
      if (address === undefined) return
      const contract = chain.executor.systemContractAt(address, chain.head().header.stateRoot)
      if (contract.version === version) return
      const { version: read } = contract
      const ids = await readList(contract.ask)
      version = read
      listed = ids === undefined ? fallback : ids.size === 0 ? undefined : ids
      if (ids === undefined)
        logger.error('the node registry fails: only bootnodes may connect', { address })
      else logger.info('read the node registry', { nodes: ids.size })
      onChanged()
    },
  }
}

async function readList(
  ask: (data: Uint8Array) => Promise<Uint8Array | undefined>,
): Promise<ReadonlySet<string> | undefined> {
  const ids = new Set<string>()
  for (let from = 0n; from <= NODES_MAX; from += PAGE_SIZE) {
    const answer = await ask(concatBytes(SELECTOR, word(from), word(PAGE_SIZE)))
    const page = answer && decodeTexts(answer)
    if (page === undefined) return undefined
    for (const id of page) ids.add(id)
    if (page.length < PAGE_SIZE) return ids
  }
  return ids
}

/** ABI-encoded (string[]); undefined when it is anything else. */
function decodeTexts(bytes: Uint8Array): readonly string[] | undefined {
  const start = numberAt(bytes, 0)
  const count = start === undefined ? undefined : numberAt(bytes, start)
  if (start === undefined || count === undefined || count > PAGE_SIZE) return undefined
  const head = start + WORD_SIZE_BYTES
  const texts: string[] = []
  for (let index = 0; index < count; index++) {
    const offset = numberAt(bytes, head + index * WORD_SIZE_BYTES)
    const size = offset === undefined ? undefined : numberAt(bytes, head + offset)
    if (offset === undefined || size === undefined || size > PEER_ID_SIZE_BYTES_MAX)
      return undefined
    const from = head + offset + WORD_SIZE_BYTES
    if (from + size > bytes.length) return undefined
    texts.push(new TextDecoder().decode(bytes.subarray(from, from + size)))
  }
  return texts
}

/** A word that is an offset or a length within the bytes; undefined for what points outside. */
function numberAt(bytes: Uint8Array, offset: number): number | undefined {
  if (offset + WORD_SIZE_BYTES > bytes.length) return undefined
  const value = bytesToBigint(bytes.subarray(offset, offset + WORD_SIZE_BYTES))
  return value <= bytes.length ? Number(value) : undefined
}

function word(value: bigint): Uint8Array {
  return padLeft(bigintToBytes(value), WORD_SIZE_BYTES)
}
