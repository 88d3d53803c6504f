// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IMigratable
/// @author Busan Chain
/// @notice What belongs to accounts and can follow its owner to a new one after a lost key. Only
/// the account recovery calls it.
interface IMigratable {
    /// @notice Keeps an account from giving anything away while its recovery waits for objections.
    /// @param account whose key may be in wrong hands
    /// @param until seconds since the epoch; zero unlocks
    function lock(address account, uint64 until) external;

    /// @notice Moves what the old account may dispose of, and locks the old account for good. May
    /// be called again for what was frozen the first time.
    /// @param from old account
    /// @param to new account
    function migrate(address from, address to) external;
}
