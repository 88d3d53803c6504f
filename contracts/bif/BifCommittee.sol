// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {AuthorityUtils} from "@openzeppelin/contracts/access/manager/AuthorityUtils.sol";
import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {BifSeats} from "./BifSeats.sol";

/// @title BifCommittee
/// @author Busan Chain
/// @notice The fund's committee: one seat, one vote, counted among those who sat when voting began.
/// What was decided is carried out by this contract itself, which alone holds the role COMMITTEE.
///
/// A proposal first lies open: in this time members are recused from it, and it is marked as one
/// of a related party. Then the committee votes; then the auditor may stop what was decided; then
/// anyone carries it out, or it expires.
contract BifCommittee is BifSeats, Governor {
    /// @notice How a proposal takes its course; each in seconds and more than zero.
    /// @param openSeconds from the proposal to the vote
    /// @param votingSeconds how long the vote lasts
    /// @param reviewSeconds from the vote until the decision can be carried out
    /// @param executionSeconds from then on, until it expires
    struct Course {
        uint40 openSeconds;
        uint32 votingSeconds;
        uint40 reviewSeconds;
        uint40 executionSeconds;
    }

    /// @notice Votes on a proposal.
    /// @param against votes against it
    /// @param inFavour votes for it
    /// @param abstained votes that count for the quorum alone
    /// @param privateInFavour those of the votes for it that came from private seats
    struct Tally {
        uint16 against;
        uint16 inFavour;
        uint16 abstained;
        uint16 privateInFavour;
    }

    /// @notice The course leaves out a stage.
    error CommitteeInvalidCourse();

    /// @notice The account has no seat in this vote.
    /// @param account who
    error CommitteeNotSeated(address account);

    /// @notice The account is recused from this proposal.
    /// @param account who
    error CommitteeRecused(address account);

    /// @notice The account may not mark proposals.
    /// @param account who
    error CommitteeMayNotMark(address account);

    /// @notice The proposal is marked already, or is not marked.
    /// @param proposalId number of the proposal
    error CommitteeMarked(uint256 proposalId);

    /// @notice The decision can still be stopped.
    /// @param earliest when it can be carried out, in seconds since the epoch
    error CommitteeTooEarly(uint256 earliest);

    /// @notice A member does not vote on a proposal.
    /// @param proposalId number of the proposal
    /// @param seat number of the member's seat
    /// @param member who
    /// @param reason hash of why
    event Recused(
        uint256 indexed proposalId,
        uint16 indexed seat,
        address indexed member,
        bytes32 reason
    );

    /// @notice A proposal benefits somebody who is close to a member: private seats have a veto.
    /// @param proposalId number of the proposal
    /// @param party who
    /// @param by who said so
    /// @param reason hash of why
    event RelatedPartyMarked(
        uint256 indexed proposalId,
        address indexed party,
        address indexed by,
        bytes32 reason
    );

    /// @notice A mark was false.
    /// @param proposalId number of the proposal
    /// @param party who was named
    /// @param reason hash of why
    event RelatedPartyCleared(uint256 indexed proposalId, address indexed party, bytes32 reason);

    /// @notice Seconds from a proposal to the vote.
    uint40 public immutable OPEN;

    /// @notice Seconds that a vote lasts.
    uint32 public immutable VOTING;

    /// @notice Seconds from the vote until a decision can be carried out.
    uint40 public immutable REVIEW;

    /// @notice Seconds from then on, until a decision expires.
    uint40 public immutable EXECUTION;

    /// @notice Who was named as related; nobody: not marked.
    mapping(uint256 proposalId => address party) public relatedPartyOf;

    /// @notice Whether an account does not vote on a proposal.
    mapping(uint256 proposalId => mapping(address account => bool recused)) public isRecused;

    /// @notice Whether an account voted on a proposal.
    mapping(uint256 proposalId => mapping(address account => bool voted)) public hasVoted;

    mapping(uint256 proposalId => Tally votes) private _tallies;
    mapping(uint256 proposalId => bool cleared) private _isCleared;

    /// @notice Starts with empty seats.
    /// @param authority who decides over roles
    /// @param course how a proposal takes its course, for good
    constructor(
        address authority,
        Course memory course
    ) AccessManaged(authority) Governor("Busan BIF Committee") {
        bool isWhole = course.openSeconds > 0 && course.votingSeconds > 0;
        isWhole = isWhole && course.reviewSeconds > 0 && course.executionSeconds > 0;
        require(isWhole, CommitteeInvalidCourse());
        (OPEN, VOTING) = (course.openSeconds, course.votingSeconds);
        (REVIEW, EXECUTION) = (course.reviewSeconds, course.executionSeconds);
    }

    /// @notice Records that a member does not vote on a proposal, before the vote. The member
    /// itself or the secretariat. Refused if the city lost its majority among those who vote.
    /// @param proposalId number of the proposal
    /// @param member who
    /// @param reason hash of why
    function recuse(uint256 proposalId, address member, bytes32 reason) external reasoned(reason) {
        _requireState(proposalId, ProposalState.Pending);
        bool isAllowed = msg.sender == member || _mayCall(msg.sender, this.recuse.selector);
        require(isAllowed, CommitteeNotSeated(msg.sender));
        uint16 id = _seatOf(seatsAt(_now()), member);
        require(id > 0, CommitteeNotSeated(member));
        require(!isRecused[proposalId][member], CommitteeRecused(member));
        isRecused[proposalId][member] = true;
        uint40 snapshot = uint40(proposalSnapshot(proposalId));
        _requireMajority(_voters(proposalId, snapshot), snapshot);
        emit Recused(proposalId, id, member, reason);
    }

    /// @notice Marks a proposal as one of a related party, before the vote: then a third of the
    /// private seats must be in favour. Any member, or the secretariat; once.
    /// @param proposalId number of the proposal
    /// @param party who benefits
    /// @param reason hash of why
    function markRelated(
        uint256 proposalId,
        address party,
        bytes32 reason
    ) external reasoned(reason) {
        _requireState(proposalId, ProposalState.Pending);
        bool isSeated = _seatOf(seatsAt(_now()), msg.sender) > 0;
        bool isAllowed = isSeated || _mayCall(msg.sender, this.markRelated.selector);
        require(isAllowed, CommitteeMayNotMark(msg.sender));
        bool isNew = relatedPartyOf[proposalId] == address(0) && !_isCleared[proposalId];
        require(isNew && party != address(0), CommitteeMarked(proposalId));
        relatedPartyOf[proposalId] = party;
        emit RelatedPartyMarked(proposalId, party, msg.sender, reason);
    }

    /// @notice Takes a false mark off a proposal for good, before the vote is over. Restricted to
    /// the auditor, so that nobody who votes turns every proposal into one of a related party.
    /// @param proposalId number of the proposal
    /// @param reason hash of why
    function clearRelated(uint256 proposalId, bytes32 reason) external restricted reasoned(reason) {
        if (state(proposalId) != ProposalState.Pending) {
            _requireState(proposalId, ProposalState.Active);
        }
        address party = relatedPartyOf[proposalId];
        require(party != address(0), CommitteeMarked(proposalId));
        relatedPartyOf[proposalId] = address(0);
        _isCleared[proposalId] = true;
        emit RelatedPartyCleared(proposalId, party, reason);
    }

    /// @notice The votes on a proposal.
    /// @param proposalId number of the proposal
    /// @return votes so far
    function tallyOf(uint256 proposalId) external view returns (Tally memory votes) {
        return _tallies[proposalId];
    }

    /// @notice Where a proposal stands; what nobody carried out in time is expired.
    /// @param proposalId number of the proposal
    /// @return current its state
    function state(uint256 proposalId) public view override returns (ProposalState current) {
        current = super.state(proposalId);
        if (current != ProposalState.Succeeded) return current;
        uint256 last = _executableFrom(proposalId) + EXECUTION;
        return block.timestamp < last ? current : ProposalState.Expired;
    }

    /// @notice Only members propose.
    /// @return votes that a proposer needs
    function proposalThreshold() public pure override returns (uint256 votes) {
        return 1;
    }

    /// @notice Seconds from a proposal to the vote.
    /// @return duration seconds
    function votingDelay() public view override returns (uint256 duration) {
        return OPEN;
    }

    /// @notice Seconds that a vote lasts.
    /// @return duration seconds
    function votingPeriod() public view override returns (uint256 duration) {
        return VOTING;
    }

    /// @notice Votes of any sort that must be cast: more than half of the filled seats, recused
    /// or not, so that no recusal lowers it.
    /// @param timepoint seconds since the epoch
    /// @return votes the least
    function quorum(uint256 timepoint) public view override returns (uint256 votes) {
        uint40 time = uint40(timepoint);
        (uint256 filled, ) = _count(seatsAt(time), time);
        return filled / 2 + 1;
    }

    /// @notice Time is seconds since the epoch (EIP-6372).
    /// @return time now
    function clock() public view override returns (uint48 time) {
        return _now();
    }

    // solhint-disable func-name-mixedcase
    /// @notice What the clock counts (EIP-6372).
    /// @return mode in its notation
    function CLOCK_MODE() public pure override returns (string memory mode) {
        return "mode=timestamp";
    }

    /// @notice How votes are counted, in OpenZeppelin's notation.
    /// @return mode sorts of votes, and which make the quorum
    function COUNTING_MODE() public pure override returns (string memory mode) {
        return "support=bravo&quorum=against,for,abstain";
    }
    // solhint-enable func-name-mixedcase

    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 weight,
        bytes memory
    ) internal override returns (uint256 counted) {
        require(weight > 0, CommitteeNotSeated(account));
        require(!isRecused[proposalId][account], CommitteeRecused(account));
        require(!hasVoted[proposalId][account], GovernorAlreadyCastVote(account));
        require(support < 3, GovernorInvalidVoteType());
        hasVoted[proposalId][account] = true;
        Tally storage votes = _tallies[proposalId];
        if (support == 0) ++votes.against;
        else if (support == 2) ++votes.abstained;
        else {
            ++votes.inFavour;
            Seat[] memory seats = seatsAt(uint40(proposalSnapshot(proposalId)));
            Seat memory own = seats[_seatOf(seats, account) - 1];
            if (own.nominator == Nominator.Private) ++votes.privateInFavour;
        }
        return weight;
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override {
        uint256 earliest = _executableFrom(proposalId);
        require(block.timestamp >= earliest, CommitteeTooEarly(earliest));
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    /// @dev The auditor stops whatever was not carried out; a proposer withdraws before the vote.
    function _validateCancel(
        uint256 proposalId,
        address caller
    ) internal view override returns (bool isAllowed) {
        return _mayCall(caller, this.cancel.selector) || super._validateCancel(proposalId, caller);
    }

    function _quorumReached(uint256 proposalId) internal view override returns (bool isReached) {
        Tally memory votes = _tallies[proposalId];
        uint256 cast = votes.against + votes.inFavour + votes.abstained;
        return cast >= quorum(proposalSnapshot(proposalId));
    }

    /// @dev Seats may change between a recusal and the vote, so that the city's majority among
    /// those who vote is looked at again.
    function _voteSucceeded(uint256 proposalId) internal view override returns (bool isPassed) {
        uint40 snapshot = uint40(proposalSnapshot(proposalId));
        (uint256 voters, uint256 city) = _count(_voters(proposalId, snapshot), snapshot);
        Tally memory votes = _tallies[proposalId];
        isPassed = uint256(votes.inFavour) * 2 > voters && city * 2 > voters;
        if (relatedPartyOf[proposalId] == address(0)) return isPassed;
        uint256 needed = _privateSeats(snapshot);
        return isPassed && uint256(votes.privateInFavour) * 3 >= needed;
    }

    function _getVotes(
        address account,
        uint256 timepoint,
        bytes memory
    ) internal view override returns (uint256 votes) {
        return _seatOf(seatsAt(uint40(timepoint)), account) > 0 ? 1 : 0;
    }

    /// @dev Seats at a moment without those of recused members.
    function _voters(uint256 proposalId, uint40 time) private view returns (Seat[] memory seats) {
        seats = seatsAt(time);
        for (uint256 i = 0; i < seats.length; ++i) {
            if (isRecused[proposalId][seats[i].member]) seats[i].until = 0;
        }
    }

    /// @dev Private seats, recused or not: no recusal weakens their veto.
    function _privateSeats(uint40 time) private view returns (uint256 count) {
        Seat[] memory seats = seatsAt(time);
        for (uint256 i = 0; i < seats.length; ++i) {
            if (seats[i].until > 0 && seats[i].nominator == Nominator.Private) ++count;
        }
    }

    function _executableFrom(uint256 proposalId) private view returns (uint256 time) {
        return proposalDeadline(proposalId) + REVIEW;
    }

    function _requireState(uint256 proposalId, ProposalState wanted) private view {
        _validateStateBitmap(proposalId, _encodeStateBitmap(wanted));
    }

    function _mayCall(address caller, bytes4 selector) private view returns (bool isAllowed) {
        (isAllowed, ) = AuthorityUtils.canCallWithDelay(
            authority(),
            caller,
            address(this),
            selector
        );
    }
}
