// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVoucherProgram} from "../../../contracts/vouchers/IVoucherProgram.sol";
import {Vouchers} from "./support/Vouchers.sol";

contract VoucherGasTest is Vouchers {
    uint256 private constant KEY = 7;

    /// @dev The execution gas of the second sale, when caps and balances are written already; a
    /// transaction adds 21,000 and its calldata.
    function test_PaysWithTwoVouchersAndDepositTokens() public {
        openVouchers();
        address payer = VM.addr(KEY);
        uint256[] memory ids = two(open(), open());
        claim(ids[0], payer, 1);
        claim(ids[1], payer, 1);
        fund(payer, 1_000);
        VM.prank(payer);
        won.approve(address(vouchers), type(uint256).max);
        pay(KEY, SHOP, 1_000, ids);
        IVoucherProgram.Payment memory payment = newPayment(KEY, SHOP, 19_500, ids);
        bytes memory signature = signPayment(KEY, payment);
        uint256 before = gasleft();
        vouchers.pay(payment, signature);
        uint256 gas = before - gasleft();
        require(gas < 250_000, "a sale with two vouchers costs more than planned");
        assertEq(won.balanceOf(payer), 500);
    }
}
