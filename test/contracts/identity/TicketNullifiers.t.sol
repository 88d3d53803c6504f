// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustedIssuers} from "../../../contracts/identity/ITrustedIssuers.sol";
import {TicketEligibility} from "../../../contracts/identity/TicketEligibility.sol";
import {Office} from "./support/Office.sol";

/// @dev A programme that remembers nullifiers, as every asker of eligibility must.
contract Programme {
    TicketEligibility public immutable TICKETS;
    mapping(bytes32 nullifier => bool used) private _isUsed;
    uint256 public claimCount;

    constructor(TicketEligibility tickets) {
        TICKETS = tickets;
    }

    function scope() public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this)));
    }

    function claim(address account, bytes calldata proof) external {
        bytes32 nullifier = TICKETS.nullifierOf(scope(), account, proof);
        require(!_isUsed[nullifier], "used");
        _isUsed[nullifier] = true;
        ++claimCount;
    }
}

/// @dev Further cheat codes.
interface VmChain {
    function chainId(uint256 id) external;
}

contract TicketNullifiersTest is Office {
    TicketEligibility private tickets;
    Programme private programme;

    function setUp() public {
        openOffice();
        tickets = new TicketEligibility(issuers, SCHEMA);
        programme = new Programme(tickets);
    }

    /// @dev The right is used up, whichever account or ticket the person comes with.
    function testFuzz_V7_OneClaimPerNullifier(bytes32 secret, address other, uint8 tries) public {
        VM.assume(other != holder);
        bytes32 nullifier = keccak256(abi.encode(secret, programme.scope()));
        for (uint256 i = 0; i <= tries % 5; ++i) {
            address account = i % 2 == 0 ? holder : other;
            uint64 until = START + 60 + uint64(i);
            bytes memory proof = ticketFor(programme.scope(), account, nullifier, until);
            try programme.claim(account, proof) {} catch {}
        }
        assertEq(programme.claimCount(), 1);
    }

    function test_Attack_NullifierReplayAcrossProgrammes() public {
        Programme second = new Programme(tickets);
        bytes memory proof = ticketFor(programme.scope(), holder, "right", START + 60);
        refuse(TicketEligibility.TicketInvalidSignature.selector);
        second.claim(holder, proof);
        programme.claim(holder, proof);
    }

    function test_Attack_NullifierReplayAcrossChains() public {
        bytes memory proof = ticketFor(programme.scope(), holder, "right", START + 60);
        VmChain(address(VM)).chainId(block.chainid + 1);
        refuse(TicketEligibility.TicketInvalidSignature.selector);
        programme.claim(holder, proof);
    }

    function test_Attack_TicketBroughtForAnotherAccount() public {
        bytes memory proof = ticketFor(programme.scope(), holder, "right", START + 60);
        refuse(TicketEligibility.TicketInvalidSignature.selector);
        programme.claim(ALICE, proof);
    }

    function test_Attack_TicketOfAnIssuerWhoIsNotTrusted() public {
        VM.prank(ACCREDITOR);
        issuers.suspend(issuer, SCHEMA, ORDER);
        bytes memory proof = ticketFor(programme.scope(), holder, "right", START + 60);
        refuse(TicketEligibility.TicketIssuerNotTrusted.selector);
        programme.claim(holder, proof);
    }

    function test_Attack_TicketSignatureMalleability() public {
        TicketEligibility.Ticket memory ticket = TicketEligibility.Ticket(
            issuer,
            START + 60,
            "right"
        );
        bytes32 hash = tickets.hashOf(programme.scope(), holder, ticket);
        bytes memory proof = abi.encode(ticket, malleated(ISSUER_KEY, hash));
        refuse(TicketEligibility.TicketInvalidSignature.selector);
        programme.claim(holder, proof);
    }

    function ticketFor(
        bytes32 scope,
        address account,
        bytes32 nullifier,
        uint64 until
    ) private view returns (bytes memory) {
        TicketEligibility.Ticket memory ticket = TicketEligibility.Ticket(issuer, until, nullifier);
        return abi.encode(ticket, signed(ISSUER_KEY, tickets.hashOf(scope, account, ticket)));
    }
}
