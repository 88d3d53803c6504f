// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Credential, Verdict} from "../../../contracts/identity/Credentials.sol";
import {IStatusList} from "../../../contracts/identity/IStatusList.sol";
import {ITrustedIssuers} from "../../../contracts/identity/ITrustedIssuers.sol";
import {Office} from "./support/Office.sol";

/// @dev Two issuers, their lists and credentials, an accreditor and a stranger who try anything;
/// and a model of what must come of it.
contract Offices is Office {
    struct Trust {
        uint64 from;
        uint64 until;
    }

    uint32 private constant USED = 512;
    uint256 public violationCount;
    uint256 public validCount;
    uint256 public trustChanges;
    uint256 public statusChanges;
    /// @dev One that is current stays so while a later one waits.
    mapping(uint256 key => Trust[] periods) private _trust;
    mapping(uint256 listId => mapping(uint32 index => bool value)) private _bits;
    uint256[2] private _keys = [ISSUER_KEY, ISSUER_KEY + 1];

    constructor() {
        openOffice();
        _trust[_keys[0]].push(Trust(START, FAR));
        // Lists 1 and 2 are the first issuer's, 3 and 4 the second's; odd ones revoke.
        for (uint256 i = 1; i < 4; ++i) {
            address owner = ownerOf(i + 1);
            VM.prank(owner);
            lists.create(owner, IStatusList.Purpose(i % 2), LIST_SIZE, "");
        }
    }

    /// @dev A word of a list, written by anyone.
    function write(
        uint256 listId,
        bool isTwice,
        uint256 who,
        uint256 mask,
        uint256 value
    ) external {
        listId = bound(listId, 1, 4);
        uint256 wordIndex = mask % (USED / 256);
        IStatusList.Change[] memory changes = new IStatusList.Change[](isTwice ? 2 : 1);
        changes[0] = IStatusList.Change(wordIndex, mask, value);
        if (isTwice) changes[1] = IStatusList.Change(wordIndex, mask >> 1, ~value);
        address caller = who % 4 == 0 ? ALICE : VM.addr(_keys[who % 2]);
        VM.prank(caller);
        try lists.set(listId, changes) {
            ++statusChanges;
            if (caller != ownerOf(listId)) ++violationCount;
            compare(listId, wordIndex);
        } catch {}
    }

    function accredit(bool isSecond, uint64 from, uint64 length) external {
        uint256 key = _keys[isSecond ? 1 : 0];
        from = uint64(block.timestamp + bound(from, 0, 2 days));
        uint64 until = from + uint64(bound(length, 1, 5 days));
        VM.prank(ACCREDITOR);
        try issuers.accredit(VM.addr(key), SCHEMA, ITrustedIssuers.Period(from, until, 1), ORDER) {
            ++trustChanges;
            _trust[key].push(Trust(from, until));
        } catch {
            // Refused exactly where the last period has not ended by then.
            Trust[] storage periods = _trust[key];
            uint256 count = periods.length;
            if (count == 0 || from >= periods[count - 1].until) ++violationCount;
        }
    }

    function suspend(bool isSecond) external {
        uint256 key = _keys[isSecond ? 1 : 0];
        VM.prank(ACCREDITOR);
        try issuers.suspend(VM.addr(key), SCHEMA, ORDER) {
            ++trustChanges;
            delete _trust[key];
        } catch {}
    }

    function wait(uint256 time) external {
        VM.warp(block.timestamp + bound(time, 1, 1 days));
    }

    /// @dev A credential on any list, its own issuer's or not.
    function judge(
        bool isSecond,
        uint256 listId,
        uint32 index,
        uint64 from,
        uint64 length
    ) external {
        uint256 key = _keys[isSecond ? 1 : 0];
        Credential memory credential = credentialOf(0);
        credential.issuer = VM.addr(key);
        credential.statusList = bound(listId, 0, 4);
        credential.statusIndex = index % USED;
        credential.validFrom = uint64(bound(from, block.timestamp - 1 days, block.timestamp + 1));
        credential.validUntil = credential.validFrom + uint64(bound(length, 0, 2 days));
        bytes memory signature = signed(key, verifier.hashOf(credential));
        Verdict verdict = verifier.verify(credential, signature, none());
        bool isValid = isGood(key, credential);
        if (isValid) ++validCount;
        if ((verdict == Verdict.Valid) != isValid) ++violationCount;
    }

    function isGood(uint256 key, Credential memory credential) private view returns (bool) {
        uint256 listId = credential.statusList;
        bool isTimely =
            block.timestamp >= credential.validFrom && block.timestamp < credential.validUntil;
        bool isClear = listId == 0 || !lists.isSet(listId, credential.statusIndex);
        bool isOwn = listId == 0 || ownerOf(listId) == credential.issuer;
        return isTrusted(key) && isTimely && isClear && isOwn;
    }

    function isTrusted(uint256 key) private view returns (bool isNow) {
        Trust[] storage periods = _trust[key];
        for (uint256 i = 0; i < periods.length; ++i) {
            isNow = isNow || (block.timestamp >= periods[i].from && block.timestamp < periods[i].until);
        }
    }

    /// @dev Bits of a revocation list only go up.
    function compare(uint256 listId, uint256 wordIndex) private {
        for (uint32 i = 0; i < 256; ++i) {
            uint32 index = uint32(wordIndex * 256) + i;
            bool isSet = lists.isSet(listId, index);
            if (listId % 2 == 1 && _bits[listId][index] && !isSet) ++violationCount;
            if (isSet != _bits[listId][index]) _bits[listId][index] = isSet;
        }
    }

    function ownerOf(uint256 listId) private view returns (address) {
        return VM.addr(_keys[listId < 3 ? 0 : 1]);
    }
}

contract CredentialInvariantsTest is Office {
    Offices private offices;

    function setUp() public {
        offices = new Offices();
    }

    /// @dev Only the bounded actions are called.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(offices);
    }

    function invariant_I1_RevocationsStayAndVerificationIsTrustTimeAndStatus() public view {
        assertEq(offices.violationCount(), 0);
    }

    /// @dev The actions reach what the invariant speaks of.
    function test_TheModelRevokesTrustsAndVerifies() public {
        for (uint256 i = 0; i < 600; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            bool isSecond = seed & 1 == 1;
            if (i % 4 == 0) offices.write(seed >> 8, isSecond, seed >> 16, 1 << (seed % 256), seed);
            if (i % 7 == 0) offices.accredit(isSecond, uint64(seed % 2), uint64(seed));
            if (i % 23 == 0) offices.suspend(isSecond);
            if (i % 5 == 0) offices.wait(seed >> 200);
            offices.judge(
                isSecond,
                seed >> 32,
                uint32(seed >> 64),
                uint64(seed >> 96),
                uint64(seed)
            );
        }
        assertEq(offices.violationCount(), 0);
        require(offices.validCount() > 10, "few credentials are valid");
        require(offices.trustChanges() > 10, "few changes of trust");
        require(offices.statusChanges() > 20, "few changes of status");
    }
}
