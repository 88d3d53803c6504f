// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Roles
/// @author Busan Chain
/// @notice Ids of the city's roles, and which of them no account may hold together.
library Roles {
    uint64 internal constant CITY_OFFICER = 10;
    uint64 internal constant PROGRAM_MAKER = 11;
    uint64 internal constant PROGRAM_CHECKER = 12;
    uint64 internal constant TREASURY = 13;
    uint64 internal constant ISSUER_ACCREDITOR = 20;
    uint64 internal constant STATUS_OPERATOR = 21;
    /// @dev Held by the contract AccountRecovery alone.
    uint64 internal constant RECOVERY = 22;
    uint64 internal constant MASTER_MINTER = 30;
    uint64 internal constant MINTER = 31;
    uint64 internal constant FREEZER = 32;
    uint64 internal constant ENFORCER = 33;
    uint64 internal constant LISTING = 40;
    uint64 internal constant MARKET_OPERATOR = 41;
    uint64 internal constant CUSTODIAN = 42;
    uint64 internal constant SURVEILLANCE = 43;
    uint64 internal constant RESERVE_ATTESTOR = 44;
    uint64 internal constant FUND_MANAGER = 50;
    uint64 internal constant LEDGER_POSTER = 51;
    uint64 internal constant AUDITOR = 52;
    uint64 internal constant SECRETARIAT = 53;
    /// @dev Held by the contract Grants alone.
    uint64 internal constant GRANTS = 54;
    /// @dev Held by the contract BifCommittee alone: what it does was voted on.
    uint64 internal constant COMMITTEE = 55;
    uint64 internal constant VALIDATOR_ADMIN = 60;
    uint64 internal constant PERMISSION_ADMIN = 61;
    uint64 internal constant GUARDIAN = 70;
    uint64 internal constant UPGRADER = 71;
    uint64 internal constant RELAYER = 80;
    uint64 internal constant SPONSOR_SIGNER = 81;

    uint256 private constant EXCHANGE =
        (1 << LISTING) | (1 << MARKET_OPERATOR) | (1 << CUSTODIAN) | (1 << SURVEILLANCE);
    uint256 private constant SEIZURE = (1 << FREEZER) | (1 << ENFORCER);
    uint256 private constant PROGRAMMES = (1 << PROGRAM_MAKER) | (1 << PROGRAM_CHECKER);
    uint256 private constant ISSUE = (1 << MINTER) | (1 << RESERVE_ATTESTOR);
    uint256 private constant FUND =
        (1 << FUND_MANAGER) | (1 << AUDITOR) | (1 << SECRETARIAT) | (1 << COMMITTEE);
    uint256 private constant CHANGE = (1 << GUARDIAN) | (1 << UPGRADER);

    /// @notice Roles that exclude a role.
    /// @param roleId the role
    /// @return rivals one bit for each excluded role, at its id; zero where none is
    function rivalsOf(uint64 roleId) internal pure returns (uint256 rivals) {
        // Zero for ids of 256 and more, which no set has.
        uint256 own = 1 << roleId;
        uint256[6] memory sets = [EXCHANGE, SEIZURE, PROGRAMMES, ISSUE, FUND, CHANGE];
        for (uint256 i = 0; i < 6; ++i) if (sets[i] & own != 0) rivals |= sets[i] ^ own;
    }
}
