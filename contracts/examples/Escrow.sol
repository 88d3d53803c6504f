// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Escrow
/// @author Busan Chain
/// @notice Holds a buyer's tokens for a seller until the buyer releases them, or returns them after
/// the deadline.
contract Escrow {
    using SafeERC20 for IERC20;

    /// @notice What became of a deal.
    /// @param None no deal has the id
    /// @param Open the tokens wait
    /// @param Released the seller has them
    /// @param Refunded the buyer has them back
    enum Status {
        None,
        Open,
        Released,
        Refunded
    }

    /// @notice One purchase.
    /// @param seller who is to be paid
    /// @param deadline seconds since the epoch; from then on the buyer may take the tokens back
    /// @param status what became of it
    /// @param buyer who paid in
    /// @param amount smallest units of the token
    struct Deal {
        address seller;
        uint64 deadline;
        Status status;
        address buyer;
        uint256 amount;
    }

    /// @notice A deal needs an amount above zero and a deadline in the future.
    /// @param amount smallest units of the token
    /// @param deadline seconds since the epoch
    error EscrowInvalidTerms(uint256 amount, uint256 deadline);

    /// @notice Only the buyer decides over a deal.
    /// @param caller who tried
    error EscrowNotBuyer(address caller);

    /// @notice The deal does not exist or is already settled.
    /// @param dealId number of the deal
    /// @param status what it is
    error EscrowNotOpen(uint256 dealId, Status status);

    /// @notice The seller still has time.
    /// @param deadline seconds since the epoch
    error EscrowBeforeDeadline(uint256 deadline);

    /// @notice Tokens were paid in.
    /// @param dealId number of the deal
    /// @param buyer who paid in
    /// @param seller who is to be paid
    /// @param amount smallest units of the token
    event Opened(
        uint256 indexed dealId,
        address indexed buyer,
        address indexed seller,
        uint256 amount
    );

    /// @notice The seller was paid.
    /// @param dealId number of the deal
    event Released(uint256 indexed dealId);

    /// @notice The buyer took the tokens back.
    /// @param dealId number of the deal
    event Refunded(uint256 indexed dealId);

    /// @notice What is held.
    IERC20 public immutable TOKEN;

    /// @notice How many deals were ever opened; the latest has this number.
    uint256 public dealCount;

    mapping(uint256 dealId => Deal deal) private _deals;

    /// @notice Creates an escrow for one token.
    /// @param token what is held
    constructor(IERC20 token) {
        TOKEN = token;
    }

    /// @notice Pays in. The caller must have approved this contract for the amount.
    /// @param seller who is to be paid
    /// @param amount smallest units of the token
    /// @param deadline seconds since the epoch; from then on the caller may take the tokens back
    /// @return dealId number of the deal, from 1
    function open(
        address seller,
        uint256 amount,
        uint64 deadline
    ) external returns (uint256 dealId) {
        require(amount > 0 && deadline > block.timestamp, EscrowInvalidTerms(amount, deadline));
        dealId = ++dealCount;
        _deals[dealId] = Deal({
            seller: seller,
            deadline: deadline,
            status: Status.Open,
            buyer: msg.sender,
            amount: amount
        });
        emit Opened(dealId, msg.sender, seller, amount);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Pays the seller. Only for the buyer, at any time.
    /// @param dealId number of the deal
    function release(uint256 dealId) external {
        Deal storage deal = _openDeal(dealId);
        deal.status = Status.Released;
        emit Released(dealId);
        TOKEN.safeTransfer(deal.seller, deal.amount);
    }

    /// @notice Gives the tokens back. Only for the buyer, from the deadline on.
    /// @param dealId number of the deal
    function refund(uint256 dealId) external {
        Deal storage deal = _openDeal(dealId);
        require(block.timestamp >= deal.deadline, EscrowBeforeDeadline(deal.deadline));
        deal.status = Status.Refunded;
        emit Refunded(dealId);
        TOKEN.safeTransfer(deal.buyer, deal.amount);
    }

    /// @notice A deal as it stands.
    /// @param dealId number of the deal; an unknown one has status None
    /// @return the deal
    function dealOf(uint256 dealId) external view returns (Deal memory) {
        return _deals[dealId];
    }

    function _openDeal(uint256 dealId) private view returns (Deal storage deal) {
        deal = _deals[dealId];
        require(deal.status == Status.Open, EscrowNotOpen(dealId, deal.status));
        require(deal.buyer == msg.sender, EscrowNotBuyer(msg.sender));
    }
}
