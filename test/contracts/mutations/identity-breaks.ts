import type { Break } from './breaks.ts'

const DIDS = 'contracts/identity/DidRegistry.sol'
const LISTS = 'contracts/identity/StatusList.sol'
const ISSUERS = 'contracts/identity/TrustedIssuers.sol'
const VERIFIER = 'contracts/identity/CredentialVerifier.sol'
const PASS = 'contracts/identity/BPass.sol'
const RECOVERY = 'contracts/identity/AccountRecovery.sol'
const TICKETS = 'contracts/identity/TicketEligibility.sol'

/** Deliberate breaks of the identity contracts. */
export const IDENTITY_BREAKS: readonly Break[] = [
  {
    what: 'a consent can be used again',
    file: DIDS,
    text: '_useCheckedNonce(owner, consent.nonce);',
    becomes: '',
  },
  {
    what: 'a locked key changes identities',
    file: DIDS,
    text: 'require(block.timestamp >= lockedUntil[account], DidLocked(account));',
    becomes: '',
  },
  {
    what: 'a deactivated identity comes back',
    file: DIDS,
    text: 'newOwner == address(0) ? NOBODY : newOwner',
    becomes: 'newOwner',
  },
  {
    what: 'a recovery needs no word of the owner',
    file: DIDS,
    text: '(isOwn || isKnown) && validDelegate(account, RECOVERY, msg.sender)',
    becomes: 'isOwn || isKnown',
  },
  {
    what: 'an identity given away leads back to its first account',
    file: DIDS,
    text: '(isOwn || isKnown) &&',
    becomes: '',
  },
  {
    what: 'a revocation can be taken back',
    file: LISTS,
    text: 'purpose == Purpose.Suspension || old & ~word == 0',
    becomes: 'true',
  },
  {
    what: 'anyone writes a list',
    file: LISTS,
    text: '_requireIssuer(list.issuer);',
    becomes: '',
  },
  {
    what: 'a suspended issuer stays trusted',
    file: ISSUERS,
    text: 'period.until = time;',
    becomes: '',
  },
  {
    what: 'trust is not asked for',
    file: VERIFIER,
    text: 'if (!_isTrusted(credential)) return Verdict.IssuerNotTrusted;',
    becomes: '',
  },
  {
    what: 'a credential counts one second too long',
    file: VERIFIER,
    text: 'block.timestamp >= credential.validUntil',
    becomes: 'block.timestamp > credential.validUntil',
  },
  {
    what: 'a list of another issuer counts',
    file: VERIFIER,
    text: 'list.issuer == credential.issuer && ',
    becomes: '',
  },
  {
    what: 'an inner node of the tree passes for a claim',
    file: VERIFIER,
    text: 'keccak256(bytes.concat(keccak256(abi.encode(key, value, salt))))',
    becomes: 'keccak256(abi.encodePacked(key, value, salt))',
  },
  {
    what: 'a presentation can be shown to another audience',
    file: VERIFIER,
    text: 'keccak256(bytes(presentation.audience))',
    becomes: 'bytes32(0)',
  },
  {
    what: 'the issuer of a ticket need not be trusted',
    file: TICKETS,
    text: 'require(isTrusted, TicketIssuerNotTrusted(ticket.issuer));',
    becomes: '',
  },
  {
    what: 'a burned pass comes back',
    file: PASS,
    text: ' && _passes[tokenId].issuer == address(0)',
    becomes: '',
  },
  {
    what: 'a pass is issued unasked',
    file: PASS,
    text: 'if (msg.sender != pass.holder) _requireSigned(pass.holder, hash, holderSignature);',
    becomes: '',
  },
  {
    what: 'a pass can be transferred',
    file: PASS,
    text: 'require(auth == address(0), BPassLocked());',
    becomes: '',
  },
  {
    what: 'a recovery does not wait',
    file: RECOVERY,
    text: 'require(block.timestamp >= recovery.readyAt, RecoveryNotNow(account));',
    becomes: '',
  },
  {
    what: 'one guardian suffices',
    file: RECOVERY,
    text: 'guardians.threshold == 0 || count < guardians.threshold',
    becomes: 'guardians.threshold == 0',
  },
  {
    what: 'signatures of guardians can be used again',
    file: RECOVERY,
    text: 'uint256 count = startCount[account];',
    becomes: 'uint256 count = 0;',
  },
  {
    what: 'new guardians count at once',
    file: RECOVERY,
    text: '(current == 0 ? 0 : DELAY)',
    becomes: '0',
  },
  {
    what: 'a contract that fails stops a recovery',
    file: RECOVERY,
    text: '        } catch {\n            return false;\n        }\n    }\n\n    function _lock(',
    becomes: '        } catch {\n            revert();\n        }\n    }\n\n    function _lock(',
  },
]
