// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

/// @title CarbonUnits
/// @author Busan Chain
/// @notice Tonnes of carbon dioxide that are immobilised in their registry while they circulate
/// here.
/// An id is one project and vintage; there are no mixed pools. A tonne leaves by retirement or by
/// return to its registry, once.
contract CarbonUnits is ERC1155, AccessManaged {
    /// @notice Tonnes of one project and vintage.
    /// @param immobilised ever immobilised
    /// @param circulating in somebody's account
    /// @param retired used up
    /// @param returned back in the registry
    struct Totals {
        uint128 immobilised;
        uint128 circulating;
        uint128 retired;
        uint128 returned;
    }

    /// @notice A retirement; it cannot be transferred.
    /// @param holder who retired
    /// @param id project and vintage
    /// @param amount tonnes
    /// @param beneficiary salted commitment of who may claim it
    /// @param purpose hash of the purpose
    struct Certificate {
        address holder;
        uint256 id;
        uint128 amount;
        bytes32 beneficiary;
        bytes32 purpose;
    }

    /// @dev One range in the ordered list of a registry.
    struct SerialRange {
        uint128 end;
        uint128 next;
    }

    /// @notice The range is empty, or the hint is not a range before it, or it overlaps another.
    /// @param start first serial
    /// @param end last serial
    error CarbonInvalidRange(uint128 start, uint128 end);

    /// @notice Nothing to retire or return.
    error CarbonZeroAmount();

    /// @notice Tonnes were immobilised and put into circulation.
    /// @param id project and vintage
    /// @param registry which registry
    /// @param start first serial
    /// @param end last serial
    /// @param to who got them
    /// @param registryRef hash of the registry's confirmation
    event Immobilised(
        uint256 indexed id,
        bytes32 indexed registry,
        uint128 start,
        uint128 end,
        address indexed to,
        bytes32 registryRef
    );

    /// @notice Tonnes were used up.
    /// @param certificateId number of the certificate
    /// @param holder who retired
    /// @param id project and vintage
    /// @param amount tonnes
    /// @param beneficiary salted commitment of who may claim it
    /// @param purpose hash of the purpose
    event Retired(
        uint256 indexed certificateId,
        address indexed holder,
        uint256 indexed id,
        uint128 amount,
        bytes32 beneficiary,
        bytes32 purpose
    );

    /// @notice Tonnes went back to the registry.
    /// @param holder who gave them up
    /// @param id project and vintage
    /// @param amount tonnes
    /// @param registryAccount salted commitment of the account in the registry
    event Returned(
        address indexed holder,
        uint256 indexed id,
        uint128 amount,
        bytes32 registryAccount
    );

    /// @notice How many certificates exist; the latest has this number.
    uint256 public certificateCount;

    mapping(uint256 id => Totals totals) private _totals;
    mapping(uint256 certificateId => Certificate certificate) private _certificates;
    mapping(bytes32 registry => mapping(uint128 start => SerialRange range)) private _ranges;

    /// @notice Starts without units.
    /// @param authority who decides over roles
    constructor(address authority) ERC1155("") AccessManaged(authority) {}

    /// @notice Puts immobilised serials into circulation. Restricted to custodians.
    /// @param id project and vintage
    /// @param registry which registry the serials belong to
    /// @param start first serial, from one
    /// @param end last serial
    /// @param hint start of the nearest range before, zero when there is none
    /// @param to who gets one unit for each serial
    /// @param registryRef hash of the registry's confirmation
    function immobilise(
        uint256 id,
        bytes32 registry,
        uint128 start,
        uint128 end,
        uint128 hint,
        address to,
        bytes32 registryRef
    ) external restricted {
        _insert(registry, start, end, hint);
        uint128 amount = end - start + 1;
        _totals[id].immobilised += amount;
        _totals[id].circulating += amount;
        emit Immobilised(id, registry, start, end, to, registryRef);
        _mint(to, id, amount, "");
    }

    /// @notice Uses up the caller's tonnes and certifies it.
    /// @param id project and vintage
    /// @param amount tonnes
    /// @param beneficiary salted commitment of who may claim it
    /// @param purpose hash of the purpose
    /// @return certificateId number of the certificate
    function retire(
        uint256 id,
        uint128 amount,
        bytes32 beneficiary,
        bytes32 purpose
    ) external returns (uint256 certificateId) {
        _withdraw(id, amount);
        _totals[id].retired += amount;
        certificateId = ++certificateCount;
        _certificates[certificateId] = Certificate(msg.sender, id, amount, beneficiary, purpose);
        emit Retired(certificateId, msg.sender, id, amount, beneficiary, purpose);
    }

    /// @notice Gives the caller's tonnes back to the registry.
    /// @param id project and vintage
    /// @param amount tonnes
    /// @param registryAccount salted commitment of the account in the registry
    function returnToRegistry(uint256 id, uint128 amount, bytes32 registryAccount) external {
        _withdraw(id, amount);
        _totals[id].returned += amount;
        emit Returned(msg.sender, id, amount, registryAccount);
    }

    /// @notice Tonnes of one project and vintage.
    /// @param id project and vintage
    /// @return where they are
    function totalsOf(uint256 id) external view returns (Totals memory) {
        return _totals[id];
    }

    /// @notice A certificate.
    /// @param certificateId its number; an unknown one is empty
    /// @return the certificate
    function certificateOf(uint256 certificateId) external view returns (Certificate memory) {
        return _certificates[certificateId];
    }

    function _withdraw(uint256 id, uint128 amount) private {
        require(amount > 0, CarbonZeroAmount());
        _burn(msg.sender, id, amount);
        _totals[id].circulating -= amount;
    }

    function _insert(bytes32 registry, uint128 start, uint128 end, uint128 hint) private {
        mapping(uint128 => SerialRange) storage ranges = _ranges[registry];
        SerialRange storage before = ranges[hint];
        // Zero is the head of the list; every other hint must be a range.
        bool isHint = hint == 0 || before.end != 0;
        bool isApart = start > before.end && (before.next == 0 || end < before.next);
        bool isSound = start > hint && end >= start;
        require(isHint && isApart && isSound, CarbonInvalidRange(start, end));
        ranges[start] = SerialRange(end, before.next);
        before.next = start;
    }
}
