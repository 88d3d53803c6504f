// An operator's own lists: which peers may connect, and whose transactions this node takes into its pool. They bind
// this node alone. A block may hold what they refuse: what all must obey is the chain's permission registry (ADR 011).
import { accept, CodedError, errorMessage, refuse, type Verdict } from '@busan/primitives'
import type { AllowlistRefusal } from '@busan/rpc'
import {
  type Allowlist,
  type AllowlistChange,
  type AllowlistName,
  editAllowlist,
  idOfEntry,
} from './edit-allowlist.ts'
import type { NodeConfig } from './options.ts'
import { peerIdsOf } from './peer-ids.ts'

/** The keys of the files are Besu's. */
const KEYS = { nodes: 'nodes-allowlist', accounts: 'accounts-allowlist' } as const

/** How the files (TOML) are read and, whole or not at all, written. */
export interface AllowlistFiles {
  read(file: string): Promise<Record<string, unknown>>
  write(file: string, content: Record<string, unknown>): Promise<void>
}

/** The lists as they are in force. */
export interface LocalAllowlists {
  /** Peer ids, or lower-case addresses; undefined: anyone. */
  entries(name: AllowlistName): ReadonlySet<string> | undefined
  /** Rises with each change. */
  version(): number
  /** Reads the files again. @throws CodedError when one is wrong; what was in force stays */
  reload(): Promise<void>
  /** Adds to or removes from a list and its file, all entries or none. */
  change(change: AllowlistChange): Promise<Verdict<null, AllowlistRefusal>>
  /** @returns a function that removes the listener */
  onChanged(listener: () => void): () => void
}

type Lists = Partial<Record<AllowlistName, Allowlist>>

/** Where the lists stand, and who has to be in the one of nodes. */
interface Sources {
  readonly files: AllowlistFiles
  readonly fileOf: Readonly<Record<AllowlistName, string | undefined>>
  readonly bootnodes: ReadonlySet<string>
}

/** Reads the lists that the settings name. @throws CodedError `invalid-config` or of the file */
export async function openLocalAllowlists(
  config: Pick<
    NodeConfig,
    'permissions-nodes-config-file' | 'permissions-accounts-config-file' | 'bootnodes'
  >,
  files: AllowlistFiles,
): Promise<LocalAllowlists> {
  const sources = {
    files,
    fileOf: {
      nodes: config['permissions-nodes-config-file'],
      accounts: config['permissions-accounts-config-file'],
    },
    bootnodes: peerIdsOf(config.bootnodes),
  }
  const listeners = new Set<() => void>()
  let version = 0
  let lists = await readLists(sources)
  let ids = idsOf(lists)
  let queue: Promise<unknown> = Promise.resolve()

  function put(next: Lists): void {
    lists = next
    ids = idsOf(next)
    version++
    for (const listener of listeners) listener()
  }

  /** One after the other: each starts from what the one before has left. */
  function inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = queue.then(task)
    queue = result.catch(() => {})
    return result
  }

  return {
    entries: (name) => ids[name],
    version: () => version,
    reload: () => inTurn(async () => put(await readLists(sources))),
    change: (change) =>
      inTurn(async () => {
        const changed = await changeList(sources, lists[change.name], change)
        if (!changed.ok) return changed
        put({ ...lists, [change.name]: changed.value })
        return accept(null)
      }),
    onChanged(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function idsOf({ nodes, accounts }: Lists): Partial<Record<AllowlistName, ReadonlySet<string>>> {
  return {
    ...(nodes && { nodes: new Set(nodes.keys()) }),
    ...(accounts && { accounts: new Set(accounts.keys()) }),
  }
}

async function readLists({ files, fileOf, bootnodes }: Sources): Promise<Lists> {
  const found: Lists = {}
  for (const name of Object.keys(KEYS) as AllowlistName[]) {
    const file = fileOf[name]
    if (file !== undefined) found[name] = parseList(name, file, await files.read(file))
  }
  const missing = [...bootnodes].filter((id) => found.nodes?.has(id) === false)
  if (missing.length === 0) return found
  const text = `${fileOf.nodes}: these bootnodes are not in nodes-allowlist: ${missing.join(', ')}`
  throw new CodedError('invalid-config', text)
}

function parseList(name: AllowlistName, file: string, content: Record<string, unknown>): Allowlist {
  const entries = content[KEYS[name]]
  const expected = name === 'nodes' ? 'peer ids or multiaddrs with /p2p/ID' : '20-byte addresses'
  if (!Array.isArray(entries) || entries.some((entry) => typeof entry !== 'string')) {
    throw new CodedError('invalid-config', `${file}: ${KEYS[name]} must be a list of ${expected}`)
  }
  return new Map(
    entries.map((entry: string) => {
      const id = idOfEntry(name, entry)
      if (id !== undefined) return [id, entry]
      const text = `${file}: "${entry}" in ${KEYS[name]} is none of the ${expected}`
      throw new CodedError('invalid-config', text)
    }),
  )
}

/** The list after a change that its file holds already. */
async function changeList(
  { files, fileOf, bootnodes }: Sources,
  list: Allowlist | undefined,
  change: AllowlistChange,
): Promise<Verdict<Allowlist, AllowlistRefusal>> {
  const { name } = change
  const file = fileOf[name]
  if (list === undefined || file === undefined) {
    const which = name === 'nodes' ? 'Node' : 'Account'
    return refuse('allowlist-not-enabled', `${which} allowlist has not been enabled`)
  }
  const edited = editAllowlist(list, change, name === 'nodes' ? bootnodes : new Set())
  if (!edited.ok) return edited
  try {
    const content = await files.read(file)
    await files.write(file, { ...content, [KEYS[name]]: [...edited.value.values()] })
    return edited
  } catch (error) {
    const text = 'Unable to persist changes to allowlist configuration file. Changes reverted'
    return refuse('allowlist-unwritable', `${text}: ${errorMessage(error)}`)
  }
}
