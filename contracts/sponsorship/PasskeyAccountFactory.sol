// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {PasskeyAccount} from "./PasskeyAccount.sol";

/// @title PasskeyAccountFactory
/// @author Busan Chain
/// @notice Makes accounts of passkeys at addresses that follow from the key, so that an account
/// can be given something before it exists. Anyone may make anyone's account.
contract PasskeyAccountFactory {
    /// @notice An account was made.
    /// @param account where it is
    /// @param qx first coordinate of its passkey
    /// @param qy second coordinate
    event AccountCreated(address indexed account, bytes32 qx, bytes32 qy);

    /// @notice What the accounts are clones of.
    PasskeyAccount public immutable IMPLEMENTATION;

    /// @notice Starts with an implementation of its own.
    constructor() {
        IMPLEMENTATION = new PasskeyAccount();
    }

    /// @notice Makes the account of a passkey, unless it exists.
    /// @param qx first coordinate of the passkey
    /// @param qy second coordinate
    /// @param salt tells several accounts of one passkey apart
    /// @return account where it is
    function create(bytes32 qx, bytes32 qy, bytes32 salt) external returns (address account) {
        account = addressOf(qx, qy, salt);
        if (account.code.length > 0) return account;
        Clones.cloneDeterministic(address(IMPLEMENTATION), _saltOf(qx, qy, salt));
        PasskeyAccount(payable(account)).initialize(qx, qy);
        emit AccountCreated(account, qx, qy);
    }

    /// @notice Where the account of a passkey is or will be.
    /// @param qx first coordinate of the passkey
    /// @param qy second coordinate
    /// @param salt tells several accounts of one passkey apart
    /// @return where
    function addressOf(bytes32 qx, bytes32 qy, bytes32 salt) public view returns (address) {
        bytes32 whole = _saltOf(qx, qy, salt);
        return Clones.predictDeterministicAddress(address(IMPLEMENTATION), whole);
    }

    /// @notice Hash of the code that all its accounts have.
    /// @return as EXTCODEHASH gives it
    function accountCodeHash() external view returns (bytes32) {
        // The clone of Clones.sol (ERC-1167).
        return
            keccak256(
                abi.encodePacked(
                    hex"363d3d373d3d3d363d73",
                    address(IMPLEMENTATION),
                    hex"5af43d82803e903d91602b57fd5bf3"
                )
            );
    }

    function _saltOf(bytes32 qx, bytes32 qy, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(qx, qy, salt));
    }
}
