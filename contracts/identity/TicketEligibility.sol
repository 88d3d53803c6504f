// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IEligibility} from "../vouchers/IEligibility.sol";
import {ITrustedIssuers} from "./ITrustedIssuers.sol";

/// @title TicketEligibility
/// @author Busan Chain
/// @notice Rights by tickets that a trusted issuer signed after it checked a person off the chain.
/// A ticket says an account and a nullifier, and nothing about why: the issuer knows who asked, the
/// programme does not. The holder makes the nullifier from a secret and the programme's scope, and
/// the issuer sees to it that one person gets one nullifier for each right.
contract TicketEligibility is EIP712, IEligibility {
    /// @notice What an issuer states.
    /// @param issuer who signed
    /// @param validUntil seconds since the epoch until which it can be used
    /// @param nullifier of the right, not zero
    struct Ticket {
        address issuer;
        uint64 validUntil;
        bytes32 nullifier;
    }

    /// @notice The ticket's time is over, or its nullifier is zero.
    error TicketInvalid();

    /// @notice The issuer is not trusted with these tickets now.
    /// @param issuer who signed
    error TicketIssuerNotTrusted(address issuer);

    /// @notice The signature is not the issuer's, or for another account, programme or chain.
    /// @param issuer who should have signed
    error TicketInvalidSignature(address issuer);

    // solhint-disable gas-small-strings
    bytes32 private constant TICKET_TYPEHASH = keccak256(
        "Ticket(bytes32 scope,address account,bytes32 nullifier,uint64 validUntil)"
    );
    // solhint-enable gas-small-strings

    /// @notice Who is trusted.
    ITrustedIssuers public immutable ISSUERS;

    /// @notice What issuers must be accredited for.
    bytes32 public immutable SCHEMA_ID;

    /// @notice Binds tickets to a register of issuers and a schema.
    /// @param issuers who is trusted
    /// @param schemaId what they must be accredited for
    constructor(ITrustedIssuers issuers, bytes32 schemaId) EIP712("Busan Tickets", "1") {
        ISSUERS = issuers;
        SCHEMA_ID = schemaId;
    }

    /// @inheritdoc IEligibility
    /// @dev The proof is the ABI-encoded ticket and signature.
    function nullifierOf(
        bytes32 scope,
        address account,
        bytes calldata proof
    ) external view returns (bytes32 nullifier) {
        (Ticket memory ticket, bytes memory signature) = abi.decode(proof, (Ticket, bytes));
        uint64 time = uint64(block.timestamp);
        require(time < ticket.validUntil && ticket.nullifier != 0, TicketInvalid());
        bool isTrusted = ISSUERS.assuranceOf(ticket.issuer, SCHEMA_ID, time) > 0;
        require(isTrusted, TicketIssuerNotTrusted(ticket.issuer));
        bytes32 hash = hashOf(scope, account, ticket);
        bool isSigned = SignatureChecker.isValidSignatureNow(ticket.issuer, hash, signature);
        require(isSigned, TicketInvalidSignature(ticket.issuer));
        return ticket.nullifier;
    }

    /// @notice What an issuer signs.
    /// @param scope programme that the right is for
    /// @param account who is to get it
    /// @param ticket the ticket
    /// @return the EIP-712 digest
    function hashOf(
        bytes32 scope,
        address account,
        Ticket memory ticket
    ) public view returns (bytes32) {
        bytes memory terms = abi.encode(
            TICKET_TYPEHASH,
            scope,
            account,
            ticket.nullifier,
            ticket.validUntil
        );
        return _hashTypedDataV4(keccak256(terms));
    }
}
