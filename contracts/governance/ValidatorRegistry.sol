// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {AllianceRegistry} from "./AllianceRegistry.sol";

/// @title ValidatorRegistry
/// @author Busan Chain
/// @notice Decides who validates. The validators carry its decisions as votes in block headers,
/// one after another, so that every light client can follow.
contract ValidatorRegistry is AccessManaged {
    /// @notice One validator.
    /// @param validator address of the signing key
    /// @param organisation member of the alliance that runs it
    struct Seat {
        address validator;
        bytes32 organisation;
    }

    /// @notice The organisation is no member of the validator tier.
    /// @param organisation its id
    error ValidatorNotEligible(bytes32 organisation);

    /// @notice The caller acts for no member.
    /// @param account the caller
    error ValidatorNotMember(address account);

    /// @notice The address validates already, or is zero.
    /// @param validator the address
    error ValidatorInvalidKey(address validator);

    /// @notice The address does not validate.
    /// @param validator the address
    error ValidatorNoSeat(address validator);

    /// @notice The organisation has not named this key.
    /// @param validator the address
    error ValidatorNotNominated(address validator);

    /// @notice There would be too few or too many validators.
    /// @param count how many there would be
    error ValidatorInvalidCount(uint256 count);

    /// @notice One organisation could hold up or forge what must not depend on one.
    /// @param organisation its id
    /// @param seats how many it would have
    /// @param most how many it may have
    error ValidatorTooManySeats(bytes32 organisation, uint256 seats, uint256 most);

    /// @notice The last change is too recent.
    /// @param allowedAt first block of the next
    error ValidatorTooEarly(uint256 allowedAt);

    /// @notice A member named a key that it would validate with.
    /// @param organisation its id
    /// @param validator address of the key
    event Nominated(bytes32 indexed organisation, address indexed validator);

    /// @notice A seat was given, taken or moved to another key.
    /// @param organisation whose seat it is
    /// @param retired key that stops; zero: none
    /// @param admitted key that starts; zero: none
    /// @param orderRef hash of the decision
    event SeatChanged(
        bytes32 indexed organisation,
        address indexed retired,
        address indexed admitted,
        bytes32 orderRef
    );

    /// @notice Fewest validators: with three nobody may fail.
    uint256 public constant COUNT_MIN = 4;

    /// @notice Most validators, so that reading the list has a bounded price.
    uint256 public constant COUNT_MAX = 64;

    /// @notice Where membership is looked up.
    AllianceRegistry public immutable ALLIANCE;

    /// @notice Blocks from one change to the next.
    uint256 public immutable INTERVAL;

    /// @notice Block of the last change.
    uint256 public lastChange;

    /// @notice The organisation behind a key; zero: it does not validate.
    mapping(address validator => bytes32 organisation) public organisationOf;

    /// @notice Seats of an organisation.
    mapping(bytes32 organisation => uint256 seats) public seatsOf;

    /// @notice The organisation that named a key, until the key has a seat.
    mapping(address validator => bytes32 organisation) public nominationOf;

    /// @dev Ascending.
    address[] private _validators;

    /// @notice Starts with the validators of the genesis block.
    /// @param authority the city's access manager
    /// @param alliance where membership is looked up
    /// @param interval blocks from one change to the next
    /// @param seats first validators; their membership is not looked up
    constructor(
        address authority,
        AllianceRegistry alliance,
        uint256 interval,
        Seat[] memory seats
    ) AccessManaged(authority) {
        (ALLIANCE, INTERVAL) = (alliance, interval);
        for (uint256 i = 0; i < seats.length; ++i) {
            _seat(seats[i].validator, seats[i].organisation);
            emit SeatChanged(seats[i].organisation, address(0), seats[i].validator, bytes32(0));
        }
        _requireSound();
    }

    /// @notice Names a key that the caller's organisation would validate with.
    /// @param validator address of the key
    function nominate(address validator) external {
        bytes32 organisation = ALLIANCE.memberOf(msg.sender);
        require(organisation != bytes32(0), ValidatorNotMember(msg.sender));
        _requireEligible(organisation);
        bool isFree = validator != address(0) && organisationOf[validator] == bytes32(0);
        require(isFree, ValidatorInvalidKey(validator));
        nominationOf[validator] = organisation;
        emit Nominated(organisation, validator);
    }

    /// @notice Gives a seat to a nominated key.
    /// @param validator address of the key
    /// @param orderRef hash of the decision
    function admit(address validator, bytes32 orderRef) external restricted {
        _beginChange();
        bytes32 organisation = _takeNomination(validator);
        _seat(validator, organisation);
        _requireSound();
        emit SeatChanged(organisation, address(0), validator, orderRef);
    }

    /// @notice Takes a seat away.
    /// @param validator address of its key
    /// @param orderRef hash of the decision
    function retire(address validator, bytes32 orderRef) external restricted {
        _beginChange();
        bytes32 organisation = _unseat(validator);
        _requireSound();
        emit SeatChanged(organisation, validator, address(0), orderRef);
    }

    /// @notice Moves a seat to another key of the same organisation.
    /// @param validator address of the key that stops
    /// @param successor address of the key that starts, nominated by the organisation
    /// @param orderRef hash of the decision
    function rotate(address validator, address successor, bytes32 orderRef) external restricted {
        _beginChange();
        bytes32 organisation = _unseat(validator);
        require(_takeNomination(successor) == organisation, ValidatorNotNominated(successor));
        _seat(successor, organisation);
        emit SeatChanged(organisation, validator, successor, orderRef);
    }

    /// @notice Who is to validate. Besu's question.
    /// @return validators ascending
    function getValidators() external view returns (address[] memory validators) {
        return _validators;
    }

    /// @notice Seats that one organisation may have among so many: as many as may fail.
    /// @param count number of validators
    /// @return most the cap
    function seatCap(uint256 count) public pure returns (uint256 most) {
        return (count - 1) / 3;
    }

    function _beginChange() private {
        uint256 allowedAt = lastChange + INTERVAL;
        require(block.number >= allowedAt, ValidatorTooEarly(allowedAt));
        lastChange = block.number;
    }

    function _takeNomination(address validator) private returns (bytes32 organisation) {
        organisation = nominationOf[validator];
        require(organisation != bytes32(0), ValidatorNotNominated(validator));
        _requireEligible(organisation);
        delete nominationOf[validator];
    }

    function _seat(address validator, bytes32 organisation) private {
        bool isFree = validator != address(0) && organisationOf[validator] == bytes32(0);
        require(isFree, ValidatorInvalidKey(validator));
        require(organisation != bytes32(0), ValidatorNotEligible(organisation));
        organisationOf[validator] = organisation;
        ++seatsOf[organisation];
        _validators.push(validator);
        for (uint256 i = _validators.length - 1; i > 0; --i) {
            if (_validators[i - 1] < validator) break;
            (_validators[i], _validators[i - 1]) = (_validators[i - 1], validator);
        }
    }

    function _unseat(address validator) private returns (bytes32 organisation) {
        organisation = organisationOf[validator];
        require(organisation != bytes32(0), ValidatorNoSeat(validator));
        delete organisationOf[validator];
        --seatsOf[organisation];
        uint256 last = _validators.length - 1;
        bool isPassed = false;
        for (uint256 i = 0; i < last; ++i) {
            isPassed = isPassed || _validators[i] == validator;
            if (isPassed) _validators[i] = _validators[i + 1];
        }
        _validators.pop();
    }

    function _requireEligible(bytes32 organisation) private view {
        bool isEligible = ALLIANCE.tierOf(organisation) == AllianceRegistry.Tier.Validator;
        require(isEligible, ValidatorNotEligible(organisation));
    }

    /// @dev Also whoever had its seats before: the cap falls with the number of validators.
    function _requireSound() private view {
        uint256 count = _validators.length;
        bool isCount = count >= COUNT_MIN && count <= COUNT_MAX;
        require(isCount, ValidatorInvalidCount(count));
        uint256 most = seatCap(count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 organisation = organisationOf[_validators[i]];
            uint256 seats = seatsOf[organisation];
            require(seats <= most, ValidatorTooManySeats(organisation, seats, most));
        }
    }
}
