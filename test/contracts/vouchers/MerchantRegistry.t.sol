// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IMerchantRegistry} from "../../../contracts/vouchers/IMerchantRegistry.sol";
import {Vouchers} from "./support/Vouchers.sol";

contract MerchantRegistryTest is Vouchers {
    function setUp() public {
        openVouchers();
    }

    function test_AnIdIsRegisteredOnceWithTermsInRange() public {
        IMerchantRegistry.Merchant memory good = terms(ALICE, 0);
        VM.startPrank(OFFICER);
        refuse(IMerchantRegistry.MerchantInvalid.selector);
        merchants.register(SHOP, good, ORDER);
        refuse(IMerchantRegistry.MerchantInvalid.selector);
        merchants.register(0, good, ORDER);
        refuse(IMerchantRegistry.MerchantInvalid.selector);
        merchants.register("x", good, 0);
        for (uint256 i = 0; i < 4; ++i) {
            IMerchantRegistry.Merchant memory bad = terms(i == 0 ? address(0) : ALICE, 0);
            if (i == 1) bad.category = 32;
            if (i == 2) bad.zone = 64;
            if (i == 3) bad.tier = 3;
            refuse(IMerchantRegistry.MerchantInvalid.selector);
            merchants.register("x", bad, ORDER);
        }
        refuse(IMerchantRegistry.MerchantInvalid.selector);
        merchants.setTerms("x", good, ORDER);
        merchants.register("x", good, ORDER);
        VM.stopPrank();
    }

    function test_OfficersSetTermsAndTheMerchantItsPayout() public {
        IMerchantRegistry.Merchant memory changed = terms(ALICE, 7);
        changed.tier = 2;
        VM.prank(OFFICER);
        merchants.setTerms(SHOP, changed, ORDER);
        (IMerchantRegistry.Merchant memory known, uint16 feeBps) = merchants.merchantOf(SHOP);
        require(known.payout == SHOP_OWNER && known.tier == 2 && known.holdSeconds == 7, "terms");
        assertEq(feeBps, 0);
        refuse(IMerchantRegistry.MerchantNotPayout.selector);
        VM.prank(OFFICER);
        merchants.setPayout(SHOP, ALICE);
        VM.startPrank(SHOP_OWNER);
        refuse(IMerchantRegistry.MerchantInvalid.selector);
        merchants.setPayout(SHOP, address(0));
        merchants.setPayout(SHOP, ALICE);
        refuse(IAccessManaged.AccessManagedUnauthorized.selector);
        merchants.setStatus(SHOP, IMerchantRegistry.Status.Active, ORDER);
        VM.stopPrank();
        (known, ) = merchants.merchantOf(SHOP);
        require(known.payout == ALICE, "payout");
    }

    function test_AClosedMerchantStaysClosedAndEachStatusHasAnOrder() public {
        VM.startPrank(OFFICER);
        refuse(IMerchantRegistry.MerchantInvalidStatus.selector);
        merchants.setStatus(SHOP, IMerchantRegistry.Status.Suspended, 0);
        refuse(IMerchantRegistry.MerchantInvalidStatus.selector);
        merchants.setStatus(SHOP, IMerchantRegistry.Status.Unknown, ORDER);
        merchants.setStatus(SHOP, IMerchantRegistry.Status.Suspended, ORDER);
        merchants.setStatus(SHOP, IMerchantRegistry.Status.Active, ORDER);
        merchants.setStatus(SHOP, IMerchantRegistry.Status.Closed, ORDER);
        refuse(IMerchantRegistry.MerchantInvalidStatus.selector);
        merchants.setStatus(SHOP, IMerchantRegistry.Status.Active, ORDER);
        refuse(IMerchantRegistry.MerchantInvalidStatus.selector);
        merchants.setStatus("x", IMerchantRegistry.Status.Active, ORDER);
        VM.stopPrank();
    }

    function test_AFeeIsAtMostThreePerCent() public {
        VM.startPrank(OFFICER);
        refuse(IMerchantRegistry.MerchantFeeTooHigh.selector);
        merchants.setFee(1, 301, ORDER);
        merchants.setFee(1, 300, ORDER);
        VM.stopPrank();
    }
}
