// What changes of an allowlist are right, before anything is changed; the words of refusals are Besu's.
import { accept, isAddress, refuse, toAddress, type Verdict } from '@busan/primitives'
import type { AllowlistRefusal } from '@busan/rpc'
import { peerIdIn } from './peer-ids.ts'

/** Which list. */
export type AllowlistName = 'nodes' | 'accounts'

/** Entries to add or to remove. */
export interface AllowlistChange {
  readonly name: AllowlistName
  readonly action: 'add' | 'remove'
  /** Peer ids or multiaddrs; addresses. */
  readonly entries: readonly string[]
}

/** Entries as they stand in the file, by what they are compared with. */
export type Allowlist = ReadonlyMap<string, string>

type Edited = Verdict<Allowlist, AllowlistRefusal>

const SINGULAR = { nodes: 'node', accounts: 'account' } as const

/** What an entry is compared by: a peer id, an address in lower case; undefined: it is none. */
export function idOfEntry(name: AllowlistName, entry: string): string | undefined {
  if (name === 'nodes') return peerIdIn(entry)
  return isAddress(entry) ? toAddress(entry) : undefined
}

/** The list after a change, of all its entries or none. @param fixed ids that have to stay */
export function editAllowlist(
  list: Allowlist,
  { name, action, entries }: AllowlistChange,
  fixed: ReadonlySet<string>,
): Edited {
  const named = distinct(name, entries)
  if (!named.ok) return named
  const ids = [...named.value.keys()]
  if (action === 'add') {
    if (!ids.some((id) => list.has(id))) return accept(new Map([...list, ...named.value]))
    const text = `Cannot add an existing ${SINGULAR[name]} to allowlist`
    return refuse('allowlist-existing-entry', text)
  }
  if (ids.some((id) => !list.has(id))) {
    const text = `Cannot remove an absent ${SINGULAR[name]} from allowlist`
    return refuse('allowlist-absent-entry', text)
  }
  if (ids.some((id) => fixed.has(id))) {
    const text = 'Cannot remove a fixed node (bootnode or static node) from allowlist'
    return refuse('allowlist-fixed-entry', text)
  }
  return accept(new Map([...list].filter(([id]) => !named.value.has(id))))
}

/** The ids that entries name, if each is one and stands once. */
function distinct(name: AllowlistName, entries: readonly string[]): Edited {
  const named = new Map<string, string>()
  if (entries.length === 0) {
    return refuse('allowlist-invalid-entry', `Request contains an empty list of ${name}`)
  }
  for (const entry of entries) {
    const id = idOfEntry(name, entry)
    if (id === undefined) {
      const text = `Request contains an invalid ${SINGULAR[name]}: ${entry.slice(0, 200)}`
      return refuse('allowlist-invalid-entry', text)
    }
    if (named.has(id)) {
      return refuse('allowlist-duplicate-entry', `Request contains duplicate ${name}`)
    }
    named.set(id, entry)
  }
  return accept(named)
}
