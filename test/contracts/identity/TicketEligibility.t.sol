// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITrustedIssuers} from "../../../contracts/identity/ITrustedIssuers.sol";
import {TicketEligibility} from "../../../contracts/identity/TicketEligibility.sol";
import {TrustedIssuers} from "../../../contracts/identity/TrustedIssuers.sol";
import {City} from "../money/support/City.sol";

contract TicketEligibilityTest is City {
    uint256 private constant ISSUER_KEY = 20;
    address private constant ACCREDITOR = address(0x20);
    bytes32 private constant SCHEMA = keccak256("education points");
    bytes32 private constant SCOPE = keccak256("programme");
    TrustedIssuers private issuers;
    TicketEligibility private tickets;
    address private issuer;

    function setUp() public {
        openBank();
        issuers = new TrustedIssuers(address(authority));
        tickets = new TicketEligibility(issuers, SCHEMA);
        issuer = VM.addr(ISSUER_KEY);
        permit(address(issuers), ITrustedIssuers.accredit.selector, 20, ACCREDITOR);
        permit(address(issuers), ITrustedIssuers.suspend.selector, 20, ACCREDITOR);
        accredit(START, START + 1 days);
    }

    function test_ATicketOfATrustedIssuerNamesItsNullifier() public view {
        bytes32 nullifier = tickets.nullifierOf(SCOPE, ALICE, proofOf(ISSUER_KEY, "right"));
        require(nullifier == "right", "nullifier");
    }

    function test_ATicketCountsForItsAccountProgrammeAndTimeAlone() public {
        bytes memory proof = proofOf(ISSUER_KEY, "right");
        refuse(TicketEligibility.TicketInvalidSignature.selector);
        tickets.nullifierOf(SCOPE, BOB, proof);
        refuse(TicketEligibility.TicketInvalidSignature.selector);
        tickets.nullifierOf("other", ALICE, proof);
        TicketEligibility twin = new TicketEligibility(issuers, SCHEMA);
        refuse(TicketEligibility.TicketInvalidSignature.selector);
        twin.nullifierOf(SCOPE, ALICE, proof);
        proof = proofOf(ISSUER_KEY + 1, "right");
        refuse(TicketEligibility.TicketInvalidSignature.selector);
        tickets.nullifierOf(SCOPE, ALICE, proof);
        proof = proofOf(ISSUER_KEY, 0);
        refuse(TicketEligibility.TicketInvalid.selector);
        tickets.nullifierOf(SCOPE, ALICE, proof);
        proof = proofOf(ISSUER_KEY, "right");
        VM.warp(START + 1 hours);
        refuse(TicketEligibility.TicketInvalid.selector);
        tickets.nullifierOf(SCOPE, ALICE, proof);
    }

    function testFuzz_TrustHoldsWithinItsPeriodsAndThePastStays(uint64 time) public {
        accredit(START + 2 days, START + 4 days);
        VM.warp(START + 3 days);
        VM.prank(ACCREDITOR);
        issuers.suspend(issuer, SCHEMA, ORDER);
        accredit(START + 5 days, START + 6 days);
        time = uint64(bound(time, START - 1 days, START + 7 days));
        uint256 day = (time - (START - 1 days)) / 1 days;
        bool isTrusted = day == 1 || day == 3 || day == 6;
        assertEq(issuers.assuranceOf(issuer, SCHEMA, time), isTrusted ? 2 : 0);
        assertEq(issuers.assuranceOf(issuer, "other", time), 0);
    }

    function test_ASuspendedIssuersTicketsProveNothing() public {
        bytes memory proof = proofOf(ISSUER_KEY, "right");
        VM.startPrank(ACCREDITOR);
        issuers.suspend(issuer, SCHEMA, ORDER);
        refuse(ITrustedIssuers.IssuerNotAccredited.selector);
        issuers.suspend(issuer, SCHEMA, ORDER);
        VM.stopPrank();
        refuse(TicketEligibility.TicketIssuerNotTrusted.selector);
        tickets.nullifierOf(SCOPE, ALICE, proof);
    }

    function test_PeriodsDoNotOverlapBeginInThePastOrLackAnOrder() public {
        ITrustedIssuers.Period[4] memory bad = [
            ITrustedIssuers.Period(START + 1 days - 1, START + 2 days, 2),
            ITrustedIssuers.Period(START - 1, START + 2 days, 2),
            ITrustedIssuers.Period(START + 2 days, START + 2 days, 2),
            ITrustedIssuers.Period(START + 2 days, START + 3 days, 0)
        ];
        VM.startPrank(ACCREDITOR);
        for (uint256 i = 0; i < 4; ++i) {
            refuse(ITrustedIssuers.IssuerInvalidPeriod.selector);
            issuers.accredit(issuer, SCHEMA, bad[i], ORDER);
        }
        refuse(ITrustedIssuers.IssuerInvalidPeriod.selector);
        issuers.accredit(BOB, SCHEMA, ITrustedIssuers.Period(START, START + 1, 1), 0);
        refuse(ITrustedIssuers.IssuerInvalidPeriod.selector);
        issuers.suspend(issuer, SCHEMA, 0);
        VM.stopPrank();
    }

    function accredit(uint64 from, uint64 until) private {
        VM.prank(ACCREDITOR);
        issuers.accredit(issuer, SCHEMA, ITrustedIssuers.Period(from, until, 2), ORDER);
    }

    function proofOf(uint256 key, bytes32 nullifier) private view returns (bytes memory) {
        TicketEligibility.Ticket memory ticket = TicketEligibility.Ticket(
            issuer,
            uint64(block.timestamp + 1 hours),
            nullifier
        );
        return abi.encode(ticket, signed(key, tickets.hashOf(SCOPE, ALICE, ticket)));
    }
}
