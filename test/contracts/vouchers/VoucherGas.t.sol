// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVoucherProgram} from "../../../contracts/vouchers/IVoucherProgram.sol";
import {Vouchers} from "./support/Vouchers.sol";

contract VoucherGasTest is Vouchers {
    uint256 private constant KEY = 7;
    uint256[] private _ids;

    /// @dev A payer who paid before, so that nonces and counters of caps are written already.
    function setUp() public {
        openVouchers();
        address payer = VM.addr(KEY);
        _ids = two(open(), open());
        claim(_ids[0], payer, 1);
        claim(_ids[1], payer, 1);
        fund(payer, 1_000);
        VM.prank(payer);
        won.approve(address(vouchers), type(uint256).max);
        pay(KEY, SHOP, 1_000, _ids);
    }

    function test_Claims() public {
        claim(_ids[0], ALICE, 2);
        VM.snapshotGasLastCall("vouchers", "claim");
    }

    function test_PaysWithOneVoucher() public {
        payOnly(500, one(_ids[0]));
        VM.snapshotGasLastCall("vouchers", "pay, 1 voucher");
        assertEq(won.balanceOf(VM.addr(KEY)), 1_000);
    }

    function test_PaysWithTwoVouchersAndDepositTokens() public {
        payOnly(19_500, _ids);
        VM.snapshotGasLastCall("vouchers", "pay, 2 vouchers and deposit tokens");
        assertEq(won.balanceOf(VM.addr(KEY)), 500);
    }

    /// @dev Without a quote first: it would warm what the payment reads.
    function payOnly(uint80 amount, uint256[] memory ids) private {
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, amount, ids);
        bytes memory signature = signPayment(KEY, payment);
        vouchers.pay(payment, signature);
    }
}
