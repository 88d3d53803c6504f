// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {City} from "./support/City.sol";

/// @dev A bank with four holders, and a model of what may be minted, frozen and moved.
contract Bank is City {
    /// @dev Violations of M1, M2 and M3.
    uint256[4] public violations;
    uint256 public grantedTotal;
    uint256 public mintedTotal;
    uint256 public seizedCount;
    uint256 private _lastRef;

    constructor() {
        openBank();
        setLimits(5_000, 3_000);
        attestReserve(20_000, 0);
    }

    function setLimits(uint256 allowance, uint256 rate) public {
        allowance = bound(allowance, 0, 5_000);
        configure(allowance, uint208(bound(rate, 0, 3_000)));
        // What was left of the last allowance is gone.
        grantedTotal = mintedTotal + allowance;
    }

    function attestReserve(uint256 units, uint256 pause) public {
        VM.warp(block.timestamp + 1 + bound(pause, 0, 1 days));
        attest(bound(units, 0, 20_000));
    }

    function mintFor(uint256 to, uint256 amount, bool reused) external {
        bytes32 bankRef = bytes32(reused ? _lastRef : _lastRef + 1);
        amount = bound(amount, 0, 4_000);
        VM.prank(MINTER);
        try won.mint(holder(to), amount, bankRef) {
            if (reused) ++violations[1];
            else ++_lastRef;
            mintedTotal += amount;
            (uint256 attested, , uint64 staleAfter) = won.reserve();
            bool isBacked = won.totalSupply() <= attested && block.timestamp < staleAfter;
            if (!isBacked) ++violations[1];
        } catch {}
    }

    /// @dev An ordinary transfer: what is frozen stays, and stays frozen.
    function send(uint256 from, uint256 to, uint256 amount, bool viaSpender) external {
        address payer = holder(from);
        address receiver = holder(to);
        uint256 frozen = won.getFrozenTokens(payer);
        uint256 frozenThere = won.getFrozenTokens(receiver);
        amount = bound(amount, 0, won.balanceOf(payer));
        bool isExpected = won.canTransfer(payer, receiver, amount);
        bool isDone;
        if (viaSpender) {
            VM.prank(payer);
            won.approve(address(this), amount);
            try won.transferFrom(payer, receiver, amount) {
                isDone = true;
            } catch {}
        } else {
            VM.prank(payer);
            try won.transfer(receiver, amount) {
                isDone = true;
            } catch {}
        }
        if (isDone != isExpected) ++violations[2];
        if (won.getFrozenTokens(payer) != frozen) ++violations[2];
        if (won.getFrozenTokens(receiver) != frozenThere) ++violations[2];
        if (isDone && payer != receiver && amount > 0) {
            if (won.balanceOf(payer) < frozen) ++violations[2];
        }
    }

    function redeem(uint256 from, uint256 amount) external {
        address payer = holder(from);
        uint256 frozen = won.getFrozenTokens(payer);
        amount = bound(amount, 0, won.balanceOf(payer));
        VM.prank(payer);
        try won.redeem(amount, "payout") {
            if (amount > 0 && won.balanceOf(payer) < frozen) ++violations[2];
        } catch {}
    }

    function order(uint256 whose, uint256 amount, uint256 duration) external {
        uint256[5] memory before = balances();
        uint64 until = uint64(block.timestamp + bound(duration, 1, 3 days));
        VM.prank(FREEZER);
        won.freeze(holder(whose), bound(amount, 0, 3_000), until, ORDER);
        requireSame(before);
    }

    function pauseFlow(uint256 flow) external {
        uint256[5] memory before = balances();
        VM.prank(GUARDIAN);
        won.pause(uint8(bound(flow, 0, 2)), ORDER);
        requireSame(before);
    }

    function resume(uint256 flow) external {
        uint256[5] memory before = balances();
        won.setPause(uint8(bound(flow, 0, 2)), 0, ORDER);
        requireSame(before);
    }

    function seize(uint256 from, uint256 to, uint256 amount) external {
        (address payer, address receiver) = (holder(from), holder(to));
        uint256 frozen = won.getFrozenTokens(payer);
        amount = bound(amount, 0, 3_000);
        VM.prank(ENFORCER);
        try won.forcedTransfer(payer, receiver, amount, ORDER) {
            ++seizedCount;
            bool isRight = payer != receiver && amount <= frozen;
            if (!isRight || won.getFrozenTokens(payer) != frozen - amount) ++violations[2];
        } catch {}
    }

    function wait(uint256 duration) external {
        VM.warp(block.timestamp + bound(duration, 1, 2 days));
    }

    function sumOfBalances() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 4; ++i) sum += won.balanceOf(holder(i));
    }

    function supply() external view returns (uint256) {
        return won.totalSupply();
    }

    function holder(uint256 index) private pure returns (address) {
        return address(uint160(0x1000 + (index % 4)));
    }

    function balances() private view returns (uint256[5] memory seen) {
        for (uint256 i = 0; i < 4; ++i) seen[i] = won.balanceOf(holder(i));
        seen[4] = won.totalSupply();
    }

    function requireSame(uint256[5] memory before) private {
        uint256[5] memory afterwards = balances();
        for (uint256 i = 0; i < 5; ++i) if (before[i] != afterwards[i]) ++violations[3];
    }
}

contract KrwInvariantsTest is City {
    Bank private bank;

    function setUp() public {
        bank = new Bank();
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(bank);
    }

    function invariant_M1_MintsAreGrantedBackedAndReferencedOnce() public view {
        require(bank.mintedTotal() <= bank.grantedTotal(), "M1: more minted than granted");
        assertEq(bank.violations(1), 0);
    }

    function invariant_M2_BalancesAreTheSupplyAndFrozenMoneyStays() public view {
        require(bank.sumOfBalances() == bank.supply(), "M2: balances differ from the supply");
        assertEq(bank.violations(2), 0);
    }

    function invariant_M3_PauseAndFreezeChangeNoBalance() public view {
        assertEq(bank.violations(3), 0);
    }

    /// @dev The actions reach what the invariants speak of.
    function test_TheModelMintsMovesAndSeizes() public {
        for (uint256 i = 0; i < 300; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            bank.mintFor(seed, seed >> 16, seed % 7 == 0);
            bank.send(seed >> 32, seed >> 40, seed >> 48, seed & 1 == 1);
            bank.order(seed >> 64, seed >> 72, seed >> 80);
            bank.seize(seed >> 64, seed >> 88, (seed >> 96) % 400);
            bank.redeem(seed >> 104, seed >> 112);
            bank.attestReserve(seed >> 120, (seed >> 128) % 2 hours);
            bank.setLimits(seed >> 136, seed >> 144);
        }
        require(bank.seizedCount() > 10 && bank.mintedTotal() > 10_000, "few actions succeed");
        for (uint256 i = 1; i <= 3; ++i) assertEq(bank.violations(i), 0);
    }
}
