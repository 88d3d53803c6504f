// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMerchantRegistry} from "./IMerchantRegistry.sol";

/// @title MerchantRegistry
/// @author Busan Chain
/// @notice See IMerchantRegistry.
contract MerchantRegistry is AccessManaged, IMerchantRegistry {
    /// @notice Highest fee, in hundredths of a per cent of a sale.
    uint16 public constant MAX_FEE_BPS = 300;

    mapping(bytes32 merchant => Merchant terms) private _merchants;
    uint16[3] private _feesBps;

    /// @notice Starts without merchants and without fees.
    /// @param authority who decides over roles
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IMerchantRegistry
    function register(
        bytes32 merchant,
        Merchant calldata terms,
        bytes32 orderRef
    ) external restricted {
        bool isNew = merchant != 0 && _merchants[merchant].status == Status.Unknown;
        require(isNew && terms.payout != address(0), MerchantInvalid(merchant));
        _merchants[merchant].payout = terms.payout;
        _merchants[merchant].status = Status.Active;
        _setTerms(merchant, terms, orderRef);
    }

    /// @inheritdoc IMerchantRegistry
    function setTerms(
        bytes32 merchant,
        Merchant calldata terms,
        bytes32 orderRef
    ) external restricted {
        require(_merchants[merchant].status != Status.Unknown, MerchantInvalid(merchant));
        _setTerms(merchant, terms, orderRef);
    }

    /// @inheritdoc IMerchantRegistry
    function setStatus(bytes32 merchant, Status status, bytes32 orderRef) external restricted {
        Status from = _merchants[merchant].status;
        bool isKnown = from == Status.Active || from == Status.Suspended;
        bool isAllowed = isKnown && status != Status.Unknown && orderRef != 0;
        require(isAllowed, MerchantInvalidStatus(merchant, from, status));
        _merchants[merchant].status = status;
        emit MerchantStatusSet(merchant, status, orderRef);
    }

    /// @inheritdoc IMerchantRegistry
    function setPayout(bytes32 merchant, address payout) external {
        bool isOwn = msg.sender == _merchants[merchant].payout;
        require(isOwn, MerchantNotPayout(merchant, msg.sender));
        require(payout != address(0), MerchantInvalid(merchant));
        _merchants[merchant].payout = payout;
        emit MerchantPayoutSet(merchant, payout);
    }

    /// @inheritdoc IMerchantRegistry
    function setFee(uint8 tier, uint16 feeBps, bytes32 orderRef) external restricted {
        require(feeBps <= MAX_FEE_BPS, MerchantFeeTooHigh(feeBps));
        _feesBps[tier] = feeBps;
        emit FeeSet(tier, feeBps, orderRef);
    }

    /// @inheritdoc IMerchantRegistry
    function merchantOf(
        bytes32 merchant
    ) external view returns (Merchant memory terms, uint16 feeBps) {
        terms = _merchants[merchant];
        return (terms, _feesBps[terms.tier]);
    }

    function _setTerms(bytes32 merchant, Merchant calldata terms, bytes32 orderRef) private {
        bool isInRange = terms.category < 32 && terms.zone < 64 && terms.tier < 3;
        require(isInRange && orderRef != 0, MerchantInvalid(merchant));
        Merchant storage known = _merchants[merchant];
        known.category = terms.category;
        known.zone = terms.zone;
        known.tier = terms.tier;
        known.holdSeconds = terms.holdSeconds;
        emit MerchantSet(merchant, known, orderRef);
    }
}
