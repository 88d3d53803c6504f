// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PermissionRegistry} from "../../../contracts/governance/PermissionRegistry.sol";
import {Permissioned} from "./PermissionRegistry.t.sol";

/// @dev Nodes ask about each transaction of each block.
contract PermissionGasTest is Permissioned {
    function setUp() public {
        openRegistry(PermissionRegistry.Mode.AllListed);
    }

    function test_AnswersAboutACall() public {
        mayCall(ALICE, BOB);
        VM.snapshotGasLastCall("governance", "transactionAllowed, call");
    }

    function test_AnswersAboutADeployment() public {
        mayDeploy(ALICE);
        VM.snapshotGasLastCall("governance", "transactionAllowed, deployment");
    }

    function test_ListsAnAccount() public {
        uint8 sender = registry.SENDER();
        VM.prank(ADMIN);
        registry.setAccount(ALICE, sender, REF);
        VM.snapshotGasLastCall("governance", "setAccount");
    }
}
