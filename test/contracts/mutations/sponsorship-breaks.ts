import type { Break } from './breaks.ts'

const ACCOUNT = 'contracts/sponsorship/PasskeyAccount.sol'
const FACTORY = 'contracts/sponsorship/PasskeyAccountFactory.sol'
const SPONSOR = 'contracts/sponsorship/CitySponsor.sol'

/** Breaks of who is sponsored for what. */
export const SPONSORSHIP_BREAKS: readonly Break[] = [
  {
    what: 'what is no service is paid',
    file: SPONSOR,
    text: 'found != 0 &&',
    becomes: 'found < 3 &&',
  },
  {
    what: 'only the first call is looked at',
    file: SPONSOR,
    text: 'i < calls.length; ++i',
    becomes: 'i < 1; ++i',
  },
  {
    what: 'calls carry coins',
    file: SPONSOR,
    text: 'calls[i].value == 0 &&',
    becomes: '',
  },
  {
    what: 'an account has no quota of its own',
    file: SPONSOR,
    text: '_use(_usageOf[id][userOp.sender], gas, budget.gasPerAccount);',
    becomes: '',
  },
  {
    what: 'all accounts together have no quota',
    file: SPONSOR,
    text: '_use(_usage[id], gas, budget.gasPerDay);',
    becomes: '',
  },
  {
    what: 'gas for validating is not counted',
    file: SPONSOR,
    text: 'userOp.verificationGasLimit() +',
    becomes: '',
  },
  {
    what: 'quotas never renew',
    file: SPONSOR,
    text: 'usage.day == KoreanTime.dayOf(block.timestamp) ? usage.gas : 0',
    becomes: 'usage.day != 0 ? usage.gas : 0',
  },
  {
    what: 'days are those of Greenwich',
    file: 'contracts/vouchers/KoreanTime.sol',
    text: 'return uint32((time + 9 hours) / 1 days);',
    becomes: 'return uint32(time / 1 days);',
  },
  {
    what: 'any fee is paid',
    file: SPONSOR,
    text: 'require(fee <= maxFee, SponsorFeeTooHigh(fee, maxFee));',
    becomes: '',
  },
  {
    what: 'an approval lasts for ever',
    file: SPONSOR,
    text: 'require(isShort, SponsorApprovalTooLong(validUntil));',
    becomes: '',
  },
  {
    what: 'gas is set aside for nothing',
    file: SPONSOR,
    text: 'require(userOp.paymasterPostOpGasLimit() == 0, SponsorNothingAfter());',
    becomes: '',
  },
  {
    what: 'any code is an account',
    file: SPONSOR,
    text: 'require(isAccountKind[codeHash], SponsorUnknownAccount(userOp.sender));',
    becomes: '',
  },
  {
    what: 'anybody approves',
    file: SPONSOR,
    text: 'return isSigner;',
    becomes: 'return isSigner || signer != address(0);',
  },
  {
    what: 'a stop stops nothing',
    file: SPONSOR,
    text: '_requireFlow(FLOW_SPONSOR);',
    becomes: '',
  },
  {
    what: 'anyone makes an account act',
    file: ACCOUNT,
    text: 'caller == address(entryPoint()) ||',
    becomes: 'caller != address(0) ||',
  },
  {
    what: 'the implementation takes a key',
    file: ACCOUNT,
    text: '_disableInitializers();',
    becomes: '',
  },
  {
    what: 'an account takes another key',
    file: ACCOUNT,
    text: 'external initializer {',
    becomes: 'external {',
  },
  {
    what: 'a salt changes no address',
    file: FACTORY,
    text: 'keccak256(abi.encode(qx, qy, salt))',
    becomes: 'keccak256(abi.encode(qx, qy, salt & 0))',
  },
  {
    what: 'an account is made a second time',
    file: FACTORY,
    text: 'if (account.code.length > 0) return account;',
    becomes: '',
  },
]
