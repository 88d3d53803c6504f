// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Counter} from "../src/Counter.sol";

/// @dev Foundry's cheat codes that the script uses.
interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// @notice Sends 300 transactions: a deployment and 299 calls.
contract Series {
    bool public constant IS_SCRIPT = true;
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function run() external {
        VM.startBroadcast();
        Counter counter = new Counter(1);
        for (uint256 i = 0; i < 299; i++) counter.increment();
        VM.stopBroadcast();
    }
}
