// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {KoreanTime} from "../vouchers/KoreanTime.sol";
import {BifEntries, Line} from "./BifEntries.sol";

/// @title BifLedger
/// @author Busan Chain
/// @notice The fund's books: double entry, only ever added to, each journal bound to the one before
/// by its hash. The fund's contract posts what its money does, in the same transaction. People post
/// adjustments between income and expenses alone, and two are needed for each. Everything can be
/// recomputed from the events.
contract BifLedger is AccessManaged {
    /// @notice What two people post together.
    /// @param month the open month that it belongs to, as KoreanTime counts
    /// @param reverses number of the adjustment that it takes back; zero: none
    /// @param docHash hash of the document behind it
    /// @param lines income and expense accounts alone; the exact negative of what it takes back
    struct Adjustment {
        uint32 month;
        uint64 reverses;
        bytes32 docHash;
        Line[] lines;
    }

    /// @notice Debits and credits differ.
    /// @param sum won by which debits exceed credits
    error LedgerUnbalanced(int256 sum);

    /// @notice There is no such account, the line is empty, or the account is not for adjustments.
    /// @param account number of the account
    /// @param amount won
    error LedgerInvalidLine(uint32 account, int128 amount);

    /// @notice The month is closed, or has not begun; one that lasts cannot be closed.
    /// @param month as KoreanTime counts
    error LedgerMonthNotOpen(uint32 month);

    /// @notice Nobody proposed this, or the one who approves did.
    /// @param maker who proposed; zero: nobody
    error LedgerNotProposed(address maker);

    /// @notice The journal is no adjustment, was taken back, or had other lines.
    /// @param journal its number
    error LedgerNotReversible(uint64 journal);

    /// @notice A journal was posted.
    /// @param journal its number, from 1 without gaps
    /// @param kind what happened, as text
    /// @param month it belongs to, as KoreanTime counts
    /// @param hash keccak256 of the hash before it and all that is told here (`hashAfter`)
    /// @param lines sum to zero
    /// @param docHash hash of the document behind it
    /// @param ref what it belongs to: a call, a grant, an order
    event Posted(
        uint64 indexed journal,
        bytes32 indexed kind,
        uint32 indexed month,
        bytes32 hash,
        Line[] lines,
        bytes32 docHash,
        bytes32 ref
    );

    /// @notice Somebody proposed an adjustment or the close of a month.
    /// @param id hash of what was proposed
    /// @param maker who
    event Proposed(bytes32 indexed id, address indexed maker);

    /// @notice A month and all before it were closed.
    /// @param month as KoreanTime counts
    /// @param journalCount journals posted by then
    /// @param chainHash hash of the last of them
    /// @param reportHash hash of the report
    event MonthClosed(
        uint32 indexed month,
        uint64 journalCount,
        bytes32 chainHash,
        bytes32 reportHash
    );

    /// @dev First account that may be adjusted: incomes and expenses, never money or claims.
    uint32 private constant ADJUSTABLE = BifEntries.INCOME;

    /// @notice How many journals there are.
    uint64 public journalCount;

    /// @notice Last closed month, as KoreanTime counts.
    uint32 public closedThrough;

    /// @notice Hash of the last journal.
    bytes32 public chainHash;

    /// @notice Balance of an account in won; positive: debit.
    mapping(uint32 account => int256 balance) public balanceOf;

    mapping(bytes32 id => address maker) private _makers;
    mapping(uint64 journal => bytes32 linesHash) private _reversible;

    /// @notice Starts empty, with the months before closed.
    /// @param authority who decides over roles
    constructor(address authority) AccessManaged(authority) {
        closedThrough = currentMonth() - 1;
    }

    /// @notice Posts a journal to the current month. Restricted to contracts that move the money.
    /// @param kind what happened
    /// @param lines sum to zero
    /// @param docHash hash of the document behind it
    /// @param ref what it belongs to
    /// @return journal its number
    function post(
        bytes32 kind,
        Line[] calldata lines,
        bytes32 docHash,
        bytes32 ref
    ) external restricted returns (uint64 journal) {
        return _post(kind, currentMonth(), lines, docHash, ref);
    }

    /// @notice Proposes an adjustment. Restricted to makers.
    /// @param adjustment what is to be posted
    /// @return id of the proposal
    function proposeAdjustment(
        Adjustment calldata adjustment
    ) external restricted returns (bytes32 id) {
        return _propose(keccak256(abi.encode(adjustment)));
    }

    /// @notice Posts an adjustment that another person proposed. Restricted to checkers.
    /// @param adjustment what was proposed
    /// @return journal its number
    function approveAdjustment(
        Adjustment calldata adjustment
    ) external restricted returns (uint64 journal) {
        _approve(keccak256(abi.encode(adjustment)));
        (uint32 month, uint64 reverses) = (adjustment.month, adjustment.reverses);
        require(month > closedThrough && month <= currentMonth(), LedgerMonthNotOpen(month));
        for (uint256 i = 0; i < adjustment.lines.length; ++i) {
            Line calldata line = adjustment.lines[i];
            bool isAdjustable = line.account >= ADJUSTABLE;
            require(isAdjustable, LedgerInvalidLine(line.account, line.amount));
        }
        if (reverses != 0) {
            bytes32 taken = keccak256(abi.encode(_negativeOf(adjustment.lines)));
            require(_reversible[reverses] == taken, LedgerNotReversible(reverses));
            delete _reversible[reverses];
        }
        bytes32 kind = reverses == 0 ? BifEntries.ADJUSTMENT : BifEntries.REVERSAL;
        bytes32 ref = bytes32(uint256(reverses));
        journal = _post(kind, month, adjustment.lines, adjustment.docHash, ref);
        if (reverses == 0) _reversible[journal] = keccak256(abi.encode(adjustment.lines));
    }

    /// @notice Proposes to close a month that is over. Restricted to makers.
    /// @param month as KoreanTime counts
    /// @param reportHash hash of the report
    /// @return id of the proposal
    function proposeClose(
        uint32 month,
        bytes32 reportHash
    ) external restricted returns (bytes32 id) {
        return _propose(keccak256(abi.encode(month, reportHash)));
    }

    /// @notice Closes a month and all before it, as another person proposed. Restricted to
    /// checkers.
    /// @param month as KoreanTime counts
    /// @param reportHash hash of the report
    function closeMonth(uint32 month, bytes32 reportHash) external restricted {
        _approve(keccak256(abi.encode(month, reportHash)));
        require(month > closedThrough && month < currentMonth(), LedgerMonthNotOpen(month));
        closedThrough = month;
        emit MonthClosed(month, journalCount, chainHash, reportHash);
    }

    /// @notice The month that lasts.
    /// @return month as KoreanTime counts
    function currentMonth() public view returns (uint32 month) {
        return KoreanTime.monthOf(block.timestamp);
    }

    /// @notice Hash of a journal, for those who recompute the chain.
    /// @param prevHash hash of the journal before; zero for the first
    /// @param journal its number
    /// @param kind what happened
    /// @param month as KoreanTime counts
    /// @param lines its lines
    /// @param docHash hash of the document behind it
    /// @param ref what it belongs to
    /// @return hash keccak256 of their ABI encoding
    function hashAfter(
        bytes32 prevHash,
        uint64 journal,
        bytes32 kind,
        uint32 month,
        Line[] calldata lines,
        bytes32 docHash,
        bytes32 ref
    ) public pure returns (bytes32 hash) {
        return keccak256(abi.encode(prevHash, journal, kind, month, lines, docHash, ref));
    }

    function _post(
        bytes32 kind,
        uint32 month,
        Line[] calldata lines,
        bytes32 docHash,
        bytes32 ref
    ) private returns (uint64 journal) {
        int256 sum = 0;
        for (uint256 i = 0; i < lines.length; ++i) {
            (uint32 account, int128 amount) = (lines[i].account, lines[i].amount);
            bool isRight = amount != 0 && account >= 1e8 && account < 6e8;
            require(isRight, LedgerInvalidLine(account, amount));
            sum += amount;
            balanceOf[account] += amount;
        }
        require(sum == 0 && lines.length > 0, LedgerUnbalanced(sum));
        journal = ++journalCount;
        bytes32 hash = hashAfter(chainHash, journal, kind, month, lines, docHash, ref);
        chainHash = hash;
        emit Posted(journal, kind, month, hash, lines, docHash, ref);
    }

    function _propose(bytes32 id) private returns (bytes32) {
        _makers[id] = msg.sender;
        emit Proposed(id, msg.sender);
        return id;
    }

    function _approve(bytes32 id) private {
        address maker = _makers[id];
        require(maker != address(0) && maker != msg.sender, LedgerNotProposed(maker));
        delete _makers[id];
    }

    function _negativeOf(Line[] calldata lines) private pure returns (Line[] memory negative) {
        negative = new Line[](lines.length);
        for (uint256 i = 0; i < lines.length; ++i) {
            negative[i] = Line(lines[i].account, -lines[i].amount);
        }
    }
}
