import type { Break } from './breaks.ts'

const CARBON = 'contracts/exchange/CarbonUnits.sol'
const ENGINE = 'contracts/exchange/SettlementEngine.sol'
const LISTINGS = 'contracts/exchange/ListingRegistry.sol'
const ORACLE = 'contracts/exchange/ReserveOracle.sol'
const RESTRAINTS = 'contracts/exchange/Restraints.sol'
const RECEIPTS = 'contracts/exchange/VaultReceipts.sol'
const TOKEN = 'contracts/exchange/CommodityToken.sol'
const VAULT = 'contracts/exchange/SettlementVault.sol'

/** Breaks of listed assets, their backing and settlement. */
export const EXCHANGE_BREAKS: readonly Break[] = [
  {
    what: 'an order trades beyond its limit',
    file: ENGINE,
    text: 'if (fill.price > buy.limitPrice || fill.price < sell.limitPrice) return "beyond-limit";',
    becomes: '',
  },
  {
    what: 'a filled order trades again',
    file: ENGINE,
    text: '(use.filled, use.tag) = (use.filled + lots, _tag(hash));',
    becomes: '(use.filled, use.tag) = (lots, _tag(hash));',
  },
  {
    what: 'an order without signature trades',
    file: ENGINE,
    text: 'return isSigned ? bytes32(0) : bytes32("bad-signature");',
    becomes: 'return bytes32(0);',
  },
  {
    what: 'a cancelled order trades',
    file: ENGINE,
    text: '_uses[_nonceId(order)] = Use(CANCELLED, _tag(hash));',
    becomes: '',
  },
  {
    what: 'two orders share a nonce',
    file: ENGINE,
    text: 'return use.filled != 0 && use.tag != _tag(hash) ? bytes32("nonce-used") : bytes32(0);',
    becomes: 'return bytes32(0);',
  },
  {
    what: 'fees are above what was signed',
    file: ENGINE,
    text: 'if (state.feeBps > order.maxFeeBps) return "fee-above-cap";',
    becomes: '',
  },
  {
    what: 'fees are rounded up',
    file: ENGINE,
    text: 'fee = (value * state.feeBps) / BPS;',
    becomes: 'fee = (value * state.feeBps + BPS - 1) / BPS;',
  },
  {
    what: 'a halted market settles',
    file: ENGINE,
    text: 'address(state.base) != address(0) && block.timestamp >= state.haltedUntil',
    becomes: 'address(state.base) != address(0)',
  },
  {
    what: 'the static band stays where it was',
    file: ENGINE,
    text: '(state.referenceDay, state.referencePrice) = (day, state.lastPrice);',
    becomes: 'state.referenceDay = day;',
  },
  {
    what: 'the engine pays what a token takes',
    file: ENGINE,
    text: 'require(isConserved, EngineNotConserved(address(token)));',
    becomes: '',
  },
  {
    what: 'anyone moves balances of the vault',
    file: VAULT,
    text: 'require(msg.sender == ENGINE, VaultNotEngine(msg.sender));',
    becomes: '',
  },
  {
    what: 'a deposit that came short counts in full',
    file: VAULT,
    text: 'require(received == amount, VaultShortDeposit(received, amount));',
    becomes: '',
  },
  {
    what: 'frozen money leaves through the vault',
    file: VAULT,
    text: 'if (to != account) {',
    becomes: 'if (false) {',
  },
  {
    what: 'frozen money does not come home',
    file: VAULT,
    text: 'if (to != account) {',
    becomes: '{',
  },
  {
    what: 'anyone empties a balance of the vault',
    file: VAULT,
    text: 'balanceOf[token][account] - spendableOf(token, account);',
    becomes: 'balanceOf[token][account];',
  },
  {
    what: 'a freeze takes both balances in full',
    file: RESTRAINTS,
    text: 'Math.saturatingSub(frozen, token.balanceOf(account));',
    becomes: 'frozen;',
  },
  {
    what: 'a locked account spends from the vault',
    file: RESTRAINTS,
    text: 'return _ask(token, IKrwDepositToken.canSend.selector, account, 1) != 0;',
    becomes: 'return true;',
  },
  {
    what: 'tokens are minted without backing',
    file: TOKEN,
    text: 'require(supply <= limit, CommodityUnbacked(supply, limit));',
    becomes: '',
  },
  {
    what: 'a bar is counted twice',
    file: RECEIPTS,
    text: 'require(used == 0, ReceiptSerialUsed(serial, used));',
    becomes: '',
  },
  {
    what: 'a bar that backs tokens is taken out',
    file: RECEIPTS,
    text: 'require(supply <= left, ReceiptStillBacking(supply, left));',
    becomes: '',
  },
  {
    what: 'one attestor signs twice',
    file: ORACLE,
    text: 'require(isAttestor[signer] && signer > last, ReserveInvalidSigner(signer));',
    becomes: 'require(isAttestor[signer], ReserveInvalidSigner(signer));',
  },
  {
    what: 'a stale attestation counts',
    file: ORACLE,
    text: 'return block.timestamp - _at < MAX_AGE ? _units : 0;',
    becomes: 'return _units;',
  },
  {
    what: 'a class that is off trades',
    file: LISTINGS,
    text: 'return isOpen && isClassOn[listing.class];',
    becomes: 'return isOpen;',
  },
  {
    what: 'serials are immobilised twice',
    file: CARBON,
    text: 'bool isApart = start > before.end && (before.next == 0 || end < before.next);',
    becomes: 'bool isApart = start > before.end;',
  },
  {
    what: 'retired tonnes stay in circulation',
    file: CARBON,
    text: '_totals[id].circulating -= amount;',
    becomes: '',
  },
]
