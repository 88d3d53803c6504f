// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BifFund} from "../../../../contracts/bif/BifFund.sol";
import {Grants} from "../../../../contracts/bif/Grants.sol";
import {Roles} from "../../../../contracts/governance/Roles.sol";
import {Fund} from "./Fund.sol";

/// @dev The contract of grants over a fund; who decides is an account here.
abstract contract Granting is Fund {
    address internal constant DECIDING = address(0x55);
    address internal constant STARTUP = address(0x57a7);
    bytes32 internal constant EVIDENCE = keccak256("evidence");
    uint64 internal constant MONTH = 30 days;

    Grants internal grants;

    function openGrants() internal {
        openFund();
        grants = new Grants(address(authority), bif);
        authority.grantRole(Roles.GRANTS, address(grants), 0);
        permit(address(grants), Grants.award.selector, Roles.COMMITTEE, DECIDING);
        permit(address(grants), Grants.end.selector, Roles.COMMITTEE, DECIDING);
    }

    /// @dev One member that has paid all of it.
    function raise(uint128 amount) internal {
        join(ALICE, amount);
        pay(callCapital(amount), ALICE);
    }

    function applyFor(address applicant, uint128 amount) internal returns (uint32) {
        VM.prank(applicant);
        return grants.applyFor(amount, DOC);
    }

    function award(
        uint32 application,
        Grants.Milestone[] memory milestones
    ) internal returns (uint32) {
        VM.prank(DECIDING);
        return grants.award(application, milestones, verifiers(), DOC);
    }

    function submit(uint32 grant, uint8 milestone) internal {
        VM.prank(grants.grantAt(grant).grantee);
        grants.submit(grant, milestone, EVIDENCE);
    }

    function verify(uint32 grant, uint8 milestone, uint256 who, bool isRight) internal {
        VM.prank(verifiers()[who]);
        grants.verify(grant, milestone, EVIDENCE, isRight);
    }

    function stageOf(uint32 grant, uint8 milestone) internal view returns (Grants.Stage) {
        return grants.progressOf(grant, milestone).stage;
    }

    function requireStage(uint32 grant, uint8 milestone, Grants.Stage wanted) internal view {
        require(stageOf(grant, milestone) == wanted, "it stands somewhere else");
    }

    /// @dev Two of three must find a milestone reached; one falls due each month.
    function plan(
        uint128 first,
        uint128 second
    ) internal view returns (Grants.Milestone[] memory milestones) {
        milestones = new Grants.Milestone[](2);
        uint64 start = uint64(block.timestamp);
        milestones[0] = Grants.Milestone(first, start + MONTH, 2, DOC);
        milestones[1] = Grants.Milestone(second, start + 2 * MONTH, 2, DOC);
    }

    function verifiers() internal pure returns (address[] memory list) {
        list = new address[](3);
        for (uint160 i = 0; i < 3; ++i) list[i] = address(0x7e41f1e0 + i);
    }
}
