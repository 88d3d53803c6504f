// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ITrustedIssuers} from "./ITrustedIssuers.sol";

/// @title TrustedIssuers
/// @author Busan Chain
/// @notice See ITrustedIssuers.
contract TrustedIssuers is AccessManaged, ITrustedIssuers {
    mapping(address issuer => mapping(bytes32 schemaId => Period[] periods)) private _periods;

    /// @notice Starts without issuers.
    /// @param authority who decides over roles
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc ITrustedIssuers
    function accredit(
        address issuer,
        bytes32 schemaId,
        Period calldata period,
        bytes32 orderRef
    ) external restricted {
        Period[] storage periods = _periods[issuer][schemaId];
        uint256 count = periods.length;
        uint64 last = count == 0 ? 0 : periods[count - 1].until;
        bool isTimely = period.from >= block.timestamp && period.from >= last;
        bool isSound = period.until > period.from && period.assurance > 0 && orderRef != 0;
        require(isTimely && isSound, IssuerInvalidPeriod());
        periods.push(period);
        emit Accredited(issuer, schemaId, period, orderRef);
    }

    /// @inheritdoc ITrustedIssuers
    function suspend(address issuer, bytes32 schemaId, bytes32 orderRef) external restricted {
        require(orderRef != 0, IssuerInvalidPeriod());
        Period[] storage periods = _periods[issuer][schemaId];
        bool isAny = false;
        uint64 time = uint64(block.timestamp);
        // Periods that have not begun come to nothing, the current one ends.
        for (uint256 i = periods.length; i > 0 && periods[i - 1].until > time; --i) {
            Period storage period = periods[i - 1];
            period.until = time;
            if (period.from > time) period.from = time;
            isAny = true;
        }
        require(isAny, IssuerNotAccredited(issuer, schemaId));
        emit Suspended(issuer, schemaId, orderRef);
    }

    /// @inheritdoc ITrustedIssuers
    function assuranceOf(
        address issuer,
        bytes32 schemaId,
        uint64 time
    ) external view returns (uint8) {
        Period[] storage periods = _periods[issuer][schemaId];
        for (uint256 i = periods.length; i > 0; --i) {
            Period storage period = periods[i - 1];
            if (time >= period.from) return time < period.until ? period.assurance : 0;
        }
        return 0;
    }
}
