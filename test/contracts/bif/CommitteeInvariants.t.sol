// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {BifSeats} from "../../../contracts/bif/BifSeats.sol";
import {Committee} from "./support/Committee.sol";

/// @dev A committee in which anything is tried, and a model of it: all changes of each seat,
/// and what each account did on each proposal. The model knows nothing of checkpoints and sums.
contract Sittings is Committee {
    uint16 private constant SEATS = 9;
    uint16 private constant PEOPLE = 12;
    uint8 private constant SILENT = 3;

    struct Change {
        uint40 from;
        uint40 until;
        address member;
        BifSeats.Nominator nominator;
    }

    struct Motion {
        uint256 proposalId;
        uint128 limit;
        bool isRelated;
        bool isStopped;
        bool isDone;
    }

    /// @dev What was accepted though it must not be.
    uint256 public violations;
    uint256 public refusals;
    uint256 public passed;
    uint256 public recusals;
    mapping(uint16 seat => Change[] changes) private _changes;
    Motion[] private _motions;
    mapping(uint256 motion => mapping(address account => uint8 support)) private _said;
    mapping(uint256 motion => mapping(address account => bool hasSpoken)) private _hasSpoken;
    mapping(uint256 motion => mapping(address account => bool isOut)) private _isOut;

    constructor() {
        openCommittee();
        for (uint16 i = 1; i <= 4; ++i) seat(i, i, 0, 60 days);
        for (uint16 i = 5; i <= 7; ++i) seat(i, i, 2, 50 days);
    }

    function seat(uint256 id, uint256 who, uint256 by, uint256 duration) public {
        uint16 number = uint16(bound(id, 1, SEATS));
        address member = person(who);
        // Half of the nominations are the city's: others alone are hardly ever accepted.
        BifSeats.Nominator nominator = BifSeats.Nominator(by % 2 == 0 ? by % 4 : 0);
        uint40 until = uint40(block.timestamp + bound(duration, 1, 120 days));
        VM.prank(SECRETARY);
        try committee.seat(number, nominator, member, until, ORDER) {
            if (isSeated(member, block.timestamp) && holderOf(number) != member) ++violations;
            _changes[number].push(Change(uint40(block.timestamp), until, member, nominator));
        } catch {
            ++refusals;
        }
    }

    function vacate(uint256 id) external {
        uint16 number = uint16(bound(id, 1, SEATS));
        VM.prank(SECRETARY);
        try committee.vacate(number, ORDER) {
            _changes[number].push(Change(uint40(block.timestamp), 0, address(0), CITY));
        } catch {
            ++refusals;
        }
    }

    function move(uint256 who) external {
        VM.warp(block.timestamp + 1);
        uint128 limit = uint128(_motions.length + 1);
        bytes[] memory calls = callsFor(limit);
        VM.prank(person(who));
        try committee.propose(targets(), new uint256[](1), calls, "") returns (uint256 id) {
            if (!isSeated(person(who), block.timestamp - 1)) ++violations;
            _motions.push(Motion(id, limit, false, false, false));
        } catch {}
    }

    function excuse(uint256 motion, uint256 who, bool isBySecretary) external {
        if (_motions.length == 0) return;
        motion = recent(motion);
        address member = person(who);
        VM.prank(isBySecretary ? SECRETARY : member);
        try committee.recuse(_motions[motion].proposalId, member, DOC) {
            if (block.timestamp > snapshotOf(motion)) ++violations;
            _isOut[motion][member] = true;
            ++recusals;
        } catch {}
    }

    function relate(uint256 motion, uint256 who) external {
        if (_motions.length == 0) return;
        motion = recent(motion);
        VM.prank(person(who));
        try committee.markRelated(_motions[motion].proposalId, BOB, DOC) {
            if (block.timestamp > snapshotOf(motion)) ++violations;
            _motions[motion].isRelated = true;
        } catch {}
    }

    function clear(uint256 motion) external {
        if (_motions.length == 0) return;
        motion = recent(motion);
        VM.prank(AUDITOR);
        try committee.clearRelated(_motions[motion].proposalId, DOC) {
            _motions[motion].isRelated = false;
        } catch {}
    }

    function say(uint256 motion, uint256 who, uint8 support) external {
        if (_motions.length == 0) return;
        speak(recent(motion), person(who), support % 4);
    }

    /// @dev All of one mind but a few.
    function sayAll(uint256 motion, uint256 except, uint8 support) external {
        if (_motions.length == 0) return;
        motion = recent(motion);
        for (uint256 i = 1; i <= PEOPLE; ++i) {
            bool isOther = (except >> i) & 3 == 0;
            speak(motion, person(i), isOther ? support % SILENT : FOR);
        }
    }

    function stop(uint256 motion) external {
        if (_motions.length == 0) return;
        motion = recent(motion);
        bytes[] memory calls = callsFor(_motions[motion].limit);
        VM.prank(AUDITOR);
        try committee.cancel(targets(), new uint256[](1), calls, keccak256("")) {
            _motions[motion].isStopped = true;
        } catch {}
    }

    function carryOut(uint256 motion) external {
        if (_motions.length == 0) return;
        motion = recent(motion);
        Motion storage one = _motions[motion];
        try this.run(one.limit) {
            uint256 end = committee.proposalDeadline(one.proposalId);
            bool isInTime = block.timestamp >= end + REVIEW &&
                block.timestamp < end + REVIEW + EXECUTION;
            if (one.isStopped || one.isDone || !isInTime || !hasPassed(motion)) ++violations;
            if (memberOf(ALICE).limit != one.limit) ++violations;
            one.isDone = true;
            ++passed;
        } catch {}
    }

    function wait(uint256 duration) external {
        VM.warp(block.timestamp + bound(duration, 1, 4 days));
    }

    function run(uint128 limit) external {
        execute(limit);
    }

    /// @dev The city outnumbers all others now and at each end of a term to come, and seats of now
    /// are the model's.
    function isCityInMajority() external view returns (bool) {
        if (!isMajorityAt(block.timestamp)) return false;
        for (uint16 id = 1; id <= SEATS; ++id) {
            uint40 until = seatAt(id, block.timestamp).until;
            if (until > 0 && !isMajorityAt(until)) return false;
        }
        return true;
    }

    /// @dev Each proposal stands where the model says; of old ones only time decides.
    function areDecisionsRight() external view returns (bool) {
        uint256 count = _motions.length;
        for (uint256 i = count < 4 ? 0 : count - 4; i < count; ++i) {
            if (stateOf(_motions[i].proposalId) != uint256(expectedState(i))) return false;
        }
        return true;
    }

    /// @dev Of the motions whose votes are over: those that only the private seats stopped.
    function countVetoed() external view returns (uint256 count) {
        for (uint256 i = 0; i < _motions.length; ++i) {
            bool isOver = block.timestamp > committee.proposalDeadline(_motions[i].proposalId);
            if (isOver && isCarried(i) && !hasPassed(i)) ++count;
        }
    }

    function speak(uint256 motion, address account, uint8 support) private {
        VM.prank(account);
        try committee.castVote(_motions[motion].proposalId, support) {
            bool isAllowed = isSeated(account, snapshotOf(motion)) && !_isOut[motion][account];
            if (!isAllowed || _hasSpoken[motion][account] || support > 2) ++violations;
            _hasSpoken[motion][account] = true;
            _said[motion][account] = support;
        } catch {}
    }

    function expectedState(uint256 motion) private view returns (IGovernor.ProposalState) {
        Motion storage one = _motions[motion];
        if (one.isDone) return IGovernor.ProposalState.Executed;
        if (one.isStopped) return IGovernor.ProposalState.Canceled;
        uint256 end = committee.proposalDeadline(one.proposalId);
        if (block.timestamp <= snapshotOf(motion)) return IGovernor.ProposalState.Pending;
        if (block.timestamp <= end) return IGovernor.ProposalState.Active;
        if (!hasPassed(motion)) return IGovernor.ProposalState.Defeated;
        bool isOver = block.timestamp >= end + REVIEW + EXECUTION;
        return isOver ? IGovernor.ProposalState.Expired : IGovernor.ProposalState.Succeeded;
    }

    /// @dev F2 in the words of the rule, from the changes of seats.
    function isCarried(uint256 motion) private view returns (bool) {
        uint256[6] memory n = countsOf(motion);
        return n[0] * 2 > n[1] && n[2] * 2 > n[3] && n[4] * 2 > n[3] && n[5] == 0;
    }

    function hasPassed(uint256 motion) private view returns (bool) {
        if (!isCarried(motion)) return false;
        if (!_motions[motion].isRelated) return true;
        (uint256 inFavour, uint256 all) = privateOf(motion);
        return inFavour * 3 >= all;
    }

    /// @dev Votes cast, filled seats, votes in favour, seats not recused, the city's among them, and
    /// votes of people without seat.
    function countsOf(uint256 motion) private view returns (uint256[6] memory n) {
        for (uint16 id = 1; id <= SEATS; ++id) {
            Change memory one = seatAt(id, snapshotOf(motion));
            if (one.member == address(0)) continue;
            ++n[1];
            bool hasSpoken = _hasSpoken[motion][one.member];
            if (hasSpoken) ++n[0];
            if (hasSpoken && _said[motion][one.member] == FOR) ++n[2];
            if (_isOut[motion][one.member]) continue;
            ++n[3];
            if (one.nominator == CITY) ++n[4];
        }
        uint256 spoken;
        for (uint256 i = 1; i <= PEOPLE; ++i) if (_hasSpoken[motion][person(i)]) ++spoken;
        n[5] = spoken - n[0];
    }

    function privateOf(uint256 motion) private view returns (uint256 inFavour, uint256 all) {
        for (uint16 id = 1; id <= SEATS; ++id) {
            Change memory one = seatAt(id, snapshotOf(motion));
            if (one.member == address(0) || one.nominator != PRIVATE) continue;
            ++all;
            if (_hasSpoken[motion][one.member] && _said[motion][one.member] == FOR) ++inFavour;
        }
    }

    function isMajorityAt(uint256 time) private view returns (bool) {
        BifSeats.Seat[] memory seats = committee.seatsAt(uint40(time));
        uint256 filled;
        uint256 city;
        for (uint16 id = 1; id <= SEATS; ++id) {
            Change memory one = seatAt(id, time);
            if (seats[id - 1].member != one.member) return false;
            if (one.member == address(0)) continue;
            if (seats[id - 1].nominator != one.nominator) return false;
            ++filled;
            if (one.nominator == CITY) ++city;
        }
        return filled == 0 || city * 2 > filled;
    }

    /// @dev The last change of a seat up to a moment; empty when nobody sat there.
    function seatAt(uint16 id, uint256 time) private view returns (Change memory found) {
        Change[] storage changes = _changes[id];
        for (uint256 i = changes.length; i > 0; --i) {
            Change storage one = changes[i - 1];
            if (one.from > time) continue;
            return one.until > time ? one : found;
        }
    }

    function isSeated(address member, uint256 time) private view returns (bool) {
        for (uint16 id = 1; id <= SEATS; ++id) {
            if (seatAt(id, time).member == member) return true;
        }
        return false;
    }

    function holderOf(uint16 id) private view returns (address) {
        return seatAt(id, block.timestamp).member;
    }

    function snapshotOf(uint256 motion) private view returns (uint256) {
        return committee.proposalSnapshot(_motions[motion].proposalId);
    }

    /// @dev One of the last three: older ones are over.
    function recent(uint256 motion) private view returns (uint256) {
        uint256 count = _motions.length;
        return count - 1 - bound(motion, 0, count < 3 ? count - 1 : 2);
    }

    function person(uint256 who) private pure returns (address) {
        return holder(uint16(bound(who, 1, PEOPLE)));
    }
}

