import type { Break } from './breaks.ts'

const PORTAL = 'contracts/migration/MigrationPortal.sol'

/** Breaks of what older chains owe. */
export const MIGRATION_BREAKS: readonly Break[] = [
  {
    what: 'a right is paid twice',
    file: PORTAL,
    text: 'require(!isClaimed[root][right.index], MigrationAlreadyClaimed(right.index));',
    becomes: '',
  },
  {
    what: 'claims exceed the total',
    file: PORTAL,
    text: 'require(claimed <= snapshot.total, MigrationAboveTotal(claimed, snapshot.total));',
    becomes: '',
  },
  {
    what: 'one attestor opens alone',
    file: PORTAL,
    text: 'require(snapshot.proposer != msg.sender, MigrationSameAttestor(msg.sender));',
    becomes: '',
  },
  {
    what: 'rights are paid without the old key',
    file: PORTAL,
    text: 'require(_isSigned(right.legacyKey, hash, signature), MigrationInvalidSignature());',
    becomes: '',
  },
  {
    what: 'rights outside the snapshot are paid',
    file: PORTAL,
    text: 'require(isLeaf, MigrationNotInSnapshot(right.index));',
    becomes: '',
  },
  {
    what: 'rights are paid after the end',
    file: PORTAL,
    text: 'bool isOpen = snapshot.isOpen && block.timestamp < snapshot.closesAt;',
    becomes: 'bool isOpen = snapshot.isOpen;',
  },
]
