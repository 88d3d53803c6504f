// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {BifFund} from "./BifFund.sol";

/// @title Grants
/// @author Busan Chain
/// @notice Grants of the fund: applied for by those who get them, awarded by the committee, paid
/// milestone by milestone when its named verifiers have found the evidence right. What is awarded
/// is set aside in the fund; what is not reached in time, or was not paid when a grant is ended,
/// goes back to it.
contract Grants is AccessManaged {
    /// @notice Where a milestone stands.
    enum Stage {
        Open,
        Submitted,
        Verified,
        Paid,
        Returned
    }

    /// @notice What has to be reached for a part of the money.
    /// @param amount won that are paid for it
    /// @param deadline second from which no evidence is taken
    /// @param verifiersNeeded how many verifiers must find it right
    /// @param criteria hash of what has to be shown
    struct Milestone {
        uint128 amount;
        uint64 deadline;
        uint8 verifiersNeeded;
        bytes32 criteria;
    }

    /// @notice How far a milestone is.
    /// @param stage where it stands
    /// @param round how often evidence was submitted
    /// @param approvals verifiers that found the last evidence right
    /// @param rejections verifiers that did not
    /// @param evidence hash of the last evidence
    struct Progress {
        Stage stage;
        uint32 round;
        uint8 approvals;
        uint8 rejections;
        bytes32 evidence;
    }

    /// @notice What somebody asks the fund for.
    /// @param applicant who gets the money
    /// @param amount most won that are asked for
    /// @param isAwarded whether it became a grant
    /// @param documentHash hash of the application
    struct Application {
        address applicant;
        uint128 amount;
        bool isAwarded;
        bytes32 documentHash;
    }

    /// @notice A grant; amounts in won.
    /// @param grantee who gets the money
    /// @param application number of its application
    /// @param isEnded whether it was ended before its time
    /// @param approved what was awarded
    /// @param paid what was paid of it
    /// @param returned what went back to the fund
    /// @param contractHash hash of the contract with the grantee
    struct Grant {
        address grantee;
        uint32 application;
        bool isEnded;
        uint128 approved;
        uint128 paid;
        uint128 returned;
        bytes32 contractHash;
    }

    /// @notice The application is not there, is a grant already, or asks for less.
    /// @param application its number
    error GrantNotAppliedFor(uint32 application);

    /// @notice The milestones, or who verifies them, cannot be carried out.
    error GrantInvalidTerms();

    /// @notice A document is named by its hash.
    error GrantDocumentMissing();

    /// @notice The grant is not there, or was ended.
    /// @param grant its number
    error GrantNotRunning(uint32 grant);

    /// @notice The account has no part in this.
    /// @param account who
    error GrantNotParty(address account);

    /// @notice The milestone does not stand where this is possible.
    /// @param stage where it stands
    error GrantWrongStage(Stage stage);

    /// @notice The milestone's time is over, or is not over yet.
    /// @param deadline second from which no evidence is taken
    error GrantDeadline(uint64 deadline);

    /// @notice The verifier has judged this evidence, or judges another than was submitted.
    /// @param evidence hash of the evidence that was submitted last
    error GrantJudged(bytes32 evidence);

    /// @notice Somebody applied.
    /// @param application its number
    /// @param applicant who
    /// @param amount most won
    /// @param documentHash hash of the application
    event Applied(
        uint32 indexed application,
        address indexed applicant,
        uint128 amount,
        bytes32 documentHash
    );

    /// @notice A grant was awarded, and its money set aside.
    /// @param grant its number
    /// @param grantee who gets the money
    /// @param application number of its application
    /// @param milestones what has to be reached
    /// @param verifiers who finds whether it was
    /// @param contractHash hash of the contract with the grantee
    event Awarded(
        uint32 indexed grant,
        address indexed grantee,
        uint32 indexed application,
        Milestone[] milestones,
        address[] verifiers,
        bytes32 contractHash
    );

    /// @notice Evidence was submitted.
    /// @param grant its number
    /// @param milestone its place, from 0
    /// @param round how often evidence was submitted
    /// @param evidence hash of it
    event Submitted(uint32 indexed grant, uint8 indexed milestone, uint32 round, bytes32 evidence);

    /// @notice A verifier has judged.
    /// @param grant its number
    /// @param milestone its place, from 0
    /// @param verifier who
    /// @param evidence hash of what was judged
    /// @param isRight what it found
    event Judged(
        uint32 indexed grant,
        uint8 indexed milestone,
        address indexed verifier,
        bytes32 evidence,
        bool isRight
    );

    /// @notice A milestone stands somewhere else.
    /// @param grant its number
    /// @param milestone its place, from 0
    /// @param stage where
    event Moved(uint32 indexed grant, uint8 indexed milestone, Stage indexed stage);

    /// @notice A grant was ended before its time.
    /// @param grant its number
    /// @param returned won that went back to the fund
    /// @param orderRef hash of the order
    event Ended(uint32 indexed grant, uint128 returned, bytes32 orderRef);

    /// @notice Most milestones of a grant.
    uint256 public constant MILESTONES_MAX = 32;

    /// @notice Most verifiers of a grant.
    uint256 public constant VERIFIERS_MAX = 16;

    /// @notice Where the money is.
    BifFund public immutable FUND;

    /// @notice How many applications there are; numbers run from 1 to it.
    uint32 public applicationCount;

    /// @notice How many grants there are; numbers run from 1 to it.
    uint32 public grantCount;

    mapping(uint32 application => Application terms) private _applications;
    mapping(uint32 grant => Grant terms) private _grants;
    mapping(uint32 grant => Milestone[] list) private _milestones;
    mapping(uint32 grant => address[] list) private _verifiers;
    mapping(uint32 grant => mapping(uint8 milestone => Progress how)) private _progress;
    mapping(bytes32 judgement => bool isMade) private _judged;

    /// @notice Starts without grants.
    /// @param authority who decides over roles
    /// @param fund where the money is
    constructor(address authority, BifFund fund) AccessManaged(authority) {
        FUND = fund;
    }

    /// @notice Asks the fund for money. Who applies gets what is awarded on it.
    /// @param amount most won
    /// @param documentHash hash of the application
    /// @return application its number
    function applyFor(uint128 amount, bytes32 documentHash) external returns (uint32 application) {
        require(documentHash != 0, GrantDocumentMissing());
        application = ++applicationCount;
        _applications[application] = Application(msg.sender, amount, false, documentHash);
        emit Applied(application, msg.sender, amount, documentHash);
    }

    /// @notice Awards a grant on an application and sets its money aside. Restricted to the
    /// committee, so that it was voted on.
    /// @param application number of the application
    /// @param milestones what has to be reached, with deadlines to come
    /// @param verifiers who finds whether it was: not the grantee, each once
    /// @param contractHash hash of the contract with the grantee
    /// @return grant its number
    function award(
        uint32 application,
        Milestone[] calldata milestones,
        address[] calldata verifiers,
        bytes32 contractHash
    ) external restricted returns (uint32 grant) {
        require(contractHash != 0, GrantDocumentMissing());
        Application storage asked = _applications[application];
        address grantee = asked.applicant;
        require(grantee != address(0) && !asked.isAwarded, GrantNotAppliedFor(application));
        asked.isAwarded = true;
        grant = ++grantCount;
        _appoint(grant, grantee, verifiers);
        uint128 approved = _plan(grant, milestones, verifiers.length);
        require(approved <= asked.amount, GrantNotAppliedFor(application));
        _grants[grant] = Grant(grantee, application, false, approved, 0, 0, contractHash);
        emit Awarded(grant, grantee, application, milestones, verifiers, contractHash);
        FUND.reserveGrant(grant, approved, contractHash);
    }

    /// @notice Submits evidence for a milestone, before its deadline. The grantee alone; again when
    /// it was found wrong.
    /// @param grant its number
    /// @param milestone its place, from 0
    /// @param evidence hash of it
    function submit(uint32 grant, uint8 milestone, bytes32 evidence) external {
        require(evidence != 0, GrantDocumentMissing());
        require(msg.sender == _running(grant).grantee, GrantNotParty(msg.sender));
        Progress storage progress = _at(grant, milestone, Stage.Open);
        uint64 deadline = _milestones[grant][milestone].deadline;
        require(block.timestamp < deadline, GrantDeadline(deadline));
        uint32 round = progress.round + 1;
        _progress[grant][milestone] = Progress(Stage.Submitted, round, 0, 0, evidence);
        emit Submitted(grant, milestone, round, evidence);
        emit Moved(grant, milestone, Stage.Submitted);
    }

    /// @notice Says whether the evidence is right. Verifiers of the grant, each once; also after
    /// the deadline, for what was submitted before it.
    /// @param grant its number
    /// @param milestone its place, from 0
    /// @param evidence hash of what was judged: the last that was submitted
    /// @param isRight what was found
    function verify(uint32 grant, uint8 milestone, bytes32 evidence, bool isRight) external {
        _running(grant);
        require(isVerifier(grant, msg.sender), GrantNotParty(msg.sender));
        Progress storage progress = _at(grant, milestone, Stage.Submitted);
        require(progress.evidence == evidence, GrantJudged(progress.evidence));
        bytes32 judgement = keccak256(abi.encode(grant, milestone, progress.round, msg.sender));
        require(!_judged[judgement], GrantJudged(evidence));
        _judged[judgement] = true;
        emit Judged(grant, milestone, msg.sender, evidence, isRight);
        if (isRight) ++progress.approvals;
        else ++progress.rejections;
        uint256 needed = _milestones[grant][milestone].verifiersNeeded;
        // So many have found it wrong that the others are too few.
        bool isWrong = _verifiers[grant].length - progress.rejections < needed;
        if (progress.approvals == needed) _move(grant, milestone, Stage.Verified);
        else if (isWrong) _move(grant, milestone, Stage.Open);
    }

    /// @notice Pays a verified milestone to the grantee. Anyone may bring it about.
    /// @param grant its number
    /// @param milestone its place, from 0
    function release(uint32 grant, uint8 milestone) external {
        Grant storage terms = _running(grant);
        bytes32 evidence = _at(grant, milestone, Stage.Verified).evidence;
        uint128 amount = _milestones[grant][milestone].amount;
        _move(grant, milestone, Stage.Paid);
        terms.paid += amount;
        FUND.payGrant(grant, terms.grantee, amount, evidence);
    }

    /// @notice Returns a milestone's money to the fund: its deadline is over and no evidence
    /// waits to be judged. Anyone may bring it about.
    /// @param grant its number
    /// @param milestone its place, from 0
    function lapse(uint32 grant, uint8 milestone) external {
        Grant storage terms = _running(grant);
        _at(grant, milestone, Stage.Open);
        Milestone storage plan = _milestones[grant][milestone];
        require(block.timestamp >= plan.deadline, GrantDeadline(plan.deadline));
        _move(grant, milestone, Stage.Returned);
        terms.returned += plan.amount;
        FUND.returnGrant(grant, plan.amount, terms.contractHash);
    }

    /// @notice Ends a grant; all that was not paid returns to the fund. Restricted to the
    /// committee.
    /// @param grant its number
    /// @param orderRef hash of the order
    function end(uint32 grant, bytes32 orderRef) external restricted {
        require(orderRef != 0, GrantDocumentMissing());
        Grant storage terms = _running(grant);
        uint128 left = terms.approved - terms.paid - terms.returned;
        terms.isEnded = true;
        terms.returned += left;
        for (uint8 i = 0; i < _milestones[grant].length; ++i) {
            Stage stage = _progress[grant][i].stage;
            if (stage != Stage.Paid && stage != Stage.Returned) _move(grant, i, Stage.Returned);
        }
        emit Ended(grant, left, orderRef);
        if (left > 0) FUND.returnGrant(grant, left, orderRef);
    }

    /// @notice An application.
    /// @param application its number; an unknown one is empty
    /// @return terms the application
    function applicationAt(uint32 application) external view returns (Application memory terms) {
        return _applications[application];
    }

    /// @notice A grant as it stands.
    /// @param grant its number; an unknown one is empty
    /// @return terms the grant
    function grantAt(uint32 grant) external view returns (Grant memory terms) {
        return _grants[grant];
    }

    /// @notice What has to be reached for a grant.
    /// @param grant its number
    /// @return milestones in their order
    function milestonesOf(uint32 grant) external view returns (Milestone[] memory milestones) {
        return _milestones[grant];
    }

    /// @notice How far a milestone is.
    /// @param grant its number
    /// @param milestone its place, from 0
    /// @return progress so far
    function progressOf(
        uint32 grant,
        uint8 milestone
    ) external view returns (Progress memory progress) {
        return _progress[grant][milestone];
    }

    /// @notice Who finds whether a grant's milestones were reached.
    /// @param grant its number
    /// @return verifiers of all its milestones
    function verifiersOf(uint32 grant) external view returns (address[] memory verifiers) {
        return _verifiers[grant];
    }

    /// @notice Whether an account verifies a grant.
    /// @param grant its number
    /// @param account who
    /// @return verifies whether it does
    function isVerifier(uint32 grant, address account) public view returns (bool verifies) {
        address[] storage list = _verifiers[grant];
        for (uint256 i = 0; i < list.length; ++i) if (list[i] == account) return true;
        return false;
    }

    function _appoint(uint32 grant, address grantee, address[] calldata verifiers) private {
        bool isRight = verifiers.length > 0 && verifiers.length <= VERIFIERS_MAX;
        for (uint256 i = 0; i < verifiers.length && isRight; ++i) {
            address verifier = verifiers[i];
            isRight = verifier != address(0) && verifier != grantee;
            isRight = isRight && verifier != msg.sender && !isVerifier(grant, verifier);
            _verifiers[grant].push(verifier);
        }
        require(isRight, GrantInvalidTerms());
    }

    function _plan(
        uint32 grant,
        Milestone[] calldata milestones,
        uint256 verifierCount
    ) private returns (uint128 approved) {
        bool isRight = milestones.length > 0 && milestones.length <= MILESTONES_MAX;
        require(isRight, GrantInvalidTerms());
        for (uint256 i = 0; i < milestones.length; ++i) {
            Milestone calldata plan = milestones[i];
            isRight = plan.amount > 0 && plan.criteria != 0 && plan.deadline > block.timestamp;
            isRight = isRight && plan.verifiersNeeded > 0 && plan.verifiersNeeded <= verifierCount;
            require(isRight, GrantInvalidTerms());
            approved += plan.amount;
            _milestones[grant].push(plan);
        }
    }

    function _move(uint32 grant, uint8 milestone, Stage stage) private {
        _progress[grant][milestone].stage = stage;
        emit Moved(grant, milestone, stage);
    }

    function _running(uint32 grant) private view returns (Grant storage terms) {
        terms = _grants[grant];
        require(terms.grantee != address(0) && !terms.isEnded, GrantNotRunning(grant));
    }

    function _at(
        uint32 grant,
        uint8 milestone,
        Stage wanted
    ) private view returns (Progress storage progress) {
        require(milestone < _milestones[grant].length, GrantInvalidTerms());
        progress = _progress[grant][milestone];
        require(progress.stage == wanted, GrantWrongStage(progress.stage));
    }
}
