// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {CitySponsor} from "../../../contracts/sponsorship/CitySponsor.sol";
import {Bell, Desk} from "./support/Desk.sol";

/// @dev Citizens, honest and not, and a model of what the city may have paid for them.
contract Citizens is Desk {
    uint256 public violations;
    uint256 public paidCount;
    uint256 public refusedCount;
    uint256 private _spentInAll;
    mapping(uint256 day => uint256 gas) private _gasIn;
    mapping(uint256 day => mapping(address account => uint256 gas)) private _gasOf;

    constructor() payable {
        openDesk();
    }

    /// @dev An operation as its citizen likes; the signer approved it, or another one.
    function use(uint256 who, uint256 what, uint256 gas, uint256 fee, uint256 trick) external {
        uint256 passkey = 1 + (who % 3);
        bytes4[4] memory selectors = [
            Bell.ring.selector,
            Bell.breakDown.selector,
            Bell.burn.selector,
            bytes4("none")
        ];
        PackedUserOperation memory userOp = operation(passkey, selectors[what % 4]);
        uint256 callGas = bound(gas, 0, 1_400_000);
        userOp.accountGasLimits = bytes32((uint256(600_000) << 128) | callGas);
        userOp.gasFees = bytes32((uint256(1 gwei) << 128) | bound(fee, 0, 3 gwei));
        approve(userOp);
        trick = trick % 12;
        if (trick == 0) userOp.callData = operation(passkey, Bell.burn.selector).callData;
        if (trick == 1) userOp.accountGasLimits = bytes32(uint256(userOp.accountGasLimits) + 1);
        if (trick == 2) userOp.paymasterAndData[100] ^= 0x01;
        sign(userOp, passkey);
        if (trick == 3) userOp.signature = "";
        bool isAllowed = trick > 3 || (trick == 0 && what % 4 == 2);
        judge(userOp, isAllowed && what % 4 != 3, 800_000 + callGas);
    }

    function setTerms(uint256 perOperation, uint256 perAccount, uint256 perDay) external {
        perOperation = bound(perOperation, 500_000, 2_000_000);
        perAccount = bound(perAccount, perOperation, 5_000_000);
        perDay = bound(perDay, perAccount, 12_000_000);
        CitySponsor.Budget memory terms = CitySponsor.Budget(
            uint32(perOperation),
            uint32(perAccount),
            uint64(perDay),
            2 gwei
        );
        sponsor.setBudget(BUDGET, terms, ORDER);
    }

    function wait(uint256 duration) external {
        VM.warp(block.timestamp + bound(duration, 1, 20 hours));
    }

    function isWithinDeposit() external view returns (bool) {
        return
            depositOf(address(sponsor)) + _spentInAll == 1 ether && BUNDLER.balance == _spentInAll;
    }

    /// @dev Brings it, and compares what happened with what may.
    function judge(PackedUserOperation memory userOp, bool isAllowed, uint256 gas) private {
        uint256 day = (block.timestamp + 9 hours) / 1 days;
        CitySponsor.Budget memory terms = sponsor.budgetTerms(BUDGET);
        uint256 fee = uint128(uint256(userOp.gasFees));
        bool fits =
            gas <= terms.gasPerOperation &&
                _gasOf[day][userOp.sender] + gas <= terms.gasPerAccount &&
                _gasIn[day] + gas <= terms.gasPerDay &&
                fee <= terms.maxFeePerGas;
        uint256 before = depositOf(address(sponsor));
        PackedUserOperation[] memory userOps = new PackedUserOperation[](1);
        userOps[0] = userOp;
        VM.prank(BUNDLER, BUNDLER);
        try POINT.handleOps(userOps, BUNDLER) {
            ++paidCount;
            if (!isAllowed || !fits) ++violations;
            _gasOf[day][userOp.sender] += gas;
            _gasIn[day] += gas;
        } catch {
            ++refusedCount;
            if (isAllowed && fits) ++violations;
        }
        uint256 cost = before - depositOf(address(sponsor));
        if (cost > gas * fee) ++violations;
        _spentInAll += cost;
    }
}

contract SponsorInvariantsTest is Desk {
    Citizens private citizens;

    function setUp() public {
        citizens = new Citizens{value: 1 ether}();
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(citizens);
    }

    function invariant_P1_SpendIsWithinQuotasDepositAndWhatWasSigned() public view {
        assertEq(citizens.violations(), 0);
        require(citizens.isWithinDeposit(), "P1: coins went elsewhere");
    }

    /// @dev The actions reach what the invariant speaks of.
    function test_TheModelPaysAndRefuses() public {
        for (uint256 i = 0; i < 240; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            citizens.use(seed, seed >> 16, seed >> 32, (seed >> 48) % 2 gwei, seed >> 64);
            if (seed % 3 == 0) citizens.wait(seed >> 80);
            if (seed % 11 == 0) citizens.setTerms(seed >> 96, seed >> 128, seed >> 160);
        }
        require(citizens.paidCount() > 40 && citizens.refusedCount() > 40, "few of either");
        assertEq(citizens.violations(), 0);
    }
}
