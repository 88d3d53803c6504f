// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DidRegistry} from "../../../contracts/identity/DidRegistry.sol";
import {IStatusList} from "../../../contracts/identity/IStatusList.sol";
import {StatusList} from "../../../contracts/identity/StatusList.sol";
import {Keys} from "./support/Keys.sol";

contract StatusListTest is Keys {
    address private constant ISSUER = address(0x1551);
    uint32 private constant SIZE = 131_072;
    DidRegistry private dids;
    StatusList private lists;

    function setUp() public {
        VM.warp(START);
        dids = new DidRegistry();
        lists = new StatusList(dids);
        VM.startPrank(ISSUER);
        lists.create(ISSUER, IStatusList.Purpose.Revocation, SIZE, "https://city/1");
        lists.create(ISSUER, IStatusList.Purpose.Suspension, SIZE, "");
        VM.stopPrank();
    }

    function testFuzz_ABitIsSetAtItsPlaceInTheBitstring(uint32 index) public {
        index = index % SIZE;
        setBit(1, index, true);
        require(lists.isSet(1, index), "set");
        // The bitstring of words in order has the bit where W3C lists count it: from the left.
        bytes memory bits = abi.encode(lists.wordOf(1, index / 256));
        uint256 offset = index % 256;
        require(uint8(bits[offset / 8]) == 128 >> (offset % 8), "place");
        require(!lists.isSet(2, index) && !lists.isSet(1, index ^ 1), "others");
    }

    function test_ARevocationIsFinalAndASuspensionIsNot() public {
        setBit(1, 5, true);
        setBit(2, 5, true);
        setBit(2, 5, false);
        require(!lists.isSet(2, 5), "lifted");
        refuse(IStatusList.StatusRevocationIsFinal.selector);
        setBit(1, 5, false);
    }

    /// @dev A later change in one batch cannot undo what an earlier one revoked.
    function test_Attack_DuplicateWordsInOneBatch() public {
        IStatusList.Change[] memory changes = new IStatusList.Change[](2);
        changes[0] = IStatusList.Change(0, 1, 1);
        changes[1] = IStatusList.Change(0, 1, 0);
        refuse(IStatusList.StatusRevocationIsFinal.selector);
        VM.prank(ISSUER);
        lists.set(1, changes);
    }

    function test_OnlyTheIssuerWritesAndItsKeyMayChange() public {
        refuse(IStatusList.StatusNotIssuer.selector);
        VM.prank(ALICE);
        lists.create(ISSUER, IStatusList.Purpose.Revocation, SIZE, "");
        IStatusList.Change[] memory changes = oneBit(0, true);
        refuse(IStatusList.StatusNotIssuer.selector);
        VM.prank(ALICE);
        lists.set(1, changes);
        refuse(IStatusList.StatusNotIssuer.selector);
        VM.prank(address(0));
        lists.set(3, changes);
        VM.prank(ISSUER);
        dids.changeOwner(ISSUER, ALICE);
        refuse(IStatusList.StatusNotIssuer.selector);
        VM.prank(ISSUER);
        lists.set(1, changes);
        VM.prank(ALICE);
        lists.set(1, changes);
        require(lists.isSet(1, 0), "by the new key");
    }

    function test_ListsAreLongWholeAndBounded() public {
        VM.startPrank(ISSUER);
        uint32[2] memory sizes = [SIZE - 256, SIZE + 1];
        for (uint256 i = 0; i < 2; ++i) {
            refuse(IStatusList.StatusInvalidList.selector);
            lists.create(ISSUER, IStatusList.Purpose.Revocation, sizes[i], "");
        }
        string memory long = string(new bytes(257));
        refuse(IStatusList.StatusInvalidList.selector);
        lists.create(ISSUER, IStatusList.Purpose.Revocation, SIZE, long);
        VM.stopPrank();
        refuse(IStatusList.StatusBeyondList.selector);
        lists.isSet(1, SIZE);
        refuse(IStatusList.StatusBeyondList.selector);
        lists.isSet(9, 0);
        refuse(IStatusList.StatusBeyondList.selector);
        setBit(1, SIZE, true);
    }

    function test_EventsTellWholeWords() public {
        setBit(1, 255, true);
        IStatusList.Change[] memory changes = oneBit(254, true);
        VM.expectEmit(address(lists));
        emit IStatusList.StatusChanged(1, 0, 3);
        VM.prank(ISSUER);
        lists.set(1, changes);
    }

    function setBit(uint256 listId, uint32 index, bool value) private {
        VM.prank(ISSUER);
        lists.set(listId, oneBit(index, value));
    }

    function oneBit(
        uint32 index,
        bool value
    ) private pure returns (IStatusList.Change[] memory changes) {
        uint256 mask = 1 << (255 - (index % 256));
        changes = new IStatusList.Change[](1);
        changes[0] = IStatusList.Change(index / 256, mask, value ? mask : 0);
    }
}
