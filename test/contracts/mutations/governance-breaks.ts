import type { Break } from './breaks.ts'

const AUTHORITY = 'contracts/governance/CityAccessManager.sol'
const COUNCIL = 'contracts/governance/GuardianCouncil.sol'
const NODES = 'contracts/governance/NodeRegistry.sol'
const PERMISSIONS = 'contracts/governance/PermissionRegistry.sol'
const VALIDATORS = 'contracts/governance/ValidatorRegistry.sol'

/** Breaks of who may do what. */
export const GOVERNANCE_BREAKS: readonly Break[] = [
  {
    what: 'rival roles meet in one account',
    file: AUTHORITY,
    text: 'require(since == 0, RoleConflict(account, id, roleId));',
    becomes: '',
  },
  {
    what: 'a role that was taken away is still listed',
    file: AUTHORITY,
    text: '_members[roleId].remove(account);',
    becomes: '',
  },
  {
    what: 'anyone deploys through a factory',
    file: PERMISSIONS,
    text: 'target == address(0) || isFactory[target]',
    becomes: 'target == address(0)',
  },
  {
    what: 'an emergency stops nobody',
    file: PERMISSIONS,
    text: 'if (asked == Mode.Emergency) return false;',
    becomes: '',
  },
  {
    what: 'guardians declare one emergency after another',
    file: PERMISSIONS,
    text: 'require(block.timestamp >= allowedAt, PermissionTooEarly(allowedAt));',
    becomes: '',
  },
  {
    what: 'anyone ends an emergency at once',
    file: PERMISSIONS,
    text: 'require(block.timestamp >= emergencyEndsAt, PermissionTooEarly(emergencyEndsAt));',
    becomes: '',
  },
  {
    what: 'the emergency becomes the ordinary mode',
    file: PERMISSIONS,
    text: 'ordinaryMode = newMode;',
    becomes: 'ordinaryMode = Mode.Emergency;',
  },
  {
    what: 'three validators are enough',
    file: VALIDATORS,
    text: 'COUNT_MIN = 4',
    becomes: 'COUNT_MIN = 3',
  },
  {
    what: 'one organisation has more than f seats',
    file: VALIDATORS,
    text: 'return (count - 1) / 3;',
    becomes: 'return (count + 2) / 3;',
  },
  {
    what: 'validators change without pause',
    file: VALIDATORS,
    text: 'lastChange = block.number;',
    becomes: '',
  },
  {
    what: 'the list is in no order',
    file: VALIDATORS,
    text: 'if (_validators[i - 1] < validator) break;',
    becomes: 'if (_validators[i - 1] != validator) break;',
  },
  {
    what: 'a suspended member keeps its nomination',
    file: VALIDATORS,
    text: '_requireEligible(organisation);\n        delete nominationOf[validator];',
    becomes: 'delete nominationOf[validator];',
  },
  {
    what: 'a seat moves to another organisation',
    file: VALIDATORS,
    text: '_takeNomination(successor) == organisation',
    becomes: '_takeNomination(successor) != bytes32(0)',
  },
  {
    what: 'the council calls anything',
    file: COUNCIL,
    text: 'require(isStop[selector], GuardianNotAStop(selector));',
    becomes: '',
  },
  {
    what: 'a decision of the council is carried out twice',
    file: COUNCIL,
    text: '++nonce;',
    becomes: '',
  },
  {
    what: 'a node that is struck off stays in the list',
    file: NODES,
    text: '_peerIds.pop();',
    becomes: '',
  },
]
