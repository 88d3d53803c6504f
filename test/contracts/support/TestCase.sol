// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The cheat codes of Hardhat's Solidity test runner that the tests use.
interface Vm {
    function addr(uint256 privateKey) external pure returns (address account);
    function assume(bool condition) external pure;
    function expectEmit() external;
    function expectEmit(address emitter) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectRevert(bytes calldata revertData) external;
    function prank(address sender) external;
    function prank(address sender, address origin) external;
    function roll(uint256 number) external;
    function snapshotGasLastCall(
        string calldata group,
        string calldata name
    ) external returns (uint256 gas);
    function sign(
        uint256 privateKey,
        bytes32 digest
    ) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function startPrank(address sender) external;
    function stopPrank() external;
    function warp(uint256 timestamp) external;
}

/// @dev Base of all test contracts: cheat codes, equality and bounded fuzz input.
abstract contract TestCase {
    error NotEqual(uint256 actual, uint256 expected);
    error TextNotEqual(string actual, string expected);

    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);

    function assertEq(uint256 actual, uint256 expected) internal pure {
        require(actual == expected, NotEqual(actual, expected));
    }

    function assertEq(string memory actual, string memory expected) internal pure {
        bool same = keccak256(bytes(actual)) == keccak256(bytes(expected));
        require(same, TextNotEqual(actual, expected));
    }

    /// @dev Maps any number into the closed range, each result as likely as another.
    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        return max - min == type(uint256).max ? value : min + (value % (max - min + 1));
    }
}
