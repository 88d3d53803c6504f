import { BIF_BREAKS } from './bif-breaks.ts'
import { EXCHANGE_BREAKS } from './exchange-breaks.ts'
import { GOVERNANCE_BREAKS } from './governance-breaks.ts'
import { IDENTITY_BREAKS } from './identity-breaks.ts'
import { MIGRATION_BREAKS } from './migration-breaks.ts'
import { SPONSORSHIP_BREAKS } from './sponsorship-breaks.ts'

/** A deliberate break of a contract: one text in one file, replaced by another. */
export interface Break {
  /** What is wrong then, in words. */
  readonly what: string
  readonly file: string
  readonly text: string
  readonly becomes: string
}

const KRW = 'contracts/money/KrwDepositToken.sol'

const LEDGER = 'contracts/vouchers/VoucherLedger.sol'
const PLAN = 'contracts/vouchers/VoucherPlan.sol'
const MOVES = 'contracts/vouchers/VoucherMoves.sol'
const SALES = 'contracts/vouchers/VoucherProgram.sol'

/** By the folder of tests that must object. */
export const BREAKS: Readonly<Record<string, readonly Break[]>> = {
  bif: BIF_BREAKS,
  exchange: EXCHANGE_BREAKS,
  governance: GOVERNANCE_BREAKS,
  identity: IDENTITY_BREAKS,
  migration: MIGRATION_BREAKS,
  sponsorship: SPONSORSHIP_BREAKS,
  money: [
    {
      what: 'a mint does not use up the allowance',
      file: KRW,
      text: '_allowances[msg.sender] = left - amount;',
      becomes: '',
    },
    {
      what: 'a mint does not ask for the reserve',
      file: KRW,
      text: 'require(supply <= attested, KrwUnbacked(supply, attested));',
      becomes: '',
    },
    {
      what: 'a deposit can be minted twice',
      file: KRW,
      text: '_isUsed[bankRef] = true;',
      becomes: '',
    },
    {
      what: 'a stale attestation counts',
      file: KRW,
      text: 'uint256 attested = ORACLE.freshUnits();',
      becomes:
        '(, int256 latest, , , ) = ORACLE.latestRoundData(); uint256 attested = uint256(latest);',
    },
    {
      what: 'frozen money can be spent',
      file: KRW,
      text: 'amount <= unfrozen || amount > balanceOf(from)',
      becomes: 'true',
    },
    {
      what: 'a freeze never ends',
      file: KRW,
      text: 'block.timestamp < hold.frozenUntil ? hold.frozen : 0',
      becomes: 'hold.frozen',
    },
    {
      what: 'a seizure leaves the freeze as it was',
      file: KRW,
      text: '_setFrozen(from, frozen - amount);',
      becomes: '',
    },
    {
      what: 'the enforcer takes what nobody froze',
      file: KRW,
      text: 'amount <= frozen && from != to',
      becomes: 'from != to',
    },
    {
      what: 'a freeze burns what it freezes',
      file: KRW,
      text: '_holds[account].frozenUntil = until;',
      becomes: '_holds[account].frozenUntil = until; _burn(account, 1);',
    },
    {
      what: 'a locked account can send',
      file: KRW,
      text: 'require(canSend(from), ERC7943CannotSend(from));',
      becomes: '',
    },
  ],
  vouchers: [
    {
      what: 'whoever proposes approves',
      file: LEDGER,
      text: 'require(msg.sender != programme.maker, VoucherMakerChecks(msg.sender));',
      becomes: '',
    },
    {
      what: 'a right is claimed again',
      file: LEDGER,
      text: '_isUsed[id][nullifier] = true;',
      becomes: '',
    },
    {
      what: 'a sweep takes own money too',
      file: LEDGER,
      text: 'uint80 amount = totals.unclaimed + totals.heldCity;',
      becomes: 'uint80 amount = totals.unclaimed + totals.heldCity + totals.heldOwn;',
    },
    {
      what: 'a sweep does not wait for the grace',
      file: LEDGER,
      text: 'uint256(policy.expiry) + policy.graceSeconds',
      becomes: 'uint256(policy.expiry)',
    },
    {
      what: 'expiry can be brought forward',
      file: LEDGER,
      text: 'require(expiry > policy.expiry, VoucherWrongTime(id));',
      becomes: '',
    },
    {
      what: 'the daily cap is forgotten',
      file: PLAN,
      text: 'policy.perTransaction.min(ofDay).min(policy.perMonth.less(usedMonth))',
      becomes: 'ofDay > 0 ? policy.perTransaction.min(policy.perMonth.less(usedMonth)) : 0',
    },
    {
      what: 'vouchers are used after expiry',
      file: PLAN,
      text: 'if (block.timestamp >= policy.expiry) return IVoucherProgram.Refusal.Expired;',
      becomes: '',
    },
    {
      what: 'zones do not matter',
      file: PLAN,
      text: 'if ((policy.zoneMask >> sale.shop.zone) & 1 == 0) return IVoucherProgram.Refusal.Zone;',
      becomes: '',
    },
    {
      what: 'own money goes first',
      file: PLAN,
      text: 'part.city = used.min(city);',
      becomes: 'part.city = used - used.min(own);',
    },
    {
      what: 'a failing hook allows',
      file: PLAN,
      text: 'return isDone && answer.length == 32',
      becomes: 'return !isDone || answer.length == 32',
    },
    {
      what: 'a hook can be starved of gas',
      file: PLAN,
      text: 'require((gasleft() * 63) / 64 > HOOK_GAS + 5_000, IVoucherProgram.VoucherTooLittleGas());',
      becomes: '',
    },
    {
      what: 'two parts of one sale draw the same cashback',
      file: PLAN,
      text: 'if (isSame) left -= parts[i].cashback;',
      becomes: '',
    },
    {
      what: 'cashback stays when the sale is undone',
      file: MOVES,
      text: 'if (cashback > 0) (short, toTreasury) =',
      becomes: 'if (false) (short, toTreasury) =',
    },
    {
      what: 'a refund makes no room under the month',
      file: MOVES,
      text: 'holding.spentMonth -= amount;',
      becomes: '',
    },
    {
      what: 'a refund gives city money as own',
      file: MOVES,
      text: '(parts[0], parts[1] - short)',
      becomes: '(uint80(0), parts[0] + parts[1] - short)',
    },
    {
      what: 'city money is cashed out before its share is spent',
      file: MOVES,
      text: 'isOpen && bps > 0 &&',
      becomes: 'isOpen || bps > 0 &&',
    },
    {
      what: 'a receipt is accepted unseen',
      file: SALES,
      text: 'require(isKept, VoucherUnknownReceipt(receiptId));',
      becomes: '',
    },
    {
      what: 'money that waits is paid out early',
      file: SALES,
      text: 'receipt.heldUntil > 0 && block.timestamp >= receipt.heldUntil',
      becomes: 'receipt.heldUntil > 0',
    },
    {
      what: 'the merchant pays double fees',
      file: SALES,
      text: 'WON.transfer(payout, receipt.amount - fee);',
      becomes: 'WON.transfer(payout, receipt.amount - 2 * fee);',
    },
    {
      what: 'the payer pays more than allowed',
      file: SALES,
      text: 'require(plan.rest <= payment.maxRest, VoucherRestTooHigh(plan.rest, payment.maxRest));',
      becomes: '',
    },
  ],
}
