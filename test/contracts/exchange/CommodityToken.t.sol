// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CommodityToken} from "../../../contracts/exchange/CommodityToken.sol";
import {ReserveOracle} from "../../../contracts/exchange/ReserveOracle.sol";
import {VaultReceipts} from "../../../contracts/exchange/VaultReceipts.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev Custodian, attestors and holder of one gold token, with bounded actions.
contract GoldVault is TestCase {
    VaultReceipts public receipts;
    ReserveOracle public oracle;
    CommodityToken public token;
    uint256 public violationCount;
    mapping(uint256 receiptId => VaultReceipts.State state) private _seen;

    constructor() {
        VM.warp(1_800_000_000);
        address authority = address(new AccessManager(address(this)));
        receipts = new VaultReceipts(authority);
        oracle = new ReserveOracle(authority, address(receipts), 1 days);
        token = new CommodityToken("Busan Gold", "BGD", authority, receipts, oracle);
        oracle.setAttestor(VM.addr(11), true, 2);
        oracle.setAttestor(VM.addr(12), true, 2);
    }

    function deposit(bytes32 serial, uint64 milligrams) public {
        milligrams = uint64(bound(milligrams, 1, 1_000));
        receipts.deposit(address(token), serial, milligrams, 9_999, serial, serial);
    }

    function attest(uint256 units, uint64 age) external {
        sign(bound(units, 0, 10_000), uint64(block.timestamp - bound(age, 0, 2 days)));
    }

    function mint(uint256 milligrams) external {
        milligrams = bound(milligrams, 1, 2_000);
        try token.mint(address(this), milligrams, 0) {
            (, int256 units, , uint256 updatedAt, ) = oracle.latestRoundData();
            uint256 supply = token.totalSupply();
            bool isBacked = supply <= uint256(units) && supply <= allocated();
            if (!isBacked || block.timestamp - updatedAt >= 1 days) ++violationCount;
        } catch {}
    }

    function redeem(uint256 receiptId) external {
        receiptId = bound(receiptId, 0, receipts.receiptCount());
        uint256 before = token.totalSupply();
        try token.redeem(receiptId) {
            uint256 burned = before - token.totalSupply();
            if (burned != receipts.receiptOf(receiptId).milligrams) ++violationCount;
        } catch {}
    }

    function encumber(uint256 receiptId) external {
        receipts.encumber(bound(receiptId, 0, receipts.receiptCount()), 0);
    }

    function release(uint256 receiptId) external {
        receipts.release(bound(receiptId, 0, receipts.receiptCount()), 0);
    }

    function wait(uint256 duration) external {
        VM.warp(block.timestamp + bound(duration, 1, 1 days));
    }

    /// @dev Compares each state with the last one seen, which it must not precede.
    function look() external {
        for (uint256 id = 1; id <= receipts.receiptCount(); ++id) {
            VaultReceipts.State state = receipts.receiptOf(id).state;
            if (state < _seen[id]) ++violationCount;
            _seen[id] = state;
        }
    }

    function sign(uint256 units, uint64 attestedAt) public {
        oracle.attest(units, attestedAt, signaturesOf(units, attestedAt));
    }

    /// @dev Signatures by ascending address.
    function signaturesOf(
        uint256 units,
        uint64 attestedAt
    ) public view returns (bytes[] memory signatures) {
        signatures = new bytes[](2);
        (uint256 first, uint256 second) = VM.addr(11) < VM.addr(12)
            ? (uint256(11), uint256(12))
            : (uint256(12), uint256(11));
        signatures[0] = signed(first, units, attestedAt);
        signatures[1] = signed(second, units, attestedAt);
    }

    function signed(
        uint256 key,
        uint256 units,
        uint64 attestedAt
    ) public view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, oracle.hashOf(units, attestedAt));
        return abi.encodePacked(r, s, v);
    }

    /// @dev Milligrams of allocated bars, counted anew.
    function allocated() public view returns (uint256 milligrams) {
        for (uint256 id = 1; id <= receipts.receiptCount(); ++id) {
            VaultReceipts.Receipt memory receipt = receipts.receiptOf(id);
            if (receipt.state == VaultReceipts.State.Allocated) milligrams += receipt.milligrams;
        }
    }
}

