// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {City} from "./support/City.sol";

contract KrwGasTest is City {
    uint256 private constant KEY = 7;

    function setUp() public {
        openBank();
        fund(ALICE, 1_000);
        fund(VM.addr(KEY), 1_000);
        fund(BOB, 1_000);
    }

    function test_Mints() public {
        mint(BOB, 100);
        VM.snapshotGasLastCall("money", "mint");
    }

    function test_Transfers() public {
        VM.prank(ALICE);
        won.transfer(BOB, 100);
        VM.snapshotGasLastCall("money", "transfer");
    }

    function test_TransfersByAuthorisation() public {
        bytes32 typeHash = keccak256(
            "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        uint256 until = block.timestamp + 60;
        bytes memory terms = abi.encode(typeHash, VM.addr(KEY), BOB, 40, 0, until, ORDER);
        bytes memory signature = signed(KEY, typedHash(won.DOMAIN_SEPARATOR(), terms));
        won.transferWithAuthorization(VM.addr(KEY), BOB, 40, 0, until, ORDER, signature);
        VM.snapshotGasLastCall("money", "transferWithAuthorization");
    }

    function test_Freezes() public {
        freeze(ALICE, 100);
        VM.snapshotGasLastCall("money", "freeze");
    }
}
