// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Restraints} from "./Restraints.sol";

/// @title SettlementVault
/// @author Busan Chain
/// @notice Balances ready for settlement. Nobody can stop a withdrawal to one's own account:
/// neither a halt of a market nor any role reaches it. Only the engine that created it moves
/// balances, by signed orders.
///
/// What a token keeps an account from spending stays so in here: a freeze that exceeds the
/// account's own balance goes on in this one, and all of a locked account's balance is held. Such
/// money can go nowhere but home, where the token's own rules have it.
contract SettlementVault {
    using SafeERC20 for IERC20;
    using Restraints for IERC20;

    /// @notice Only the engine settles.
    /// @param caller who tried
    error VaultNotEngine(address caller);

    /// @notice The balance is too small.
    /// @param account whose balance
    /// @param balance smallest units that are there
    /// @param needed smallest units that were asked for
    error VaultInsufficientBalance(address account, uint256 balance, uint256 needed);

    /// @notice The balance is there, but the token keeps the account from spending it.
    /// @param account whose balance
    /// @param spendable smallest units that may go elsewhere
    /// @param needed smallest units that were asked for
    error VaultRestrained(address account, uint256 spendable, uint256 needed);

    /// @notice The token gave less than it said.
    /// @param received smallest units that came in
    /// @param amount smallest units that were to come in
    error VaultShortDeposit(uint256 received, uint256 amount);

    /// @notice Tokens came in for an account.
    /// @param token which token
    /// @param account whose balance
    /// @param amount smallest units
    event Credited(address indexed token, address indexed account, uint256 amount);

    /// @notice Tokens left an account.
    /// @param token which token
    /// @param account whose balance
    /// @param to who got them
    /// @param amount smallest units
    event Debited(
        address indexed token,
        address indexed account,
        address indexed to,
        uint256 amount
    );

    /// @notice The engine that may settle.
    address public immutable ENGINE;

    /// @notice Smallest units of a token that belong to an account.
    mapping(IERC20 token => mapping(address account => uint256 amount)) public balanceOf;

    /// @notice Smallest units of a token that belong to all accounts together.
    mapping(IERC20 token => uint256 amount) public totalOf;

    modifier onlyEngine() {
        require(msg.sender == ENGINE, VaultNotEngine(msg.sender));
        _;
    }

    /// @notice The creator is the engine.
    constructor() {
        ENGINE = msg.sender;
    }

    /// @notice Pays in for oneself. The caller must have approved the vault.
    /// @param token which token
    /// @param amount smallest units
    function deposit(IERC20 token, uint256 amount) external {
        _pull(token, msg.sender, amount);
        _credit(token, msg.sender, amount);
    }

    /// @notice Takes one's own out, at any time; to another account what `spendableOf` tells.
    /// @param token which token
    /// @param amount smallest units
    /// @param to who gets them
    function withdraw(IERC20 token, uint256 amount, address to) external {
        _debit(token, msg.sender, amount, to);
    }

    /// @notice Brings what an account cannot spend back to that account, so that an order or a
    /// recovery can be carried out there. Anyone may.
    /// @param token which token
    /// @param account whose balance
    function bringHome(IERC20 token, address account) external {
        uint256 amount = balanceOf[token][account] - spendableOf(token, account);
        _debit(token, account, amount, account);
    }

    /// @notice Takes a pay-in to the engine. Only for the engine.
    /// @param token which token
    /// @param account whose balance
    /// @param amount smallest units
    function payIn(IERC20 token, address account, uint256 amount) external onlyEngine {
        _debit(token, account, amount, ENGINE);
    }

    /// @notice Takes a pay-out from the engine, which approved it, and books it. Only for the
    /// engine.
    /// @param token which token
    /// @param account whose balance
    /// @param amount smallest units
    function payOut(IERC20 token, address account, uint256 amount) external onlyEngine {
        _pull(token, ENGINE, amount);
        _credit(token, account, amount);
    }

    /// @notice What of a balance can be settled, or withdrawn to another account, now.
    /// @param token which token
    /// @param account whose balance
    /// @return smallest units
    function spendableOf(IERC20 token, address account) public view returns (uint256) {
        return token.spendable(account, balanceOf[token][account]);
    }

    function _pull(IERC20 token, address from, uint256 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, VaultShortDeposit(received, amount));
    }

    function _credit(IERC20 token, address account, uint256 amount) private {
        balanceOf[token][account] += amount;
        totalOf[token] += amount;
        emit Credited(address(token), account, amount);
    }

    function _debit(IERC20 token, address account, uint256 amount, address to) private {
        uint256 balance = balanceOf[token][account];
        require(balance >= amount, VaultInsufficientBalance(account, balance, amount));
        if (to != account) {
            uint256 spendable = token.spendable(account, balance);
            require(spendable >= amount, VaultRestrained(account, spendable, amount));
        }
        balanceOf[token][account] = balance - amount;
        totalOf[token] -= amount;
        emit Debited(address(token), account, to, amount);
        token.safeTransfer(to, amount);
    }
}
