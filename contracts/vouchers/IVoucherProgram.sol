// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEligibility} from "./IEligibility.sol";
import {IVoucherHook} from "./IVoucherHook.sol";

/// @title IVoucherProgram
/// @author Busan Chain
/// @notice Money with a purpose. A holding of a programme has a city part, which goes back to the
/// treasury when it expires, and an own part, which its holder can always have back. Vouchers are
/// bound to their holder: no transfers, no approvals, no callbacks.
///
/// Amounts are whole won. A citizen needs no coin of the chain: payments, top-ups and cash-outs are
/// signed and anyone brings them.
interface IVoucherProgram {
    /// @notice How far a programme has come.
    /// @param Unknown no programme has the id
    /// @param Proposed a maker proposed it; nothing can be claimed
    /// @param Open a checker approved it; its rules say who claims and pays when
    /// @param Swept it is over, and what was left of the city's money went back
    enum State {
        Unknown,
        Proposed,
        Open,
        Swept
    }

    /// @notice Why vouchers are not used in a sale.
    /// @param None they are used
    /// @param NotOpen the programme is not approved, or swept
    /// @param NotStarted the programme has not begun
    /// @param Expired the programme is over
    /// @param Category not at this kind of shop
    /// @param Zone not in this part of the city
    /// @param Tier not at shops of this size
    /// @param Hook the programme's additional rule refuses, or failed
    /// @param Cap a cap of the sale, the day or the month leaves less than was wanted
    /// @param Empty the payer has none
    enum Refusal {
        None,
        NotOpen,
        NotStarted,
        Expired,
        Category,
        Zone,
        Tier,
        Hook,
        Cap,
        Empty
    }

    /// @notice Rules of a programme; fixed when proposed, but for a later expiry.
    /// @param start seconds since the epoch from which vouchers are claimed and used
    /// @param expiry seconds since the epoch from which they are not
    /// @param graceSeconds how long after expiry the city part stays for refunds
    /// @param categoryMask one bit for each category of merchant
    /// @param zoneMask one bit for each zone
    /// @param tierMask one bit for each tier
    /// @param claimAmount won of one claim
    /// @param perPerson most won that one account claims
    /// @param perTransaction most won used in one sale
    /// @param perDay most won used by one account in a day
    /// @param perMonth most won used by one account in a month
    /// @param cashOutAfterBps share of what came in that must be spent before also the city part
    /// can be cashed out, in hundredths of a per cent; zero for never
    /// @param cashbackBps share of the own part of a sale that comes back, by tier of the merchant
    /// @param cashbackPerMonth most won that come back to one account in a month
    /// @param cashbackProgramme programme whose budget pays it; zero for none
    /// @param eligibility who may claim; zero where nobody claims
    /// @param hook additional rule, or zero
    struct Policy {
        uint64 start;
        uint64 expiry;
        uint32 graceSeconds;
        uint32 categoryMask;
        uint64 zoneMask;
        uint8 tierMask;
        uint80 claimAmount;
        uint80 perPerson;
        uint80 perTransaction;
        uint80 perDay;
        uint80 perMonth;
        uint16 cashOutAfterBps;
        uint16[3] cashbackBps;
        uint80 cashbackPerMonth;
        uint256 cashbackProgramme;
        IEligibility eligibility;
        IVoucherHook hook;
    }

    /// @notice Where a programme's money is. Of the city's money, at any time:
    /// budget + recovered = unclaimed + heldCity + spent + cashedOut + swept.
    /// @param budget won put in by the city
    /// @param unclaimed won that nobody has claimed
    /// @param spent won of the city paid to merchants and not refunded
    /// @param heldCity city part of all holdings
    /// @param heldOwn own part of all holdings
    /// @param swept won gone back to the treasury
    /// @param cashedOut city part paid out to holders
    /// @param recovered cashback that a refund took from own money, as it was spent already
    struct Totals {
        uint80 budget;
        uint80 unclaimed;
        uint80 spent;
        uint80 heldCity;
        uint80 heldOwn;
        uint80 swept;
        uint80 cashedOut;
        uint80 recovered;
    }

