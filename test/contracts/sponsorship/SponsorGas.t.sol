// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bell, Desk} from "./support/Desk.sol";

/// @dev What the entry point's `handleOps` costs for one operation that the city pays for.
contract SponsorGasTest is Desk {
    function setUp() public {
        openDesk();
        bring(whole(PASSKEY, Bell.ring.selector));
    }

    function test_PaysAFirstOperationThatMakesTheAccount() public {
        bring(whole(8, Bell.ring.selector));
        VM.snapshotGasLastCall("sponsorship", "handleOps, 1 operation and its new account");
        assertEq(bell.rings(), 2);
    }

    function test_PaysALaterOperation() public {
        bring(whole(PASSKEY, Bell.ring.selector));
        VM.snapshotGasLastCall("sponsorship", "handleOps, 1 operation");
        assertEq(bell.rings(), 2);
    }
}
