// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {ListingRegistry} from "../../../contracts/exchange/ListingRegistry.sol";
import {TestCase} from "../support/TestCase.sol";

contract ListingRegistryTest is TestCase {
    ListingRegistry private listings;

    function setUp() public {
        listings = new ListingRegistry(address(new AccessManager(address(this))));
    }

    function test_SecuritiesAndRevenueSharesAreOffUntilALawIsNamed() public {
        ListingRegistry.AssetClass[2] memory classes = [
            ListingRegistry.AssetClass.IpRevenue,
            ListingRegistry.AssetClass.Security
        ];
        for (uint256 i = 0; i < 2; ++i) {
            VM.expectRevert(
                abi.encodeWithSelector(ListingRegistry.ListingClassOff.selector, classes[i])
            );
            listings.propose(ALICE, classes[i], 1, 1, "dossier");
            VM.expectRevert(
                abi.encodeWithSelector(ListingRegistry.ListingNoLegalReference.selector)
            );
            listings.permitClass(classes[i], true, 0);
        }
        listings.permitClass(classes[1], true, "act");
        listings.propose(ALICE, classes[1], 1, 1, "dossier");
    }

    function testFuzz_StatesMoveForwardOrBackFromCaution(uint8 first, uint8 second) public {
        ListingRegistry.State from = ListingRegistry.State(bound(first, 2, 5));
        ListingRegistry.State to = ListingRegistry.State(bound(second, 0, 5));
        listings.propose(ALICE, ListingRegistry.AssetClass.Carbon, 1, 1, "dossier");
        require(!listings.isTradable(ALICE), "tradable before it is listed");
        listings.setState(ALICE, from, "decision");
        bool isBack = from == ListingRegistry.State.Caution && to == ListingRegistry.State.Listed;
        if (to <= from && !isBack) {
            VM.expectRevert(
                abi.encodeWithSelector(ListingRegistry.ListingInvalidTransition.selector, from, to)
            );
        }
        listings.setState(ALICE, to, "decision");
    }

    function test_AnAssetIsProposedOnceWithTerms() public {
        ListingRegistry.AssetClass carbon = ListingRegistry.AssetClass.Carbon;
        bytes memory invalid = abi.encodeWithSelector(ListingRegistry.ListingInvalidTerms.selector);
        VM.expectRevert(invalid);
        listings.propose(ALICE, carbon, 0, 1, "dossier");
        VM.expectRevert(invalid);
        listings.propose(ALICE, carbon, 1, 0, "dossier");
        VM.expectRevert(invalid);
        listings.propose(ALICE, carbon, 1, 1, 0);
        VM.expectPartialRevert(ListingRegistry.ListingInvalidTransition.selector);
        listings.setState(ALICE, ListingRegistry.State.Listed, "decision");
        listings.propose(ALICE, carbon, 1, 1, "dossier");
        VM.expectPartialRevert(ListingRegistry.ListingInvalidTransition.selector);
        listings.propose(ALICE, carbon, 1, 1, "dossier");
    }

    function test_ADelistedAssetTradesNoMore() public {
        listings.propose(ALICE, ListingRegistry.AssetClass.Carbon, 1, 1, "dossier");
        listings.setState(ALICE, ListingRegistry.State.Delisting, "decision");
        require(listings.isTradable(ALICE), "not until it is delisted");
        listings.setState(ALICE, ListingRegistry.State.Delisted, "decision");
        require(!listings.isTradable(ALICE), "delisted");
    }
}
