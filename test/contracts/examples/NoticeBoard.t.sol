// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {NoticeBoard} from "../../../contracts/examples/NoticeBoard.sol";
import {TestCase} from "../support/TestCase.sol";

contract NoticeBoardTest is TestCase {
    NoticeBoard private board;

    function setUp() public {
        board = new NoticeBoard(address(this));
    }

    function test_AnOfficePostsNumberedNotices() public {
        board.setOffice(ALICE, true);
        VM.startPrank(ALICE);
        assertEq(board.post("first"), 1);
        VM.expectEmit(address(board));
        emit NoticeBoard.Posted(2, ALICE, "second");
        board.post("second");
        VM.stopPrank();
        assertEq(board.noticeCount(), 2);
    }

    function testFuzz_AStrangerDoesNotPost(address stranger) public {
        VM.prank(stranger);
        VM.expectRevert(
            abi.encodeWithSelector(NoticeBoard.NoticeBoardNotAnOffice.selector, stranger)
        );
        board.post("hello");
    }

    function test_AStoppedOfficeDoesNotPost() public {
        board.setOffice(ALICE, true);
        board.setOffice(ALICE, false);
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(NoticeBoard.NoticeBoardNotAnOffice.selector, ALICE));
        board.post("hello");
    }

    function testFuzz_TextsHaveALength(bytes memory text) public {
        board.setOffice(address(this), true);
        if (text.length == 0 || text.length > board.MAX_TEXT_BYTES()) {
            VM.expectRevert(
                abi.encodeWithSelector(NoticeBoard.NoticeBoardInvalidText.selector, text.length)
            );
        }
        board.post(string(text));
    }

    function test_OnlyTheOwnerRegistersOffices() public {
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, ALICE));
        board.setOffice(ALICE, true);
    }

    function test_ATextHasAtMost280Bytes() public {
        board.setOffice(ALICE, true);
        VM.startPrank(ALICE);
        board.post(string(new bytes(280)));
        VM.expectRevert(abi.encodeWithSelector(NoticeBoard.NoticeBoardInvalidText.selector, 281));
        board.post(string(new bytes(281)));
        VM.stopPrank();
    }
}
