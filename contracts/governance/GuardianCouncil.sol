// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
// solhint-disable-next-line max-line-length
import {MultiSignerERC7913Weighted} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913Weighted.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title GuardianCouncil
/// @author Busan Chain
/// @notice Several institutions that together can stop things and nothing else: whatever roles it
/// may be given, it calls only functions that were listed as stops when it was made.
contract GuardianCouncil is MultiSignerERC7913Weighted, EIP712, AccessManaged {
    /// @notice The function is no stop.
    /// @param selector its selector
    error GuardianNotAStop(bytes4 selector);

    /// @notice The decision is too old.
    /// @param deadline second up to which it could be carried out
    error GuardianExpired(uint48 deadline);

    /// @notice The signatures do not weigh enough, or are not for this decision.
    error GuardianNotAgreed();

    /// @notice A stop was carried out.
    /// @param target the contract
    /// @param selector the function
    /// @param nonce number of the decision
    event Stopped(address indexed target, bytes4 indexed selector, uint256 nonce);

    /// @notice Number of the next decision.
    uint256 public nonce;

    /// @notice Whether the council may call a function.
    mapping(bytes4 selector => bool allowed) public isStop;

    // solhint-disable-next-line gas-small-strings
    bytes32 private constant STOP_TYPEHASH = keccak256(
        "Stop(address target,bytes data,uint256 nonce,uint48 deadline)"
    );

    /// @notice Founds the council.
    /// @param authority the city's access manager, whose administrator replaces members
    /// @param signers accounts of the institutions
    /// @param weights votes of each
    /// @param votes how many carry a decision
    /// @param stops functions that the council may call
    constructor(
        address authority,
        address[] memory signers,
        uint64[] memory weights,
        uint64 votes,
        bytes4[] memory stops
    )
        AccessManaged(authority)
        EIP712("GuardianCouncil", "1")
        MultiSignerERC7913Weighted(_toSigners(signers), weights, votes)
    {
        for (uint256 i = 0; i < stops.length; ++i) isStop[stops[i]] = true;
    }

    /// @notice Carries out a decision. Anyone may bring it.
    /// @param target the contract to call
    /// @param data the call
    /// @param deadline second up to which the decision holds
    /// @param signature abi.encode(signers, signatures), signers ascending by hash (ERC-7913)
    function stop(
        address target,
        bytes calldata data,
        uint48 deadline,
        bytes calldata signature
    ) external {
        bytes4 selector = bytes4(data);
        require(isStop[selector], GuardianNotAStop(selector));
        require(block.timestamp <= deadline, GuardianExpired(deadline));
        bytes32 digest = stopHash(target, data, nonce, deadline);
        require(_rawSignatureValidation(digest, signature), GuardianNotAgreed());
        emit Stopped(target, selector, nonce);
        ++nonce;
        Address.functionCall(target, data);
    }

    /// @notice Replaces members.
    /// @param removed accounts that leave
    /// @param added accounts that come
    /// @param weights votes of those that come
    /// @param votes how many carry a decision from now on
    function changeMembers(
        address[] calldata removed,
        address[] calldata added,
        uint64[] calldata weights,
        uint64 votes
    ) external restricted {
        bytes[] memory signers = _toSigners(added);
        _addSigners(signers);
        _setSignerWeights(signers, weights);
        _setThreshold(1);
        _removeSigners(_toSigners(removed));
        _setThreshold(votes);
    }

    /// @notice What members sign (EIP-712).
    /// @param target the contract to call
    /// @param data the call
    /// @param number nonce of the decision
    /// @param deadline second up to which the decision holds
    /// @return digest the hash
    function stopHash(
        address target,
        bytes calldata data,
        uint256 number,
        uint48 deadline
    ) public view returns (bytes32 digest) {
        bytes32 content = keccak256(
            abi.encode(STOP_TYPEHASH, target, keccak256(data), number, deadline)
        );
        return _hashTypedDataV4(content);
    }

    function _toSigners(address[] memory accounts) private pure returns (bytes[] memory signers) {
        signers = new bytes[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) signers[i] = abi.encodePacked(accounts[i]);
    }
}
