// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Greeting} from "../../../contracts/examples/Greeting.sol";
import {NoticeBoard} from "../../../contracts/examples/NoticeBoard.sol";
import {TestCase} from "../support/TestCase.sol";

contract GreetingTest is TestCase {
    NoticeBoard private board;
    Greeting private greeting;

    function setUp() public {
        board = new NoticeBoard(address(this));
        greeting = new Greeting(board, "hello");
    }

    function test_AGreetingIsPostedOnTheBoard() public {
        board.setOffice(address(greeting), true);
        VM.expectEmit(address(greeting));
        emit Greeting.Greeted(ALICE, "welcome");
        VM.expectEmit(address(board));
        emit NoticeBoard.Posted(1, address(greeting), "welcome");
        VM.prank(ALICE);
        greeting.greet("welcome");
        assertEq(greeting.greeting(), "welcome");
    }

    function test_ARefusedGreetingChangesNothing() public {
        VM.expectRevert(abi.encodeWithSignature("Error(string)", "Greeting: empty text"));
        greeting.greet("");
        VM.expectRevert(
            abi.encodeWithSelector(NoticeBoard.NoticeBoardNotAnOffice.selector, address(greeting))
        );
        greeting.greet("welcome");
        assertEq(greeting.greeting(), "hello");
    }
}
