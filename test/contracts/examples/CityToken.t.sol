// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {CityToken} from "../../../contracts/examples/CityToken.sol";
import {TestCase} from "../support/TestCase.sol";

contract CityTokenTest is TestCase {
    uint256 private constant CAP = 1_000_000;

    CityToken private token;

    function setUp() public {
        token = new CityToken(address(this), CAP);
    }

    function test_PointsAreWhole() public view {
        assertEq(token.decimals(), 0);
        assertEq(token.symbol(), "BCP");
    }

    function testFuzz_MintsUpToTheCap(uint256 first, uint256 second) public {
        first = bound(first, 0, CAP);
        token.mint(ALICE, first);
        uint256 available = CAP - first;
        if (second > available) {
            VM.expectRevert(
                abi.encodeWithSelector(CityToken.CityTokenCapExceeded.selector, second, available)
            );
            token.mint(ALICE, second);
            assertEq(token.balanceOf(ALICE), first);
        } else {
            token.mint(ALICE, second);
            assertEq(token.totalSupply(), first + second);
        }
    }

    function testFuzz_BurningMakesRoomUnderTheCap(uint256 amount) public {
        amount = bound(amount, 1, CAP);
        token.mint(ALICE, CAP);
        VM.prank(ALICE);
        token.burn(amount);
        token.mint(BOB, amount);
        assertEq(token.balanceOf(ALICE), CAP - amount);
        assertEq(token.balanceOf(BOB), amount);
    }

    function test_OnlyTheOwnerMints() public {
        VM.prank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, ALICE));
        token.mint(ALICE, 1);
    }

    function testFuzz_NobodySpendsWhatTheyDoNotHave(uint256 balance, uint256 amount) public {
        balance = bound(balance, 0, CAP);
        amount = bound(amount, balance + 1, type(uint256).max);
        token.mint(ALICE, balance);
        VM.prank(ALICE);
        VM.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector,
                ALICE,
                balance,
                amount
            )
        );
        token.transfer(BOB, amount);
    }

    function testFuzz_ASignedPermitIsAnAllowance(uint256 privateKey, uint256 amount) public {
        privateKey = bound(privateKey, 1, type(uint128).max);
        address owner = VM.addr(privateKey);
        uint256 deadline = block.timestamp + 1 hours;
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                owner,
                BOB,
                amount,
                token.nonces(owner),
                deadline
            )
        );
        bytes32 digest = keccak256(
            abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash)
        );
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(privateKey, digest);
        token.permit(owner, BOB, amount, deadline, v, r, s);
        assertEq(token.allowance(owner, BOB), amount);
    }
}