    /// @notice One account's vouchers of one programme.
    /// @param city won of the city
    /// @param own won of the holder
    /// @param spent won used and not refunded
    /// @param day Korean day that `spentDay` is of
    /// @param month Korean month that `spentMonth` and `cashbackMonth` are of
    /// @param spentDay won used that day
    /// @param spentMonth won used that month
    /// @param claimed won ever claimed
    /// @param received won ever claimed, topped up or given back, less own money withdrawn
    /// @param cashbackMonth won that came back that month
    struct Holding {
        uint80 city;
        uint80 own;
        uint80 spent;
        uint32 day;
        uint32 month;
        uint80 spentDay;
        uint80 spentMonth;
        uint80 claimed;
        uint80 received;
        uint80 cashbackMonth;
    }

    /// @notice What one programme pays in a sale.
    /// @param id programme
    /// @param city won of the city part
    /// @param own won of the own part
    /// @param cashback won that come back
    struct Part {
        uint256 id;
        uint80 city;
        uint80 own;
        uint80 cashback;
    }

    /// @notice A sale as it would be.
    /// @param acceptsVouchers whether the merchant is active and not the payer
    /// @param rest won that the payer adds from deposit tokens
    /// @param fee won that the merchant pays
    /// @param parts by expiry, the earliest first
    /// @param refusals why a part is zero or less than it could be
    struct Quote {
        bool acceptsVouchers;
        uint80 rest;
        uint80 fee;
        Part[] parts;
        Refusal[] refusals;
    }

    /// @notice What a payer signs (EIP-712).
    /// @param payer who pays
    /// @param amount price in won, exactly
    /// @param maxRest most won that the payer adds from deposit tokens
    /// @param validAfter seconds since the epoch
    /// @param validBefore seconds since the epoch
    /// @param merchant id
    /// @param invoice random number of the sale
    /// @param nonce keyed nonce: key in the upper 192 bits, number in the lower 64
    /// @param ids programmes to use, each once, at most eight
    struct Payment {
        address payer;
        uint80 amount;
        uint80 maxRest;
        uint64 validAfter;
        uint64 validBefore;
        bytes32 merchant;
        bytes32 invoice;
        uint256 nonce;
        uint256[] ids;
    }

    /// @notice A sale as it stands, less what was refunded. The contract keeps its hash: callers
    /// bring the receipt as the last event of it says.
    /// @param payer who paid
    /// @param rest won of it from deposit tokens
    /// @param amount won paid
    /// @param paidAt seconds since the epoch
    /// @param heldUntil seconds since the epoch until which the money waits; zero when paid out
    /// @param feeBps fee of the sale in hundredths of a per cent
    /// @param merchant id
    /// @param invoice random number of the sale
    /// @param parts won of it from vouchers
    struct Receipt {
        address payer;
        uint80 rest;
        uint80 amount;
        uint64 paidAt;
        uint64 heldUntil;
        uint16 feeBps;
        bytes32 merchant;
        bytes32 invoice;
        Part[] parts;
    }

    /// @notice The policy contradicts itself.
    error VoucherInvalidPolicy();

    /// @notice The programme is not in the state that this needs.
    /// @param id programme
    /// @param state as it is
    error VoucherWrongState(uint256 id, State state);

    /// @notice Whoever proposed a programme does not approve it.
    /// @param maker who
    error VoucherMakerChecks(address maker);

    /// @notice It is too early or too late for this.
    /// @param id programme, or zero for a signature
    error VoucherWrongTime(uint256 id);

    /// @notice The right was used before, or proves nothing.
    /// @param nullifier of the right
    error VoucherAlreadyClaimed(bytes32 nullifier);

    /// @notice The budget or the person's limit does not reach.
    /// @param id programme
    /// @param left won that could be claimed
    error VoucherNothingToClaim(uint256 id, uint256 left);

    /// @notice The signature is not the account's.
    /// @param account whose it should be
    error VoucherInvalidSignature(address account);

    /// @notice The account is locked: its recovery waits, or it has a successor.
    /// @param account who
    error VoucherLocked(address account);

    /// @notice The same programme twice, or more than eight.
    error VoucherInvalidIds();

    /// @notice The merchant takes no vouchers, or is the payer.
    /// @param merchant id
    error VoucherMerchantRefused(bytes32 merchant);

    /// @notice Vouchers cover less than the payer expected.
    /// @param rest won that the payer would add
    /// @param maxRest won that the payer would add at most
    error VoucherRestTooHigh(uint256 rest, uint256 maxRest);

    /// @notice Too little gas to ask a hook: what it would say must not depend on who brings it.
    error VoucherTooLittleGas();

    /// @notice No such receipt, or not as it stands now.
    /// @param receiptId of the sale
    error VoucherUnknownReceipt(bytes32 receiptId);

