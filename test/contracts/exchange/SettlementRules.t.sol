// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ListingRegistry} from "../../../contracts/exchange/ListingRegistry.sol";
import {Batch, Fill, Order} from "../../../contracts/exchange/Orders.sol";
import {SettlementEngine} from "../../../contracts/exchange/SettlementEngine.sol";
import {SettlementVault} from "../../../contracts/exchange/SettlementVault.sol";
import {CityAccessManager} from "../../../contracts/governance/CityAccessManager.sol";
import {FlowPause} from "../../../contracts/governance/FlowPause.sol";
import {Roles} from "../../../contracts/governance/Roles.sol";
import {IKrwDepositToken} from "../../../contracts/money/IKrwDepositToken.sol";
import {Exchange} from "./support/Exchange.sol";

/// @dev Keeps one unit of each transfer.
contract SkimmingToken is ERC20 {
    constructor() ERC20("Skim", "SKM") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0)) super._update(to, address(0xFEE), 1);
    }
}

/// @dev Refuses transfers to one account, as tokens with a blocklist do.
contract BlockingToken is ERC20 {
    address private immutable BLOCKED;

    constructor(address blocked) ERC20("Block", "BLK") {
        BLOCKED = blocked;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(to != BLOCKED, ERC20InvalidReceiver(to));
        super._update(from, to, amount);
    }
}

