// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {CarbonUnits} from "../../../contracts/exchange/CarbonUnits.sol";
import {TestCase} from "../support/TestCase.sol";

/// @dev A custodian and a holder of one vintage, and a model with a flag per serial.
contract CarbonHolder is TestCase {
    uint256 public constant ID = 7;
    CarbonUnits public units;
    uint256 public uniqueCount;
    uint256 public violationCount;
    uint256 private _retired;
    mapping(uint256 serial => bool isUsed) private _isUsed;
    uint128[] private _starts;

    constructor() {
        units = new CarbonUnits(address(new AccessManager(address(this))));
    }

    function immobilise(uint128 start, uint128 length, uint256 hint) external {
        start = uint128(bound(start, 1, 200));
        uint128 end = start + uint128(bound(length, 0, 20));
        hint = bound(hint, 0, _starts.length);
        uint128 before = hint == 0 ? 0 : _starts[hint - 1];
        try units.immobilise(ID, "registry", start, end, before, ALICE, 0) {
            _starts.push(start);
            for (uint128 serial = start; serial <= end; ++serial) {
                if (_isUsed[serial]) ++violationCount;
                else ++uniqueCount;
                _isUsed[serial] = true;
            }
        } catch {}
    }

    function retire(uint128 amount) external {
        VM.prank(ALICE);
        units.retire(ID, uint128(bound(amount, 1, 40)), "beneficiary", "purpose");
    }

    function giveBack(uint128 amount) external {
        VM.prank(ALICE);
        units.returnToRegistry(ID, uint128(bound(amount, 1, 40)), "account");
    }

    function look() external {
        uint256 retired = units.totalsOf(ID).retired;
        if (retired < _retired) ++violationCount;
        _retired = retired;
    }
}

contract CarbonUnitsTest is TestCase {
    CarbonHolder private holder;
    CarbonUnits private units;

    function setUp() public {
        holder = new CarbonHolder();
        units = new CarbonUnits(address(new AccessManager(address(this))));
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(holder);
    }

    function invariant_C1_EveryImmobilisedTonneIsInOnePlace() public view {
        CarbonUnits.Totals memory totals = holder.units().totalsOf(holder.ID());
        assertEq(totals.circulating + totals.retired + totals.returned, totals.immobilised);
        assertEq(holder.units().balanceOf(ALICE, holder.ID()), totals.circulating);
        assertEq(totals.immobilised, holder.uniqueCount());
        assertEq(holder.violationCount(), 0);
    }

    function test_Attack_SerialRangesOverlapAtTheEdges() public {
        units.immobilise(1, "registry", 10, 20, 0, ALICE, 0);
        refuses(20, 25, 10);
        refuses(5, 10, 0);
        refuses(12, 15, 10);
        refuses(5, 25, 0);
        refuses(21, 20, 10);
        refuses(30, 31, 11);
        refuses(0, 3, 0);
        units.immobilise(1, "registry", 21, 25, 10, ALICE, 0);
        units.immobilise(1, "registry", 9, 9, 0, ALICE, 0);
        refuses(21, 21, 10);
        units.immobilise(1, "other registry", 10, 20, 0, ALICE, 0);
        assertEq(units.balanceOf(ALICE, 1), 28);
    }

    function test_Attack_RetireThenTransfer() public {
        units.immobilise(1, "registry", 1, 5, 0, ALICE, 0);
        VM.startPrank(ALICE);
        assertEq(units.retire(1, 3, "beneficiary", "purpose"), 1);
        VM.expectRevert(
            abi.encodeWithSelector(
                IERC1155Errors.ERC1155InsufficientBalance.selector,
                ALICE,
                2,
                3,
                1
            )
        );
        units.safeTransferFrom(ALICE, BOB, 1, 3, "");
        VM.expectRevert(abi.encodeWithSelector(CarbonUnits.CarbonZeroAmount.selector));
        units.retire(1, 0, "beneficiary", "purpose");
        VM.stopPrank();
        assertEq(units.certificateOf(1).amount, 3);
    }

    function refuses(uint128 start, uint128 end, uint128 hint) private {
        VM.expectRevert(
            abi.encodeWithSelector(CarbonUnits.CarbonInvalidRange.selector, start, end)
        );
        units.immobilise(1, "registry", start, end, hint, ALICE, 0);
    }
}
