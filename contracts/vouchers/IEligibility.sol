// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IEligibility
/// @author Busan Chain
/// @notice Says whether an account may claim, and which right it uses up. Changes nothing: whoever
/// asks remembers the nullifier.
interface IEligibility {
    /// @notice Checks a proof; reverts when it proves nothing.
    /// @param scope programme that the right is for, bound to a chain and a contract
    /// @param account who is to get it
    /// @param proof as the implementation describes it
    /// @return nullifier not zero; the same for each use of one right, telling nothing about whose
    function nullifierOf(
        bytes32 scope,
        address account,
        bytes calldata proof
    ) external view returns (bytes32 nullifier);
}