contract CommodityTokenTest is TestCase {
    GoldVault private gold;

    function setUp() public {
        gold = new GoldVault();
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(gold);
    }

    function invariant_G1_EveryMilligramIsAllocatedAndWasAttested() public view {
        require(gold.token().totalSupply() <= gold.allocated(), "supply above allocated bars");
        assertEq(gold.receipts().allocatedOf(address(gold.token())), gold.allocated());
        assertEq(gold.violationCount(), 0);
    }

    /// @dev The bounded actions add one: 99 is a bar of 100 milligrams.
    function test_MintsAndRedeemsExactlyABar() public {
        gold.deposit("bar", 99);
        gold.sign(100, uint64(block.timestamp));
        gold.mint(99);
        assertEq(gold.token().totalSupply(), 100);
        gold.redeem(1);
        assertEq(gold.token().totalSupply(), 0);
        require(gold.receipts().receiptOf(1).redeemer == address(gold), "not reserved");
        gold.release(1);
        require(gold.receipts().receiptOf(1).state == VaultReceipts.State.Released, "not released");
        assertEq(gold.violationCount(), 0);
    }

    function test_Attack_MintWithAStaleAttestation() public {
        gold.deposit("bar", 99);
        gold.sign(100, uint64(block.timestamp));
        assertEq(gold.token().backing(), 100);
        VM.warp(block.timestamp + 1 days);
        assertEq(gold.token().backing(), 0);
        gold.mint(0);
        assertEq(gold.token().totalSupply(), 0);
    }

    function test_Attack_OlderAttestation() public {
        uint64 time = uint64(block.timestamp);
        gold.sign(100, time);
        for (uint64 older = time - 1; older <= time; ++older) {
            bytes[] memory signatures = gold.signaturesOf(900, older);
            ReserveOracle oracle = gold.oracle();
            VM.expectRevert(
                abi.encodeWithSelector(ReserveOracle.ReserveInvalidTime.selector, older)
            );
            oracle.attest(900, older, signatures);
        }
    }

    function test_Attack_OneAttestorSignsTwice() public {
        bytes[] memory signatures = new bytes[](2);
        uint64 time = uint64(block.timestamp);
        signatures[0] = gold.signed(11, 100, time);
        signatures[1] = signatures[0];
        ReserveOracle oracle = gold.oracle();
        VM.expectRevert(
            abi.encodeWithSelector(ReserveOracle.ReserveInvalidSigner.selector, VM.addr(11))
        );
        oracle.attest(100, time, signatures);
    }

    function test_Attack_TwoCustodiansDepositOneSerial() public {
        gold.deposit("bar", 99);
        VM.expectRevert(
            abi.encodeWithSelector(VaultReceipts.ReceiptSerialUsed.selector, bytes32("bar"), 1)
        );
        gold.deposit("bar", 50);
    }

    function test_ABarThatBacksTokensIsNotEncumbered() public {
        gold.deposit("bar", 99);
        gold.sign(100, uint64(block.timestamp));
        gold.mint(0);
        VM.expectRevert(abi.encodeWithSelector(VaultReceipts.ReceiptStillBacking.selector, 1, 0));
        gold.encumber(1);
    }

    function test_OnlySoundBarsOfTokensAreDeposited() public {
        VaultReceipts receipts = gold.receipts();
        address token = address(gold.token());
        bytes memory invalid = abi.encodeWithSelector(VaultReceipts.ReceiptInvalidBar.selector);
        VM.startPrank(address(gold));
        VM.expectRevert(invalid);
        receipts.deposit(token, "bar", 0, 9_999, "assay", "vault");
        VM.expectRevert(invalid);
        receipts.deposit(token, "bar", 1, 0, "assay", "vault");
        VM.expectRevert(invalid);
        receipts.deposit(token, "bar", 1, 10_001, "assay", "vault");
        VM.expectRevert(invalid);
        receipts.deposit(ALICE, "bar", 1, 9_999, "assay", "vault");
        VM.stopPrank();
        assertEq(gold.token().decimals(), 3);
    }

    function test_OnlyItsTokenRedeemsABar() public {
        gold.deposit("bar", 99);
        VaultReceipts receipts = gold.receipts();
        VM.expectRevert(abi.encodeWithSelector(VaultReceipts.ReceiptNotToken.selector, ALICE));
        VM.prank(ALICE);
        receipts.startRedeem(1, ALICE);
    }

    function test_AnAttestationNeedsEnoughAttestorsAndNoOthers() public {
        ReserveOracle oracle = gold.oracle();
        uint64 time = uint64(block.timestamp);
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = gold.signed(11, 100, time);
        VM.expectRevert(abi.encodeWithSelector(ReserveOracle.ReserveTooFewSigners.selector, 1, 2));
        oracle.attest(100, time, signatures);
        signatures = new bytes[](2);
        (signatures[0], signatures[1]) = (gold.signed(13, 100, time), gold.signed(11, 100, time));
        VM.expectRevert(
            abi.encodeWithSelector(ReserveOracle.ReserveInvalidSigner.selector, VM.addr(13))
        );
        oracle.attest(100, time, signatures);
        VM.expectRevert(abi.encodeWithSelector(ReserveOracle.ReserveTooFewSigners.selector, 0, 1));
        VM.prank(address(gold));
        oracle.setAttestor(ALICE, true, 0);
    }
}