contract CommitteeInvariantsTest is Committee {
    Sittings private sittings;

    function setUp() public {
        sittings = new Sittings();
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(sittings);
    }

    function invariant_F2_TheCityHasTheMajorityNowAndAtEachEndOfATerm() public view {
        require(sittings.isCityInMajority(), "F2: the city lost its majority");
    }

    function invariant_F2_WhatPassedHasMajorityAndQuorum() public view {
        require(sittings.areDecisionsRight(), "F2: a decision differs from its votes");
        assertEq(sittings.violations(), 0);
    }

    /// @dev The actions reach what the invariants speak of: among other acts, a motion in turn
    /// passes, is vetoed, and has a recused member.
    function test_TheModelSeatsRecusesVetoesAndDecides() public {
        for (uint256 i = 0; i < 24; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            for (uint256 id = 1; id <= 7; ++id) sittings.seat(id, id, id > 4 ? 2 : 0, 90 days);
            sittings.seat(seed, seed >> 8, seed >> 16, seed >> 24);
            sittings.vacate(seed >> 32);
            sittings.move(1 + (seed % 7));
            if (i % 3 == 1) sittings.relate(0, 1 + (seed % 7));
            if (i % 3 == 2) sittings.excuse(0, 5 + (seed % 3), seed & 8 == 8);
            sittings.wait(4 days - 2);
            for (uint256 id = 1; id <= 7; ++id) {
                sittings.say(0, id, i % 3 == 1 && id > 4 ? AGAINST : FOR);
            }
            for (uint256 j = 0; j < 4; ++j) sittings.wait(4 days - 2);
            if (seed % 5 == 0) sittings.stop(0);
            sittings.carryOut(0);
            require(sittings.isCityInMajority() && sittings.areDecisionsRight(), "F2");
            assertEq(sittings.violations(), 0);
        }
        require(sittings.passed() > 5 && sittings.countVetoed() > 2, "few decisions");
        require(sittings.refusals() > 5 && sittings.recusals() > 2, "few recusals");
    }
}