    /// @notice The refund window is over, or the receipt has less, or nothing is held.
    /// @param receiptId of the sale
    error VoucherNoRefund(bytes32 receiptId);

    /// @notice A programme was proposed; `programmeOf` has its rules.
    /// @param id programme
    /// @param maker who
    /// @param budget won of the city
    /// @param docHash hash of the decision
    event Proposed(
        uint256 indexed id,
        address indexed maker,
        uint80 budget,
        bytes32 indexed docHash
    );

    /// @notice A programme was opened and its budget paid in.
    /// @param id programme
    /// @param checker who
    event Opened(uint256 indexed id, address indexed checker);

    /// @notice Vouchers last longer.
    /// @param id programme
    /// @param expiry seconds since the epoch
    /// @param orderRef hash of the decision
    event Extended(uint256 indexed id, uint64 expiry, bytes32 indexed orderRef);

    /// @notice Vouchers were claimed.
    /// @param id programme
    /// @param account who got them
    /// @param amount won
    /// @param nullifier of the right
    event Claimed(
        uint256 indexed id,
        address indexed account,
        uint80 amount,
        bytes32 indexed nullifier
    );

    /// @notice A holder put in own money.
    /// @param id programme
    /// @param account who
    /// @param amount won
    event ToppedUp(uint256 indexed id, address indexed account, uint80 amount);

    /// @notice A sale was paid; the part of each programme is in the receipt.
    /// @param receiptId digest of the signed payment
    /// @param merchant id
    /// @param payer who
    /// @param receipt as it stands
    event Paid(
        bytes32 indexed receiptId,
        bytes32 indexed merchant,
        address indexed payer,
        Receipt receipt
    );

    /// @notice Part of a sale was undone.
    /// @param receiptId digest of the signed payment
    /// @param amount won
    /// @param orderRef hash of the decision, or zero when the merchant refunded
    /// @param receipt as it stands from now on
    event Refunded(
        bytes32 indexed receiptId,
        uint80 amount,
        bytes32 indexed orderRef,
        Receipt receipt
    );

    /// @notice Money that waited was paid out to the merchant.
    /// @param receiptId digest of the signed payment
    /// @param receipt as it stands from now on
    event Collected(bytes32 indexed receiptId, Receipt receipt);

    /// @notice A holder took money out.
    /// @param id programme
    /// @param account who
    /// @param city won of the city part
    /// @param own won of the own part
    event CashedOut(uint256 indexed id, address indexed account, uint80 city, uint80 own);

    /// @notice The city's money went back to the treasury.
    /// @param id programme
    /// @param amount won
    event Swept(uint256 indexed id, uint80 amount);

    /// @notice An account was locked or unlocked while its recovery waits.
    /// @param account whose
    /// @param until seconds since the epoch; zero when unlocked
    event AccountLocked(address indexed account, uint64 until);

    /// @notice An account's vouchers, also from later refunds, belong to another one.
    /// @param from old account
    /// @param to new account
    event Succeeded(address indexed from, address indexed to);

    /// @notice Vouchers went to the account that follows.
    /// @param id programme
    /// @param from old account
    /// @param to new account
    /// @param city won of the city part
    /// @param own won of the own part
    event Followed(
        uint256 indexed id,
        address indexed from,
        address indexed to,
        uint80 city,
        uint80 own
    );

    /// @notice Proposes a programme. Restricted to makers.
    /// @param policy its rules
    /// @param budget won of the city
    /// @param docHash hash of the decision
    /// @return id programme
    function propose(
        Policy calldata policy,
        uint80 budget,
        bytes32 docHash
    ) external returns (uint256 id);

    /// @notice Opens a programme and takes its budget from the treasury, which has approved it.
    /// Restricted to checkers; not to whoever proposed it.
    /// @param id programme
    function approve(uint256 id) external;

    /// @notice Makes vouchers last longer, never shorter. Restricted to city officers.
    /// @param id programme
    /// @param expiry seconds since the epoch
    /// @param orderRef hash of the decision
    function extend(uint256 id, uint64 expiry, bytes32 orderRef) external;

    /// @notice Claims vouchers for an account that proves a right. Anyone may bring it.
    /// @param id programme
    /// @param account who gets them
    /// @param proof as the programme's eligibility asks
    function claim(uint256 id, address account, bytes calldata proof) external;

