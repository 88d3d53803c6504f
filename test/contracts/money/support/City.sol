// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityAccessManager} from "../../../../contracts/governance/CityAccessManager.sol";
import {FlowPause} from "../../../../contracts/governance/FlowPause.sol";
import {Roles} from "../../../../contracts/governance/Roles.sol";
import {IMigratable} from "../../../../contracts/identity/IMigratable.sol";
import {KrwDepositToken} from "../../../../contracts/money/KrwDepositToken.sol";
import {TestCase} from "../../support/TestCase.sol";

/// @dev The authority with each role in its own hands, and a deposit token backed by attestations.
abstract contract City is TestCase {
    address internal constant MASTER = address(0x30);
    address internal constant MINTER = address(0x31);
    address internal constant FREEZER = address(0x32);
    address internal constant ENFORCER = address(0x33);
    address internal constant GUARDIAN = address(0x70);
    address internal constant RECOVERY = address(0x22);
    uint256 internal constant ATTESTOR_KEY = 44;
    bytes32 internal constant ORDER = keccak256("order");
    uint64 internal constant START = 1_800_000_000;

    CityAccessManager internal authority;
    KrwDepositToken internal won;
    uint256 private _bankRefs;

    function openBank() internal {
        VM.warp(START);
        authority = new CityAccessManager(address(this));
        won = new KrwDepositToken("Busan KRW", "KRWB", address(authority), 1 days);
        won.ORACLE().setAttestor(VM.addr(ATTESTOR_KEY), true, 1);
        permit(address(won), KrwDepositToken.configureMinter.selector, Roles.MASTER_MINTER, MASTER);
        permit(address(won), KrwDepositToken.mint.selector, Roles.MINTER, MINTER);
        permit(address(won), KrwDepositToken.freeze.selector, Roles.FREEZER, FREEZER);
        permit(address(won), KrwDepositToken.forcedTransfer.selector, Roles.ENFORCER, ENFORCER);
        permit(address(won), FlowPause.pause.selector, Roles.GUARDIAN, GUARDIAN);
        permit(address(won), IMigratable.lock.selector, Roles.RECOVERY, RECOVERY);
        permit(address(won), IMigratable.migrate.selector, Roles.RECOVERY, RECOVERY);
    }

    /// @dev Lets a role call a function, and gives the role to an account.
    function permit(address target, bytes4 selector, uint64 role, address holder) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(target, selectors, role);
        authority.grantRole(role, holder, 0);
    }

    function configure(uint256 allowance, uint208 rate) internal {
        VM.prank(MASTER);
        won.configureMinter(MINTER, allowance, rate);
    }

    function attest(uint256 units) internal {
        uint64 time = uint64(block.timestamp);
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = signed(ATTESTOR_KEY, won.ORACLE().hashOf(units, time));
        won.ORACLE().attest(units, time, signatures);
    }

    function mint(address to, uint256 amount) internal {
        bytes32 bankRef = keccak256(abi.encode(++_bankRefs));
        VM.prank(MINTER);
        won.mint(to, amount, bankRef);
    }

    /// @dev Money with reserve and limits far beyond it.
    function fund(address to, uint256 amount) internal {
        configure(1e30, 1e30);
        VM.warp(block.timestamp + 1);
        attest(1e30);
        mint(to, amount);
    }

    function freeze(address account, uint256 amount) internal {
        VM.prank(FREEZER);
        won.freeze(account, amount, uint64(block.timestamp + 1 days), ORDER);
    }

    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev What is signed under a contract's EIP-712 domain.
    function typedHash(bytes32 domain, bytes memory terms) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(terms)));
    }

    function refuse(bytes4 selector) internal {
        VM.expectPartialRevert(selector);
    }
}
