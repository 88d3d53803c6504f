// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Batch, Order} from "../../../contracts/exchange/Orders.sol";
import {SettlementVault} from "../../../contracts/exchange/SettlementVault.sol";
import {Exchange} from "./support/Exchange.sol";

/// @dev A token that answers nothing to questions that it does not know.
contract SilentToken is ERC20 {
    constructor() ERC20("Silent", "SIL") {
        _mint(msg.sender, 100);
    }

    fallback() external {}
}

/// @dev Freezes and locks of the bank's money follow its holder into the vault. Each trader has
/// `FUNDS` of its own and as much in the vault.
contract SettlementRestraintsTest is Exchange {
    SettlementVault private vault;
    address private holder;

    function setUp() public {
        openExchange();
        vault = engine.VAULT();
        holder = trader(1);
    }

    function test_M2_AFreezeBeyondTheOwnBalanceGoesOnInTheVault() public {
        freeze(holder, FUNDS);
        assertEq(vault.spendableOf(won, holder), FUNDS);
        freeze(holder, FUNDS + 10);
        assertEq(vault.spendableOf(won, holder), FUNDS - 10);
        freeze(holder, 3 * FUNDS);
        assertEq(vault.spendableOf(won, holder), 0);
        // Others, and tokens that freeze nothing, are as before.
        assertEq(vault.spendableOf(won, trader(2)), FUNDS);
        assertEq(vault.spendableOf(gold, holder), FUNDS);
    }

    function test_M2_Attack_FrozenMoneyLeavesToAnotherAccount() public {
        freeze(holder, FUNDS + 10);
        VM.expectRevert(restrained(FUNDS - 10, FUNDS));
        withdraw(FUNDS, BOB);
        withdraw(FUNDS - 10, BOB);
        assertEq(won.balanceOf(BOB), FUNDS - 10);
        // Home it may come, and is frozen there.
        withdraw(10, holder);
        assertEq(won.balanceOf(holder), won.getFrozenTokens(holder));
    }

    function test_M2_Attack_FrozenMoneyIsTraded() public {
        Batch memory batch = vaultPair();
        assertEq(uint256(engine.check(batch)[0]), 0);
        freeze(holder, 2 * FUNDS - 5_000);
        require(engine.check(batch)[0] == "frozen", "not checked");
        refuses(batch, restrained(5_000, 5_010));
        freeze(holder, 2 * FUNDS - 5_010);
        assertEq(uint256(engine.check(batch)[0]), 0);
        assertEq(settle(batch), 1);
        assertEq(vault.spendableOf(won, holder), 0);
    }

    function test_CheckSeesAFreezeOfTheOwnBalance() public {
        Batch memory batch = vaultPair();
        batch.orders[0].usesVault = false;
        batch.signatures[0] = signOrder(1, batch.orders[0]);
        freeze(holder, FUNDS - 5_010);
        assertEq(uint256(engine.check(batch)[0]), 0);
        freeze(holder, FUNDS - 5_009);
        require(engine.check(batch)[0] == "frozen", "not checked");
        VM.prank(RECOVERY);
        won.lock(holder, uint64(block.timestamp + 1));
        require(engine.check(batch)[0] == "frozen", "a locked account is not checked");
    }

    /// @dev The bodies that seize together reach what lies in the vault, and the vault has no role.
    function test_M2_AnOrderReachesMoneyInTheVault() public {
        freeze(holder, FUNDS + 10);
        VM.expectEmit(address(vault));
        emit SettlementVault.Debited(address(won), holder, holder, 10);
        VM.prank(BOB);
        vault.bringHome(won, holder);
        assertEq(vault.balanceOf(won, holder), FUNDS - 10);
        VM.prank(ENFORCER);
        won.forcedTransfer(holder, BOB, FUNDS + 10, ORDER);
        assertEq(won.balanceOf(BOB), FUNDS + 10);
        assertEq(vault.spendableOf(won, holder), FUNDS - 10);
    }

    function test_Attack_AStrangerEmptiesAVaultBalance() public {
        freeze(holder, FUNDS);
        VM.prank(BOB);
        vault.bringHome(won, holder);
        vault.bringHome(gold, holder);
        assertEq(vault.balanceOf(won, holder), FUNDS);
        assertEq(vault.balanceOf(gold, holder), FUNDS);
    }

    function test_NoAnswerRestrainsNobody() public {
        SilentToken token = new SilentToken();
        token.approve(address(vault), 100);
        vault.deposit(token, 100);
        assertEq(vault.spendableOf(token, address(this)), 100);
        vault.withdraw(token, 100, BOB);
        assertEq(token.balanceOf(BOB), 100);
    }

    function test_AFreezeThatEndedRestrainsNothing() public {
        freeze(holder, 2 * FUNDS);
        VM.warp(block.timestamp + 1 days);
        withdraw(FUNDS, BOB);
        assertEq(won.balanceOf(BOB), FUNDS);
    }

    /// @dev Who took the key spends nothing, and the money follows its owner.
    function test_J7_ALockedAccountsVaultBalanceGoesHomeAndFollowsItsRecovery() public {
        VM.prank(RECOVERY);
        won.lock(holder, uint64(block.timestamp + 2 days));
        VM.expectRevert(restrained(0, 1));
        withdraw(1, BOB);
        refuses(vaultPair(), restrained(0, 5_010));
        VM.prank(BOB);
        vault.bringHome(won, holder);
        VM.prank(RECOVERY);
        won.migrate(holder, ALICE);
        assertEq(won.balanceOf(ALICE), 2 * FUNDS);
    }

    /// @dev The two balances never hold less than what is frozen, wherever the rest goes.
    function testFuzz_M2_BothBalancesTogetherKeepWhatIsFrozen(
        uint256 frozen,
        uint256 first,
        uint256 second
    ) public {
        frozen = bound(frozen, 0, 2 * FUNDS);
        freeze(holder, frozen);
        uint256 own = FUNDS > frozen ? FUNDS - frozen : 0;
        VM.prank(holder);
        won.transfer(BOB, bound(first, 0, own));
        withdraw(bound(second, 0, vault.spendableOf(won, holder)), BOB);
        uint256 left = won.balanceOf(holder) + vault.balanceOf(won, holder);
        require(left >= frozen, "frozen money left");
        withdraw(vault.spendableOf(won, holder), BOB);
        left = won.balanceOf(holder) + vault.balanceOf(won, holder);
        require(left >= frozen, "frozen money left");
        if (won.balanceOf(holder) <= frozen) assertEq(left, frozen);
    }

    function vaultPair() private view returns (Batch memory) {
        Order memory buy = newOrder(1, true, 9, 1_000, 1);
        buy.usesVault = true;
        return pairOf(buy, newOrder(2, false, 9, 1_000, 1), 5, 1_000);
    }

    function withdraw(uint256 amount, address to) private {
        VM.prank(holder);
        vault.withdraw(won, amount, to);
    }

    function restrained(uint256 spendable, uint256 needed) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                SettlementVault.VaultRestrained.selector,
                holder,
                spendable,
                needed
            );
    }
}
