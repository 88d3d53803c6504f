// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IKrwDepositToken} from "../money/IKrwDepositToken.sol";

/// @title Restraints
/// @author Busan Chain
/// @notice What a token keeps an account from spending, read by the views of ERC-7943. A token
/// without them restrains nobody.
library Restraints {
    /// @notice What of an account's own balance and of what lies elsewhere for it can be spent from
    /// there. A freeze takes the own balance first and goes on in the other.
    /// @param token which token
    /// @param account whose
    /// @param elsewhere smallest units that lie elsewhere
    /// @return smallest units of those elsewhere
    function spendable(
        IERC20 token,
        address account,
        uint256 elsewhere
    ) internal view returns (uint256) {
        if (!canSend(token, account)) return 0;
        uint256 frozen = frozenOf(token, account);
        if (frozen == 0) return elsewhere;
        uint256 rest = Math.saturatingSub(frozen, token.balanceOf(account));
        return Math.saturatingSub(elsewhere, rest);
    }

    /// @notice What of an account's own balance can be spent.
    /// @param token which token
    /// @param account whose
    /// @return smallest units
    function spendable(IERC20 token, address account) internal view returns (uint256) {
        if (!canSend(token, account)) return 0;
        return Math.saturatingSub(token.balanceOf(account), frozenOf(token, account));
    }

    /// @notice Whether an account may send at all.
    /// @param token which token
    /// @param account whose
    /// @return whether the token does not say no
    function canSend(IERC20 token, address account) internal view returns (bool) {
        return _ask(token, IKrwDepositToken.canSend.selector, account, 1) != 0;
    }

    /// @notice What is frozen of an account's money.
    /// @param token which token
    /// @param account whose
    /// @return smallest units, also beyond the balance
    function frozenOf(IERC20 token, address account) internal view returns (uint256) {
        return _ask(token, IKrwDepositToken.getFrozenTokens.selector, account, 0);
    }

    /// @dev Passes all gas on: with too little for the token's answer nothing is left to go on
    /// with, so nobody can have the question fail and the transaction succeed.
    function _ask(
        IERC20 token,
        bytes4 selector,
        address account,
        uint256 unanswered
    ) private view returns (uint256) {
        bytes memory question = abi.encodeWithSelector(selector, account);
        (bool isDone, bytes32 answer, ) = LowLevelCall.staticcallReturn64Bytes(
            address(token),
            question
        );
        return isDone && LowLevelCall.returnDataSize() == 32 ? uint256(answer) : unanswered;
    }
}
