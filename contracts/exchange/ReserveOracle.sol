// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title ReserveOracle
/// @author Busan Chain
/// @notice How much of one asset lies in the vaults, as several independent attestors signed it.
contract ReserveOracle is AccessManaged, EIP712 {
    using SafeCast for uint256;

    /// @notice The attestation is older than the latest one, from the future or stale.
    /// @param attestedAt seconds since the epoch
    error ReserveInvalidTime(uint64 attestedAt);

    /// @notice The signer is no attestor, or signed twice, or the signatures are not in order.
    /// @param signer who signed
    error ReserveInvalidSigner(address signer);

    /// @notice Too few attestors signed.
    /// @param signed how many did
    /// @param needed how many must
    error ReserveTooFewSigners(uint256 signed, uint256 needed);

    /// @notice An attestor was added or removed, or the number of signatures changed.
    /// @param attestor who
    /// @param on whether it attests now
    /// @param threshold signatures that an attestation needs
    event AttestorSet(address indexed attestor, bool on, uint256 threshold);

    /// @notice The reserve was attested.
    /// @param round number of the attestation
    /// @param units smallest units of the asset
    /// @param attestedAt seconds since the epoch
    event Attested(uint80 indexed round, uint256 units, uint64 attestedAt);

    // solhint-disable gas-small-strings
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(address asset,uint256 units,uint64 at)"
    );
    // solhint-enable gas-small-strings

    /// @notice Address that stands for the asset in attestations: its vault receipts.
    address public immutable ASSET;

    /// @notice Seconds for which an attestation counts.
    uint64 public immutable MAX_AGE;

    /// @notice Signatures that an attestation needs.
    uint256 public threshold;

    /// @notice Who attests.
    mapping(address account => bool on) public isAttestor;

    uint80 private _round;
    uint64 private _at;
    uint256 private _units;

    /// @notice Starts without attestors: nothing counts as attested.
    /// @param authority who decides over roles
    /// @param asset address that stands for the asset
    /// @param maxAge seconds for which an attestation counts
    constructor(
        address authority,
        address asset,
        uint64 maxAge
    ) AccessManaged(authority) EIP712("Busan Reserve", "1") {
        ASSET = asset;
        MAX_AGE = maxAge;
        threshold = type(uint256).max;
    }

    /// @notice Adds or removes an attestor. Restricted.
    /// @param attestor who
    /// @param on whether it attests
    /// @param needed signatures that an attestation needs from now on, at least one
    function setAttestor(address attestor, bool on, uint256 needed) external restricted {
        require(needed > 0, ReserveTooFewSigners(0, 1));
        isAttestor[attestor] = on;
        threshold = needed;
        emit AttestorSet(attestor, on, needed);
    }

    /// @notice Records an attestation. Anyone may bring it.
    /// @param units smallest units of the asset
    /// @param attestedAt seconds since the epoch, later than the latest one
    /// @param signatures of attestors, by ascending address
    function attest(uint256 units, uint64 attestedAt, bytes[] calldata signatures) external {
        bool isPast = attestedAt > _at && attestedAt <= block.timestamp;
        bool isTimely = isPast && block.timestamp - attestedAt < MAX_AGE;
        require(isTimely, ReserveInvalidTime(attestedAt));
        uint256 signed = signatures.length;
        require(signed >= threshold, ReserveTooFewSigners(signed, threshold));
        bytes32 hash = hashOf(units, attestedAt);
        address last = address(0);
        for (uint256 i = 0; i < signed; ++i) {
            address signer = ECDSA.recover(hash, signatures[i]);
            require(isAttestor[signer] && signer > last, ReserveInvalidSigner(signer));
            last = signer;
        }
        (_units, _at) = (units, attestedAt);
        emit Attested(++_round, units, attestedAt);
    }

    /// @notice The latest attestation, in the shape that price feed readers know.
    /// @return roundId number of the attestation
    /// @return answer smallest units of the asset
    /// @return startedAt seconds since the epoch
    /// @return updatedAt seconds since the epoch
    /// @return answeredInRound number of the attestation
    function latestRoundData()
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        return (_round, _units.toInt256(), _at, _at, _round);
    }

    /// @notice What may be relied on now.
    /// @return smallest units of the asset; zero when the latest attestation is stale
    function freshUnits() external view returns (uint256) {
        return block.timestamp - _at < MAX_AGE ? _units : 0;
    }

    /// @notice What an attestor signs.
    /// @param units smallest units of the asset
    /// @param attestedAt seconds since the epoch
    /// @return the EIP-712 digest
    function hashOf(uint256 units, uint64 attestedAt) public view returns (bytes32) {
        return
            _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, ASSET, units, attestedAt)));
    }
}
