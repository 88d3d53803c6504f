// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ITrustedIssuers
/// @author Busan Chain
/// @notice Who may state what: issuers accredited for a schema over a period. The past stays as it
/// was, so that what was valid at a time can be judged later.
interface ITrustedIssuers {
    /// @notice A time during which an issuer is trusted.
    /// @param from seconds since the epoch, included
    /// @param until seconds since the epoch, excluded
    /// @param assurance level of assurance, from 1
    struct Period {
        uint64 from;
        uint64 until;
        uint8 assurance;
    }

    /// @notice The period begins in the past, is empty, has no assurance, no order, or overlaps.
    error IssuerInvalidPeriod();

    /// @notice The issuer is not trusted now or later.
    /// @param issuer who
    /// @param schemaId what it states
    error IssuerNotAccredited(address issuer, bytes32 schemaId);

    /// @notice An issuer was accredited.
    /// @param issuer who
    /// @param schemaId what it states
    /// @param period when
    /// @param orderRef hash of the decision
    event Accredited(
        address indexed issuer,
        bytes32 indexed schemaId,
        Period period,
        bytes32 indexed orderRef
    );

    /// @notice An accreditation ended early, now.
    /// @param issuer who
    /// @param schemaId what it states
    /// @param orderRef hash of the decision
    event Suspended(address indexed issuer, bytes32 indexed schemaId, bytes32 indexed orderRef);

    /// @notice Accredits an issuer, after its last period. Restricted to accreditors.
    /// @param issuer who
    /// @param schemaId what it states
    /// @param period when, from now on or later
    /// @param orderRef hash of the decision
    function accredit(
        address issuer,
        bytes32 schemaId,
        Period calldata period,
        bytes32 orderRef
    ) external;

    /// @notice Ends an accreditation now. Restricted to accreditors.
    /// @param issuer who
    /// @param schemaId what it states
    /// @param orderRef hash of the decision
    function suspend(address issuer, bytes32 schemaId, bytes32 orderRef) external;

    /// @notice How far an issuer is trusted at a time.
    /// @param issuer who
    /// @param schemaId what it states
    /// @param time seconds since the epoch
    /// @return level of assurance; zero when it is not trusted
    function assuranceOf(
        address issuer,
        bytes32 schemaId,
        uint64 time
    ) external view returns (uint8);
}
