// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {NoticeBoard} from "./NoticeBoard.sol";

/// @title Greeting
/// @author Busan Chain
/// @notice A text that anyone may change; each change is also posted on a notice board.
/// @dev Refuses with a reason string, the older style next to custom errors that tools must show.
contract Greeting {
    /// @notice The greeting was changed.
    /// @param author who changed it
    /// @param text UTF-8
    event Greeted(address indexed author, string text);

    /// @notice Where changes are posted; this contract must be one of its offices.
    NoticeBoard public immutable BOARD;

    /// @notice The current text.
    string public greeting;

    /// @notice Starts with a text, which is not posted.
    /// @param board where changes are posted
    /// @param text UTF-8
    constructor(NoticeBoard board, string memory text) {
        BOARD = board;
        greeting = text;
    }

    /// @notice Changes the text.
    /// @dev Reverts with "Greeting: empty text", or as {NoticeBoard-post} does.
    /// @param text UTF-8
    function greet(string calldata text) external {
        // solhint-disable-next-line gas-custom-errors
        require(bytes(text).length > 0, "Greeting: empty text");
        greeting = text;
        emit Greeted(msg.sender, text);
        BOARD.post(text);
    }
}
