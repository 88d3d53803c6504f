// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title FlowPause
/// @author Busan Chain
/// @notice Stops one flow of a contract, not the whole contract. A guardian's stop ends by itself
/// after 72 hours; whoever may call `setPause` confirms it for longer or lifts it. Each names the
/// order behind it.
abstract contract FlowPause is AccessManaged {
    /// @notice The flow is stopped.
    /// @param flow number of the flow
    /// @param until seconds since the epoch
    error FlowPaused(uint8 flow, uint64 until);

    /// @notice Acts of an authority name the order behind them.
    error OrderMissing();

    /// @notice A flow was stopped, or a stop was changed or lifted.
    /// @param flow number of the flow
    /// @param until seconds since the epoch; in the past when lifted
    /// @param orderRef hash of the order
    event PauseSet(uint8 indexed flow, uint64 until, bytes32 indexed orderRef);

    /// @notice Seconds that a guardian's stop lasts.
    uint64 public constant GUARDIAN_PAUSE = 72 hours;

    /// @notice Until when a flow is stopped, in seconds since the epoch.
    mapping(uint8 flow => uint64 until) public pausedUntil;

    /// @dev Acts of an authority name the order behind them.
    modifier ordered(bytes32 orderRef) {
        require(orderRef != 0, OrderMissing());
        _;
    }

    /// @notice Stops a flow for 72 hours; a longer stop stays. Restricted to guardians.
    /// @param flow number of the flow
    /// @param orderRef hash of the order
    function pause(uint8 flow, bytes32 orderRef) external restricted ordered(orderRef) {
        uint64 until = uint64(block.timestamp) + GUARDIAN_PAUSE;
        if (until > pausedUntil[flow]) _setPause(flow, until, orderRef);
    }

    /// @notice Confirms a stop for longer, or lifts it. Restricted.
    /// @param flow number of the flow
    /// @param until seconds since the epoch; zero lifts
    /// @param orderRef hash of the order
    function setPause(
        uint8 flow,
        uint64 until,
        bytes32 orderRef
    ) external restricted ordered(orderRef) {
        _setPause(flow, until, orderRef);
    }

    function _setPause(uint8 flow, uint64 until, bytes32 orderRef) private {
        pausedUntil[flow] = until;
        emit PauseSet(flow, until, orderRef);
    }

    /// @dev Reverts while the flow is stopped.
    function _requireFlow(uint8 flow) internal view {
        uint64 until = pausedUntil[flow];
        require(block.timestamp >= until, FlowPaused(flow, until));
    }
}
