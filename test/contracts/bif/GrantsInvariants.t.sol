// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BifEntries} from "../../../contracts/bif/BifEntries.sol";
import {Grants} from "../../../contracts/bif/Grants.sol";
import {Granting} from "./support/Granting.sol";

/// @dev Grants in which anything is tried by anybody.
contract Awards is Granting {
    uint128 private constant RAISED = 50_000;
    uint32 private constant GRANTS_MAX = 6;

    uint256 public violations;
    uint256 public payments;
    uint256 public ended;
    mapping(uint32 grant => mapping(uint8 milestone => uint256 times)) public paidTimes;

    constructor() {
        openGrants();
        raise(RAISED);
    }

    function awardOne(uint128 first, uint128 second) external {
        if (grants.grantCount() == GRANTS_MAX) return;
        (first, second) = (uint128(bound(first, 1, 9_000)), uint128(bound(second, 1, 9_000)));
        uint32 application = applyFor(startup(grants.applicationCount()), first + second);
        uint256 free = bif.freeCapital();
        VM.prank(DECIDING);
        try grants.award(application, plan(first, second), verifiers(), DOC) {
            if (bif.freeCapital() + first + second != free) ++violations;
        } catch {
            if (first + second <= free) ++violations;
        }
    }

    function submitOne(uint256 seed) external {
        (uint32 grant, uint8 milestone) = pick(seed);
        VM.prank(grants.grantAt(grant).grantee);
        try grants.submit(grant, milestone, EVIDENCE) {} catch {}
    }

    function verifyOne(uint256 seed, uint256 who, bool isRight) external {
        (uint32 grant, uint8 milestone) = pick(seed);
        VM.prank(verifiers()[who % 3]);
        try grants.verify(grant, milestone, EVIDENCE, isRight) {} catch {}
    }

    function releaseOne(uint256 seed) external {
        (uint32 grant, uint8 milestone) = pick(seed);
        address grantee = grants.grantAt(grant).grantee;
        uint256 before = won.balanceOf(grantee);
        uint8 approvals = grants.progressOf(grant, milestone).approvals;
        try grants.release(grant, milestone) {
            ++payments;
            if (++paidTimes[grant][milestone] > 1 || approvals < 2) ++violations;
            uint128 amount = grants.milestonesOf(grant)[milestone].amount;
            if (won.balanceOf(grantee) != before + amount) ++violations;
        } catch {}
    }

    function lapseOne(uint256 seed) external {
        (uint32 grant, uint8 milestone) = pick(seed);
        try grants.lapse(grant, milestone) {} catch {}
    }

    function endOne(uint256 seed) external {
        // Seldom: nothing happens in a grant that was ended.
        if (seed % 4 != 0) return;
        (uint32 grant, ) = pick(seed / 4);
        VM.prank(DECIDING);
        try grants.end(grant, ORDER) {
            ++ended;
            if (bif.unreleasedOf(grant) != 0) ++violations;
        } catch {}
    }

    function takeBack(uint128 amount) external {
        VM.prank(MANAGER);
        try bif.distribute(uint128(bound(amount, 1, 5_000)), true, DOC) {} catch {}
    }

    function wait(uint256 duration) external {
        VM.warp(block.timestamp + bound(duration, 1, 20 days));
    }

    /// @dev F3: paid + returned ≤ approved for each grant, as the fund and the books have it, and
    /// what is set aside is there.
    function areGrantsRight() external view returns (bool) {
        uint256 setAside;
        for (uint32 i = 1; i <= grants.grantCount(); ++i) {
            Grants.Grant memory one = grants.grantAt(i);
            if (one.paid + one.returned > one.approved) return false;
            uint256 left = one.approved - one.paid - one.returned;
            if (bif.unreleasedOf(i) != left || (one.isEnded && left > 0)) return false;
            if (booked(BifEntries.GRANTS_PAYABLE, i) != -int256(left)) return false;
            int256 expense = int256(uint256(one.approved - one.returned));
            if (booked(BifEntries.GRANTS, i) != expense) return false;
            setAside += left;
        }
        uint256 cash = won.balanceOf(address(bif));
        return setAside <= cash && bif.totalGrants() + bif.totalFees() <= bif.totalCapital();
    }

    function pick(uint256 seed) private view returns (uint32 grant, uint8 milestone) {
        uint32 count = grants.grantCount();
        return (count == 0 ? 1 : uint32(seed % count) + 1, uint8((seed >> 32) % 2));
    }

    function startup(uint256 index) private pure returns (address) {
        return address(uint160(0x57a70000 + index));
    }
}

contract GrantsInvariants is Granting {
    Awards private awards;

    function setUp() public {
        awards = new Awards();
    }

    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(awards);
    }

    function invariant_F3_WhatIsReleasedWasApprovedOnceAndTheRestReturns() public view {
        require(awards.areGrantsRight(), "a grant does not add up");
        assertEq(awards.violations(), 0);
    }

    /// @dev The actions reach what the invariant speaks of.
    function test_TheModelPaysAndEndsGrants() public {
        for (uint256 i = 0; i < 160; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            if (i % 20 == 0) awards.awardOne(uint128(seed >> 8), uint128(seed >> 128));
            awards.submitOne(seed >> 16);
            awards.verifyOne(seed >> 24, seed >> 32, seed & 3 > 0);
            awards.verifyOne(seed >> 40, seed >> 48, seed & 12 > 0);
            awards.releaseOne(seed >> 56);
            awards.lapseOne(seed >> 64);
            if (i % 60 == 59) awards.endOne((seed >> 72) << 2);
            awards.takeBack(uint128(seed >> 96));
            if (i % 9 == 0) awards.wait(seed >> 100);
            require(awards.areGrantsRight() && awards.violations() == 0, "F3");
        }
        require(awards.payments() > 1 && awards.ended() > 0, "few actions succeed");
    }
}