    /// @notice Puts the caller's own money in; the caller has approved it.
    /// @param id programme
    /// @param amount won
    function topUp(uint256 id, uint80 amount) external;

    /// @notice Puts a holder's own money in by an ERC-3009 receive authorisation to this contract,
    /// whose nonce is the keccak-256 of the ABI-encoded id and salt. Anyone may bring it.
    /// @param id programme
    /// @param account holder
    /// @param amount won
    /// @param validBefore seconds since the epoch
    /// @param salt 32 bytes of the holder's choice
    /// @param signature of the holder
    function topUpWithAuthorization(
        uint256 id,
        address account,
        uint80 amount,
        uint64 validBefore,
        bytes32 salt,
        bytes calldata signature
    ) external;

    /// @notice Pays a sale with vouchers, and the rest with deposit tokens that the payer allowed.
    /// Does exactly what `quote` says in the same block. Anyone may bring it.
    /// @param payment what the payer signed
    /// @param signature of the payer: ECDSA, or what its contract accepts (ERC-1271)
    /// @return receiptId digest of the payment
    function pay(
        Payment calldata payment,
        bytes calldata signature
    ) external returns (bytes32 receiptId);

    /// @notice Undoes part of a sale within 30 days, the last money first: deposit tokens, then own
    /// parts, then city parts. Cashback goes back in proportion. By the merchant's payout account,
    /// from its approved deposit tokens or from what is still held.
    /// @param receiptId of the sale
    /// @param receipt as it stands
    /// @param amount won
    function refund(bytes32 receiptId, Receipt calldata receipt, uint80 amount) external;

    /// @notice Pays out a sale that had to wait. Anyone may bring it.
    /// @param receiptId of the sale
    /// @param receipt as it stands
    function collect(bytes32 receiptId, Receipt calldata receipt) external;

    /// @notice Undoes a whole sale whose money is still held, of a merchant that is not active.
    /// Restricted to city officers.
    /// @param receiptId of the sale
    /// @param receipt as it stands
    /// @param orderRef hash of the decision
    function reverse(bytes32 receiptId, Receipt calldata receipt, bytes32 orderRef) external;

    /// @notice Takes the caller's own part out, at any time, and the city part too once the
    /// programme's share is spent and until it expires.
    /// @param id programme
    function cashOut(uint256 id) external;

    /// @notice Like `cashOut`, signed by the holder (EIP-712). Anyone may bring it.
    /// @param id programme
    /// @param account holder
    /// @param validBefore seconds since the epoch
    /// @param nonce keyed nonce
    /// @param signature of the holder
    function cashOutWithSignature(
        uint256 id,
        address account,
        uint64 validBefore,
        uint256 nonce,
        bytes calldata signature
    ) external;

    /// @notice Gives the city's money back to the treasury after expiry and grace. Anyone may.
    /// @param id programme
    function sweep(uint256 id) external;

    /// @notice Moves vouchers of a recovered account to its new one. Anyone may.
    /// @param id programme
    /// @param account old account
    function follow(uint256 id, address account) external;

    /// @notice What a payment would do now.
    /// @param payer who pays
    /// @param merchant id
    /// @param amount price in won
    /// @param ids programmes to use
    /// @return sale as it would be
    function quote(
        address payer,
        bytes32 merchant,
        uint80 amount,
        uint256[] calldata ids
    ) external view returns (Quote memory sale);

    /// @notice Rules and state of a programme.
    /// @param id programme
    /// @return policy its rules
    /// @return state how far it has come
    function programmeOf(uint256 id) external view returns (Policy memory policy, State state);

    /// @notice Where a programme's money is.
    /// @param id programme
    /// @return where it is
    function totalsOf(uint256 id) external view returns (Totals memory);

    /// @notice An account's vouchers.
    /// @param id programme
    /// @param account whose
    /// @return the holding; without city part once swept
    function holdingOf(uint256 id, address account) external view returns (Holding memory);

    /// @notice Who follows a recovered account.
    /// @param account old account
    /// @return the next account; zero for accounts that were not recovered
    function successorOf(address account) external view returns (address);

    /// @notice What rights of a programme are bound to.
    /// @param id programme
    /// @return hash of chain, contract and programme
    function scopeOf(uint256 id) external view returns (bytes32);

    /// @notice What a payer signs.
    /// @param payment the payment
    /// @return the EIP-712 digest
    function hashOf(Payment calldata payment) external view returns (bytes32);
}