/// @dev What is refused before anything moves, and what the bank's rules do to a batch.
contract SettlementRulesTest is Exchange {
    function setUp() public {
        openExchange();
    }

    function test_OnlySoundMarketsOfListedAssetsOpen() public {
        SkimmingToken token = new SkimmingToken();
        bytes4 invalid = SettlementEngine.EngineInvalidMarket.selector;
        refuse(invalid);
        engine.openMarket(gold, won, 1_000, [uint16(500), 2_000], FEE_BPS, 300);
        refuse(invalid);
        engine.openMarket(gold, token, 0, [uint16(500), 2_000], FEE_BPS, 300);
        refuse(invalid);
        engine.openMarket(gold, token, 1_000, [uint16(500), 2_000], 10_000, 300);
        refuse(invalid);
        engine.openMarket(gold, gold, 1_000, [uint16(500), 2_000], FEE_BPS, 300);
        refuse(invalid);
        engine.openMarket(token, won, 1_000, [uint16(500), 2_000], FEE_BPS, 300);
    }

    function test_ABatchHasFillsAndASignatureForEachOrder() public {
        Batch memory batch = pair();
        bytes memory invalid = abi.encodeWithSelector(SettlementEngine.EngineInvalidBatch.selector);
        batch.fills = new Fill[](0);
        refuses(batch, invalid);
        batch = pair();
        batch.signatures = new bytes[](1);
        refuses(batch, invalid);
        batch = pair();
        market = batch.market = keccak256("no market");
        refuses(batch, haltedUntil(0));
    }

    function test_OrdersOfAnotherMarketOrALaterTimeAreRefused() public {
        Batch memory batch = pair();
        batch.orders[1].market = keccak256("other");
        expectRefused(batch, "other-market");
        batch = pair();
        batch.orders[1].validAfter = uint64(block.timestamp + 1);
        expectRefused(batch, "not-yet-valid");
        batch.orders[1].validAfter = uint64(block.timestamp);
        batch.signatures[1] = signOrder(2, batch.orders[1]);
        assertEq(settle(batch), 1);
    }

    function test_CheckNamesWhatSettlingWouldRefuse() public {
        assertEq(uint256(checked(pair())), 0);
        Batch memory batch = pair();
        batch.fills[0].price = 0;
        expectChecked(batch, "off-tick");
        batch = pair();
        batch.orders[1].isBuy = true;
        expectChecked(batch, "wrong-side");
        batch = pair();
        batch.signatures[0] = "";
        expectChecked(batch, "bad-signature");
        batch = pair();
        VM.startPrank(trader(2));
        gold.approve(address(engine), 0);
        expectChecked(batch, "no-allowance");
        gold.approve(address(engine), FUNDS);
        gold.transfer(BOB, FUNDS);
        VM.stopPrank();
        expectChecked(batch, "no-funds");
    }

    function test_CheckLooksIntoTheVaultWhereTheOrderSaysSo() public {
        Batch memory batch = pair();
        batch.orders[1].usesVault = true;
        batch.signatures[1] = signOrder(2, batch.orders[1]);
        assertEq(uint256(checked(batch)), 0);
        SettlementVault vault = engine.VAULT();
        VM.prank(trader(2));
        vault.withdraw(gold, FUNDS, BOB);
        expectChecked(batch, "no-funds");
        refuses(
            batch,
            abi.encodeWithSelector(
                SettlementVault.VaultInsufficientBalance.selector,
                trader(2),
                0,
                5 * LOT
            )
        );
    }

    function test_TheLastOfAnOrderMayBeBelowItsSmallestFill() public {
        Order memory buy = newOrder(1, true, 9, 1_000, 1);
        buy.minFill = 6;
        Order memory sell = newOrder(2, false, 9, 1_000, 1);
        assertEq(settle(pairOf(buy, sell, 6, 1_000)), 1);
        refuses(pairOf(buy, sell, 2, 1_000), fillRefused("wrong-amount"));
        assertEq(settle(pairOf(buy, sell, 3, 1_000)), 2);
    }

    function test_CancellingBelowANumberIsForEver() public {
        Batch memory batch = pair();
        VM.startPrank(trader(1));
        engine.cancelBelow(0, 2);
        engine.cancelBelow(0, 1);
        VM.stopPrank();
        refuses(batch, orderRefused(0, "cancelled"));
    }

    function test_TheStaticBandFollowsTheLastPriceOfTheDayBefore() public {
        Order memory buy = newOrder(1, true, 9, 1_050, 1);
        settle(pairOf(buy, newOrder(2, false, 9, 1_050, 1), 1, 1_050));
        assertEq(engine.marketOf(market).referencePrice, 1_000);
        VM.warp(block.timestamp + 1 days);
        buy = newOrder(1, true, 9, 1_050, 2);
        settle(pairOf(buy, newOrder(2, false, 9, 1_050, 2), 1, 1_050));
        assertEq(engine.marketOf(market).referencePrice, 1_050);
    }

    function test_Attack_TokenThatTakesAShareOfTransfers() public {
        SkimmingToken token = new SkimmingToken();
        listings.propose(address(token), ListingRegistry.AssetClass.RawMaterial, LOT, TICK, REF);
        listings.setState(address(token), ListingRegistry.State.Listed, REF);
        market = engine.openMarket(token, won, 1_000, [uint16(500), 2_000], FEE_BPS, 300);
        token.mint(trader(2), 1_000);
        Batch memory batch = pair();
        SettlementVault vault = engine.VAULT();
        VM.startPrank(trader(2));
        token.approve(address(engine), 1_000);
        token.approve(address(vault), 1_000);
        VM.expectRevert(
            abi.encodeWithSelector(SettlementVault.VaultShortDeposit.selector, 99, 100)
        );
        vault.deposit(token, 100);
        VM.stopPrank();
        VM.prank(OPERATOR);
        try engine.settle(batch) {
            revert("settled less than was traded");
        } catch {}
        // With units of its own the engine would pay the difference, and refuses to.
        token.mint(address(engine), 10);
        refuses(
            batch,
            abi.encodeWithSelector(SettlementEngine.EngineNotConserved.selector, address(token))
        );
    }

    /// @dev Fees are pulled: whoever cannot be paid stops no trade, and loses no fee.
    function test_Attack_BlocklistedFeeRecipientBricksSettlement() public {
        BlockingToken token = new BlockingToken(TREASURY);
        market = engine.openMarket(gold, token, 1_000, [uint16(500), 2_000], FEE_BPS, 300);
        token.mint(trader(1), FUNDS);
        VM.prank(trader(1));
        token.approve(address(engine), FUNDS);
        Batch memory batch = pair();
        assertEq(settle(batch), 1);
        VM.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, TREASURY)
        );
        engine.collectFees(token, TREASURY);
        batch.fills[0].lots = 4;
        assertEq(settle(batch), 2);
        uint256 fees = engine.feesOf(token);
        assertEq(token.balanceOf(address(engine)), fees);
        engine.collectFees(token, ALICE);
        assertEq(token.balanceOf(ALICE), fees);
    }

    function test_NobodyTakesMoreFromTheVaultThanIsTheirs() public {
        SettlementVault vault = engine.VAULT();
        VM.expectRevert(
            abi.encodeWithSelector(
                SettlementVault.VaultInsufficientBalance.selector,
                trader(1),
                FUNDS,
                FUNDS + 1
            )
        );
        VM.prank(trader(1));
        vault.withdraw(won, FUNDS + 1, BOB);
    }

    /// @dev A freeze of one maker reverts the batch it is in, and nobody else's.
    function test_FrozenDepositsSettleNothing() public {
        freeze(trader(1), FUNDS);
        Batch memory batch = pair();
        refuse(IKrwDepositToken.ERC7943InsufficientUnfrozenBalance.selector);
        VM.prank(OPERATOR);
        engine.settle(batch);
        Order memory buy = newOrder(3, true, 9, 1_000, 1);
        Order memory sell = newOrder(2, false, 9, 1_000, 1);
        assertEq(settle(pairOf([uint256(3), 2], buy, sell, Fill(0, 1, 5, 1_000))), 1);
    }

    function test_APauseOfTheBanksTransfersStopsSettlement() public {
        uint8 flow = won.FLOW_TRANSFER();
        VM.prank(GUARDIAN);
        won.pause(flow, ORDER);
        Batch memory batch = pair();
        refuse(FlowPause.FlowPaused.selector);
        VM.prank(OPERATOR);
        engine.settle(batch);
    }

    /// @dev The authority keeps who settles from watching, holding bars and listing.
    function test_X4_TheOperatorGetsNoOtherRoleOfTheExchange() public {
        uint64[3] memory rivals = [Roles.LISTING, Roles.CUSTODIAN, Roles.SURVEILLANCE];
        for (uint256 i = 0; i < 3; ++i) {
            VM.expectPartialRevert(CityAccessManager.RoleConflict.selector);
            authority.grantRole(rivals[i], OPERATOR, 0);
        }
    }

    function pair() private view returns (Batch memory) {
        Order memory buy = newOrder(1, true, 9, 1_000, 1);
        return pairOf(buy, newOrder(2, false, 9, 1_000, 1), 5, 1_000);
    }

    function checked(Batch memory batch) private view returns (bytes32) {
        return engine.check(batch)[0];
    }

    function expectChecked(Batch memory batch, bytes32 reason) private view {
        require(checked(batch) == reason, string(abi.encodePacked(checked(batch))));
    }

    function expectRefused(Batch memory batch, bytes32 reason) private {
        batch.signatures[1] = signOrder(2, batch.orders[1]);
        refuses(batch, orderRefused(1, reason));
    }
}
