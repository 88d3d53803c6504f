// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Faucet
/// @author Busan Chain
/// @notice Gives anyone a fixed amount of a token, once per interval, while its stock lasts.
/// @dev Anyone fills it by transferring tokens to its address.
contract Faucet {
    using SafeERC20 for IERC20;

    /// @notice The caller must wait.
    /// @param availableAt seconds since the epoch from which the next drip is possible
    error FaucetTooSoon(uint256 availableAt);

    /// @notice The stock is used up.
    /// @param stock tokens left, less than one drip
    error FaucetEmpty(uint256 stock);

    /// @notice Tokens were given.
    /// @param recipient who got them
    /// @param amount smallest units of the token
    event Dripped(address indexed recipient, uint256 amount);

    /// @notice What is given.
    IERC20 public immutable TOKEN;
    /// @notice How much is given at a time, in smallest units.
    uint256 public immutable AMOUNT;
    /// @notice Seconds between two drips to one account.
    uint256 public immutable INTERVAL;

    /// @notice When an account may be served again, in seconds since the epoch; 0: at once.
    mapping(address account => uint256 timestamp) public availableAt;

    /// @notice Creates an empty faucet.
    /// @param token what is given
    /// @param amount how much at a time, in smallest units
    /// @param interval seconds between two drips to one account
    constructor(IERC20 token, uint256 amount, uint256 interval) {
        TOKEN = token;
        AMOUNT = amount;
        INTERVAL = interval;
    }

    /// @notice Gives the caller {AMOUNT} tokens.
    /// @dev Reverts with {FaucetTooSoon} within the interval and {FaucetEmpty} without stock.
    function drip() external {
        uint256 next = availableAt[msg.sender];
        require(block.timestamp >= next, FaucetTooSoon(next));
        uint256 stock = TOKEN.balanceOf(address(this));
        require(stock >= AMOUNT, FaucetEmpty(stock));
        availableAt[msg.sender] = block.timestamp + INTERVAL;
        emit Dripped(msg.sender, AMOUNT);
        TOKEN.safeTransfer(msg.sender, AMOUNT);
    }
}
