// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FlowPause} from "../governance/FlowPause.sol";
import {IKrwDepositToken} from "../money/IKrwDepositToken.sol";
import {BifEntries, Line} from "./BifEntries.sol";
import {BifLedger} from "./BifLedger.sol";
import {ProRata} from "./ProRata.sol";

/// @title BifFund
/// @author Busan Chain
/// @notice The Busan innovation fund: members commit, capital is called from them in proportion to
/// the won, grants and fees are paid out of it, and what comes back is distributed. Each movement
/// posts its journal in the same transaction.
///
/// The money is of two sorts that never mix: capital, which is for grants, fees and returns that
/// can be called again, and income, which is for members. Shares are divided by the method of the
/// largest remainder (ProRata).
contract BifFund is FlowPause {
    using SafeCast for uint256;

    /// @notice Sorts of members.
    enum Class {
        City,
        PublicFinance,
        Private
    }

    /// @notice What was declared before anybody committed.
    /// @param noticeSeconds shortest time between a call and its due date
    /// @param graceSeconds from the due date on, until a member can be in default
    /// @param forfeitBps part of a defaulter's capital that goes to the others, in 1/10,000
    /// @param feeBps most fees in all, of the capital that members have in the fund, in 1/10,000
    struct Terms {
        uint64 noticeSeconds;
        uint64 graceSeconds;
        uint16 forfeitBps;
        uint16 feeBps;
    }

    /// @notice One member; amounts in won.
    /// @param account who acts for it
    /// @param class its sort
    /// @param isDefaulted whether it failed to pay: nothing is called from it any more
    /// @param limit most that it may commit, as agreed
    /// @param committed what it promised
    /// @param called what was called of that, less what came back and can be called again
    /// @param capital what it has in the fund: the measure of distributions
    /// @param owed distributed to it and not withdrawn yet
    struct Member {
        address account;
        Class class;
        bool isDefaulted;
        uint128 limit;
        uint128 committed;
        uint128 called;
        uint128 capital;
        uint128 owed;
    }

    /// @notice One capital call.
    /// @param amount won from all members
    /// @param dueAt seconds since the epoch
    /// @param purpose hash of what it is for
    struct Call {
        uint128 amount;
        uint64 dueAt;
        bytes32 purpose;
    }

    /// @notice The terms exceed the whole.
    error FundInvalidTerms();

    /// @notice The account is no member, or cannot become one.
    /// @param account who
    error FundNotAMember(address account);

    /// @notice The member is in default.
    /// @param account who
    error FundInDefault(address account);

    /// @notice More than there is or may be.
    /// @param wanted won
    /// @param most won
    error FundAboveLimit(uint256 wanted, uint256 most);

    /// @notice There is nothing to move.
    error FundNothingThere();

    /// @notice A call comes too short before its due date, or a default before its grace is over.
    /// @param earliest seconds since the epoch
    error FundTooEarly(uint64 earliest);

    /// @notice A member was admitted, or its limit changed.
    /// @param member its number
    /// @param account who acts for it
    /// @param class its sort
    /// @param limit most won that it may commit
    /// @param agreementHash hash of the agreement
    event Admitted(
        uint32 indexed member,
        address indexed account,
        Class indexed class,
        uint128 limit,
        bytes32 agreementHash
    );

    /// @notice A member committed more.
    /// @param member its number
    /// @param amount won in addition
    event Committed(uint32 indexed member, uint128 amount);

    /// @notice Capital was called.
    /// @param callId number of the call
    /// @param dueAt seconds since the epoch
    /// @param purpose hash of what it is for
    /// @param shares won of members 1, 2, ...
    event Called(uint32 indexed callId, uint64 dueAt, bytes32 purpose, uint256[] shares);

    /// @notice A member paid its share of a call.
    /// @param callId number of the call
    /// @param member its number
    /// @param amount won
    event Paid(uint32 indexed callId, uint32 indexed member, uint128 amount);

    /// @notice A member did not pay.
    /// @param callId number of the call
    /// @param member its number
    /// @param due won that are not called from it any more
    /// @param shares won of its capital that went to members 1, 2, ...
    /// @param orderRef hash of the order
    event Defaulted(
        uint32 indexed callId,
        uint32 indexed member,
        uint128 due,
        uint256[] shares,
        bytes32 orderRef
    );

    /// @notice Money was assigned to members.
    /// @param isRecallable capital, which can be called again; else income
    /// @param shares won of members 1, 2, ...
    /// @param ref hash of the decision
    event DistributionMade(bool isRecallable, uint256[] shares, bytes32 ref);

    /// @notice A member took what was distributed to it.
    /// @param member its number
    /// @param amount won
    event Withdrawn(uint32 indexed member, uint128 amount);

    /// @notice Money came in that was not called.
    /// @param amount won
    /// @param ref what it is
    event IncomeRecorded(uint256 amount, bytes32 ref);

    /// @notice A fee was paid.
    /// @param to who got it
    /// @param amount won
    /// @param orderRef hash of the order
    event FeePaid(address indexed to, uint128 amount, bytes32 orderRef);

    /// @notice Capital was set aside for a grant, or came back from it.
    /// @param grant its number
    /// @param unreleased won set aside for it from now on
    event GrantReserved(uint32 indexed grant, uint128 unreleased);

    /// @notice A part of a grant was paid.
    /// @param grant its number
    /// @param to who got it
    /// @param amount won
    event GrantPaid(uint32 indexed grant, address indexed to, uint128 amount);

    /// @notice Flow that fees and payments of grants belong to; members' money has no switch.
    uint8 public constant FLOW_SPEND = 0;

    /// @notice Most won that all members together commit.
    uint128 public constant CAP = 100_000_000_000;

    /// @notice Highest number of a grant, as the books have five digits for it.
    uint32 public constant GRANT_MAX = 99_999;

    /// @notice Most members.
    uint256 public constant MEMBERS_MAX = 64;

    /// @notice Shortest time between a call and its due date, in seconds.
    uint64 public immutable NOTICE;

    /// @notice Seconds from the due date on, until a member can be in default.
    uint64 public immutable GRACE;

    /// @notice Part of a defaulter's capital that goes to the others, in 1/10,000.
    uint16 public immutable FORFEIT_BPS;

    /// @notice Most fees in all, of the capital that members have in the fund, in 1/10,000.
    uint16 public immutable FEE_BPS;

    /// @notice What the fund's money is.
    IKrwDepositToken public immutable WON;

    /// @notice The fund's books.
    BifLedger public immutable LEDGER;

    /// @notice Won that members promised.
    uint128 public totalCommitted;

    /// @notice Won that members have in the fund.
    uint128 public totalCapital;

    /// @notice Won paid in fees.
    uint128 public totalFees;

    /// @notice Won of grants, paid or set aside.
    uint128 public totalGrants;

    /// @notice Won of income that were not distributed yet.
    uint128 public freeIncome;

    /// @notice How many calls there were.
    uint32 public callCount;

    /// @notice Number of a member, from 1; zero: none.
    mapping(address account => uint32 member) public numberOf;

    /// @notice Won that a member has yet to pay of a call.
    mapping(uint32 callId => mapping(uint32 member => uint128 due)) public dueOf;

    /// @notice Won set aside for a grant and not paid yet.
    mapping(uint32 grant => uint128 amount) public unreleasedOf;

    Member[] private _members;
    mapping(uint32 callId => Call terms) private _calls;

    /// @notice Starts without members.
    /// @param authority who decides over roles
    /// @param won deposit tokens
    /// @param ledger the fund's books
    /// @param terms declared for good
    constructor(
        address authority,
        IKrwDepositToken won,
        BifLedger ledger,
        Terms memory terms
    ) AccessManaged(authority) {
        require(terms.forfeitBps <= 10_000 && terms.feeBps <= 10_000, FundInvalidTerms());
        (WON, LEDGER) = (won, ledger);
        (NOTICE, GRACE) = (terms.noticeSeconds, terms.graceSeconds);
        (FORFEIT_BPS, FEE_BPS) = (terms.forfeitBps, terms.feeBps);
    }

    /// @notice Admits a member, or changes how much it may commit. Restricted.
    /// @param account who acts for it
    /// @param class its sort
    /// @param limit most won that it may commit
    /// @param agreementHash hash of the agreement
    function admit(
        address account,
        Class class,
        uint128 limit,
        bytes32 agreementHash
    ) external restricted ordered(agreementHash) {
        require(account != address(0), FundNotAMember(account));
        if (numberOf[account] == 0) {
            uint256 count = _members.length + 1;
            require(count <= MEMBERS_MAX, FundAboveLimit(count, MEMBERS_MAX));
            _members.push();
            numberOf[account] = uint32(count);
        }
        Member storage member = _memberOf(account);
        (member.account, member.class, member.limit) = (account, class, limit);
        emit Admitted(numberOf[account], account, class, limit, agreementHash);
    }

    /// @notice Commits won in addition: only the member binds itself.
    /// @param amount won
    function commit(uint128 amount) external {
        Member storage member = _memberOf(msg.sender);
        require(!member.isDefaulted, FundInDefault(msg.sender));
        member.committed += amount;
        require(member.committed <= member.limit, FundAboveLimit(member.committed, member.limit));
        totalCommitted += amount;
        require(totalCommitted <= CAP, FundAboveLimit(totalCommitted, CAP));
        emit Committed(numberOf[msg.sender], amount);
    }

    /// @notice Calls capital, in proportion to what can still be called of each. Restricted.
    /// @param amount won from all
    /// @param dueAt seconds since the epoch
    /// @param purpose hash of what it is for
    /// @return callId number of the call
    function call(
        uint128 amount,
        uint64 dueAt,
        bytes32 purpose
    ) external restricted ordered(purpose) returns (uint32 callId) {
        uint64 earliest = uint64(block.timestamp) + NOTICE;
        require(dueAt >= earliest, FundTooEarly(earliest));
        uint256[] memory shares = _split(amount, _uncalled());
        callId = ++callCount;
        _calls[callId] = Call(amount, dueAt, purpose);
        for (uint32 i = 0; i < shares.length; ++i) {
            if (shares[i] == 0) continue;
            _members[i].called += uint128(shares[i]);
            dueOf[callId][i + 1] = uint128(shares[i]);
        }
        emit Called(callId, dueAt, purpose, shares);
        Line[] memory lines = BifEntries.byMember(
            BifEntries.RECEIVABLE,
            BifEntries.CAPITAL,
            shares
        );
        _post(BifEntries.CALL, lines, purpose, callId);
    }

    /// @notice Pays the caller's share of a call, of which the fund has the allowance.
    /// @param callId number of the call
    function pay(uint32 callId) external {
        uint128 amount = _pay(callId, msg.sender);
        WON.transferFrom(msg.sender, address(this), amount);
    }

    /// @notice Pays a member's share of a call, as it signed. Anyone may bring that.
    /// @param callId number of the call
    /// @param account the member
    /// @param validBefore seconds since the epoch before which the signature counts
    /// @param salt anything; keccak256(abi.encode(callId, salt)) is the nonce of ERC-3009
    /// @param signature of ReceiveWithAuthorization, from the member to the fund
    function payWithAuthorization(
        uint32 callId,
        address account,
        uint64 validBefore,
        bytes32 salt,
        bytes calldata signature
    ) external {
        uint128 amount = _pay(callId, account);
        bytes32 nonce = keccak256(abi.encode(callId, salt));
        address self = address(this);
        WON.receiveWithAuthorization(account, self, amount, 0, validBefore, nonce, signature);
    }

    /// @notice Declares a member in default, with what was declared for that: nothing more is
    /// called from it, and a part of its capital becomes the others', in proportion. Restricted.
    /// @param callId the call that it did not pay
    /// @param account the member
    /// @param orderRef hash of the order
    function markDefault(
        uint32 callId,
        address account,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        uint64 earliest = _calls[callId].dueAt + GRACE;
        require(block.timestamp >= earliest, FundTooEarly(earliest));
        uint128 due = _takeDue(callId, account);
        Member storage member = _memberOf(account);
        // What came back to the member may have lowered `called` below its dues.
        member.called = uint128(Math.saturatingSub(member.called, due));
        totalCommitted -= member.committed - member.called;
        member.committed = member.called;
        uint256[] memory shares = new uint256[](_members.length);
        if (!member.isDefaulted) {
            member.isDefaulted = true;
            shares = _forfeit(member);
        }
        uint32 number = numberOf[account];
        emit Defaulted(callId, number, due, shares, orderRef);
        _post(BifEntries.DEFAULT, BifEntries.ofDefault(number, due, shares), orderRef, callId);
    }

    /// @notice Assigns money to members, in proportion to their capital. Restricted.
    /// @param amount won
    /// @param isRecallable gives capital back, which can be called again; else distributes income
    /// @param ref hash of the decision
    function distribute(
        uint128 amount,
        bool isRecallable,
        bytes32 ref
    ) external restricted ordered(ref) {
        uint256 most = isRecallable ? freeCapital() : freeIncome;
        require(amount <= most, FundAboveLimit(amount, most));
        uint256[] memory shares = _split(amount, _capitals());
        for (uint256 i = 0; i < shares.length; ++i) {
            Member storage member = _members[i];
            member.owed += uint128(shares[i]);
            if (!isRecallable) continue;
            member.capital -= uint128(shares[i]);
            // Capital that others forfeited was never called from this member.
            member.called = uint128(Math.saturatingSub(member.called, shares[i]));
        }
        if (isRecallable) totalCapital -= amount;
        else freeIncome -= amount;
        emit DistributionMade(isRecallable, shares, ref);
        uint32 debit = isRecallable ? BifEntries.CAPITAL : BifEntries.DISTRIBUTED;
        Line[] memory lines = BifEntries.byMember(debit, BifEntries.PAYABLE, shares);
        _post(BifEntries.DISTRIBUTION, lines, ref, 0);
    }

    /// @notice Pays out what was distributed to the caller.
    function withdraw() external {
        Member storage member = _memberOf(msg.sender);
        uint128 amount = member.owed;
        require(amount > 0, FundNothingThere());
        member.owed = 0;
        uint32 number = numberOf[msg.sender];
        emit Withdrawn(number, amount);
        uint32 payable_ = BifEntries.PAYABLE + number;
        _post(BifEntries.WITHDRAWAL, BifEntries.pair(payable_, BifEntries.CASH, amount), 0, 0);
        WON.transfer(msg.sender, amount);
    }

    /// @notice Books as income what lies in the fund's account and is in no journal yet.
    /// Restricted.
    /// @param ref what it is
    function recordIncome(bytes32 ref) external restricted ordered(ref) {
        int256 cash = LEDGER.balanceOf(BifEntries.CASH);
        uint256 amount = WON.balanceOf(address(this)) - uint256(cash);
        require(amount > 0, FundNothingThere());
        freeIncome += amount.toUint128();
        emit IncomeRecorded(amount, ref);
        Line[] memory lines = BifEntries.pair(BifEntries.CASH, BifEntries.INCOME, amount);
        _post(BifEntries.INCOME_RECEIVED, lines, ref, 0);
    }

    /// @notice Pays a fee, within what was declared. Restricted.
    /// @param to who gets it
    /// @param amount won
    /// @param orderRef hash of the order
    function payFee(
        address to,
        uint128 amount,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        _requireFlow(FLOW_SPEND);
        uint256 allowed = Math.saturatingSub((uint256(totalCapital) * FEE_BPS) / 1e4, totalFees);
        uint256 most = Math.min(allowed, freeCapital());
        require(amount <= most, FundAboveLimit(amount, most));
        totalFees += amount;
        emit FeePaid(to, amount, orderRef);
        Line[] memory lines = BifEntries.pair(BifEntries.FEES, BifEntries.CASH, amount);
        _post(BifEntries.FEE, lines, orderRef, 0);
        WON.transfer(to, amount);
    }

    /// @notice Sets capital aside for a grant. Restricted to the contract of grants.
    /// @param grant its number
    /// @param amount won
    /// @param docHash hash of the contract with the grantee
    function reserveGrant(uint32 grant, uint128 amount, bytes32 docHash) external restricted {
        uint256 most = freeCapital();
        require(amount <= most, FundAboveLimit(amount, most));
        totalGrants += amount;
        _setUnreleased(grant, unreleasedOf[grant] + amount);
        (uint32 expense, uint32 open) = _accountsOf(grant);
        _post(BifEntries.AWARD, BifEntries.pair(expense, open, amount), docHash, grant);
    }

    /// @notice Pays a part of a grant. Restricted to the contract of grants.
    /// @param grant its number
    /// @param to who gets it
    /// @param amount won, at most what is set aside for it
    /// @param docHash hash of the evidence
    function payGrant(
        uint32 grant,
        address to,
        uint128 amount,
        bytes32 docHash
    ) external restricted {
        _requireFlow(FLOW_SPEND);
        _setUnreleased(grant, unreleasedOf[grant] - amount);
        emit GrantPaid(grant, to, amount);
        (, uint32 open) = _accountsOf(grant);
        Line[] memory lines = BifEntries.pair(open, BifEntries.CASH, amount);
        _post(BifEntries.GRANT_PAYMENT, lines, docHash, grant);
        WON.transfer(to, amount);
    }

    /// @notice Takes back what was set aside. Restricted to the contract of grants.
    /// @param grant its number
    /// @param amount won, at most what is set aside for it
    /// @param docHash hash of the order
    function returnGrant(uint32 grant, uint128 amount, bytes32 docHash) external restricted {
        totalGrants -= amount;
        _setUnreleased(grant, unreleasedOf[grant] - amount);
        (uint32 expense, uint32 open) = _accountsOf(grant);
        _post(BifEntries.GRANT_RETURN, BifEntries.pair(open, expense, amount), docHash, grant);
    }

    /// @notice How many members there are.
    /// @return count numbers run from 1 to it
    function memberCount() external view returns (uint32 count) {
        return uint32(_members.length);
    }

    /// @notice A member as it stands.
    /// @param member its number
    /// @return entry the member
    function memberAt(uint32 member) external view returns (Member memory entry) {
        return _members[member - 1];
    }

    /// @notice A capital call.
    /// @param callId its number; an unknown one is empty
    /// @return terms the call
    function callOf(uint32 callId) external view returns (Call memory terms) {
        return _calls[callId];
    }

    /// @notice Capital that is neither spent nor set aside.
    /// @return amount won
    function freeCapital() public view returns (uint256 amount) {
        return totalCapital - totalFees - totalGrants;
    }

    function _pay(uint32 callId, address account) private returns (uint128 amount) {
        amount = _takeDue(callId, account);
        _memberOf(account).capital += amount;
        totalCapital += amount;
        uint32 number = numberOf[account];
        emit Paid(callId, number, amount);
        uint32 receivable = BifEntries.RECEIVABLE + number;
        Line[] memory lines = BifEntries.pair(BifEntries.CASH, receivable, amount);
        _post(BifEntries.PAYMENT, lines, _calls[callId].purpose, callId);
    }

    function _takeDue(uint32 callId, address account) private returns (uint128 due) {
        uint32 number = numberOf[account];
        due = dueOf[callId][number];
        require(due > 0, FundNothingThere());
        dueOf[callId][number] = 0;
    }

    /// @dev Moves a part of a defaulter's capital to the members that are not in default.
    function _forfeit(Member storage defaulter) private returns (uint256[] memory shares) {
        uint256[] memory capitals = _capitals();
        for (uint256 i = 0; i < capitals.length; ++i) {
            if (_members[i].isDefaulted) capitals[i] = 0;
        }
        uint256 amount = (uint256(defaulter.capital) * FORFEIT_BPS) / 1e4;
        // With nobody to get it, it stays.
        if (amount == 0 || ProRata.sumOf(capitals) == 0) return new uint256[](capitals.length);
        shares = ProRata.split(amount, capitals);
        defaulter.capital -= uint128(amount);
        for (uint256 i = 0; i < shares.length; ++i) _members[i].capital += uint128(shares[i]);
    }

    function _setUnreleased(uint32 grant, uint128 amount) private {
        unreleasedOf[grant] = amount;
        emit GrantReserved(grant, amount);
    }

    function _post(bytes32 kind, Line[] memory lines, bytes32 docHash, uint32 ref) private {
        LEDGER.post(kind, lines, docHash, bytes32(uint256(ref)));
    }

    function _split(
        uint256 amount,
        uint256[] memory weights
    ) private pure returns (uint256[] memory shares) {
        uint256 most = ProRata.sumOf(weights);
        require(amount <= most, FundAboveLimit(amount, most));
        require(amount > 0, FundNothingThere());
        return ProRata.split(amount, weights);
    }

    function _uncalled() private view returns (uint256[] memory amounts) {
        amounts = new uint256[](_members.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            Member storage member = _members[i];
            if (!member.isDefaulted) amounts[i] = member.committed - member.called;
        }
    }

    function _capitals() private view returns (uint256[] memory amounts) {
        amounts = new uint256[](_members.length);
        for (uint256 i = 0; i < amounts.length; ++i) amounts[i] = _members[i].capital;
    }

    function _memberOf(address account) private view returns (Member storage member) {
        uint32 number = numberOf[account];
        require(number > 0, FundNotAMember(account));
        return _members[number - 1];
    }

    function _accountsOf(uint32 grant) private pure returns (uint32 expense, uint32 open) {
        require(grant <= GRANT_MAX, FundAboveLimit(grant, GRANT_MAX));
        return (BifEntries.GRANTS + grant, BifEntries.GRANTS_PAYABLE + grant);
    }
}
