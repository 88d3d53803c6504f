// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title BifSeats
/// @author Busan Chain
/// @notice Who sits on the fund's committee, now and at each moment before. More than half of those
/// who sit were nominated by the city: a change after which that would not hold is refused, be it
/// at once or in any second to come when a term ends.
abstract contract BifSeats is AccessManaged {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice Who names the holder of a seat.
    enum Nominator {
        City,
        PublicFinance,
        Private,
        Expert
    }

    /// @notice A seat at some moment; all zero when nobody sits there.
    /// @param member who sits
    /// @param until second from which the member sits no more
    /// @param nominator who named the member
    struct Seat {
        address member;
        uint40 until;
        Nominator nominator;
    }

    /// @notice The city would not have more than half of the filled seats.
    /// @param time when, in seconds since the epoch
    /// @param city seats that the city would have
    /// @param filled seats that would be filled
    error CityMajorityLost(uint40 time, uint256 city, uint256 filled);

    /// @notice There is no such seat, or nobody sits there.
    /// @param seat its number
    error SeatUnknown(uint16 seat);

    /// @notice The account cannot sit: it is nobody, or has another seat.
    /// @param member who
    error SeatRefused(address member);

    /// @notice The term ends before it begins.
    /// @param until its end, in seconds since the epoch
    error SeatTermOver(uint40 until);

    /// @notice What is put on record names a document by its hash.
    error SeatReasonMissing();

    /// @notice Somebody took a seat, or its term changed.
    /// @param seat its number
    /// @param member who sits
    /// @param nominator who named the member
    /// @param until second from which the member sits no more
    /// @param orderRef hash of the nomination
    event Seated(
        uint16 indexed seat,
        address indexed member,
        Nominator indexed nominator,
        uint40 until,
        bytes32 orderRef
    );

    /// @notice A seat was vacated before its term was over.
    /// @param seat its number
    /// @param member who sat there
    /// @param orderRef hash of the order
    event Vacated(uint16 indexed seat, address indexed member, bytes32 orderRef);

    /// @notice Seats are numbered from 1 to this.
    uint16 public constant SEATS_MAX = 24;

    /// @dev By second of the change: member in the low 160 bits, nominator in 8, end of term in 40.
    Checkpoints.Trace208[SEATS_MAX] private _terms;

    /// @dev What is put on record names a document.
    modifier reasoned(bytes32 reason) {
        require(reason != 0, SeatReasonMissing());
        _;
    }

    /// @notice Seats a member, in the place of whoever sits there. Restricted.
    /// @param id number of the seat
    /// @param nominator who named the member
    /// @param member who sits from now on
    /// @param until second from which the member sits no more
    /// @param orderRef hash of the nomination
    function seat(
        uint16 id,
        Nominator nominator,
        address member,
        uint40 until,
        bytes32 orderRef
    ) external restricted reasoned(orderRef) {
        require(id > 0 && id <= SEATS_MAX, SeatUnknown(id));
        require(until > block.timestamp, SeatTermOver(until));
        uint16 other = _seatOf(seatsAt(_now()), member);
        require(member != address(0) && (other == 0 || other == id), SeatRefused(member));
        _setTerm(id, (uint208(until) << 168) | (uint208(nominator) << 160) | uint160(member));
        emit Seated(id, member, nominator, until, orderRef);
    }

    /// @notice Ends a member's term now. Restricted.
    /// @param id number of the seat
    /// @param orderRef hash of the order
    function vacate(uint16 id, bytes32 orderRef) external restricted reasoned(orderRef) {
        require(id > 0 && id <= SEATS_MAX, SeatUnknown(id));
        address member = seatsAt(_now())[id - 1].member;
        require(member != address(0), SeatUnknown(id));
        _setTerm(id, 0);
        emit Vacated(id, member, orderRef);
    }

    /// @notice All seats at a moment; of one to come, as it will be without further changes.
    /// @param time seconds since the epoch
    /// @return seats the first is number 1
    function seatsAt(uint40 time) public view returns (Seat[] memory seats) {
        seats = new Seat[](SEATS_MAX);
        for (uint256 i = 0; i < SEATS_MAX; ++i) {
            uint208 term = _terms[i].upperLookupRecent(time);
            uint40 until = uint40(term >> 168);
            if (until <= time) continue;
            seats[i] = Seat(address(uint160(term)), until, Nominator(uint8(term >> 160)));
        }
    }

    /// @dev Nothing but the ends of terms changes who sits by itself: if the majority holds now
    /// and at each end, it always does.
    function _setTerm(uint16 id, uint208 term) private {
        uint40 time = _now();
        _terms[id - 1].push(time, term);
        Seat[] memory seats = seatsAt(time);
        _requireMajority(seats, time);
        for (uint256 i = 0; i < SEATS_MAX; ++i) {
            if (seats[i].until > 0) _requireMajority(seats, seats[i].until);
        }
    }

    /// @dev Reverts unless the city has more than half of the seats whose terms last beyond a
    /// moment; without any there is nobody whom it could not outvote.
    function _requireMajority(Seat[] memory seats, uint40 time) internal pure {
        (uint256 filled, uint256 city) = _count(seats, time);
        require(filled == 0 || city * 2 > filled, CityMajorityLost(time, city, filled));
    }

    /// @dev How many seats are filled beyond a moment, and how many of them by the city.
    function _count(
        Seat[] memory seats,
        uint40 time
    ) internal pure returns (uint256 filled, uint256 city) {
        for (uint256 i = 0; i < seats.length; ++i) {
            if (seats[i].until <= time) continue;
            ++filled;
            if (seats[i].nominator == Nominator.City) ++city;
        }
    }

    /// @dev Number of the seat that an account has; zero: none.
    function _seatOf(Seat[] memory seats, address member) internal pure returns (uint16 id) {
        for (uint16 i = 0; i < seats.length; ++i) {
            if (seats[i].until > 0 && seats[i].member == member) return i + 1;
        }
    }

    function _now() internal view returns (uint40 time) {
        return uint40(block.timestamp);
    }
}
