// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BifEntries, Line} from "../../../../contracts/bif/BifEntries.sol";
import {BifFund} from "../../../../contracts/bif/BifFund.sol";
import {BifLedger} from "../../../../contracts/bif/BifLedger.sol";
import {Roles} from "../../../../contracts/governance/Roles.sol";
import {City} from "../../money/support/City.sol";

/// @dev The fund with its books, each role in its own hands, and members with money and allowance.
abstract contract Fund is City {
    address internal constant MANAGER = address(0x50);
    address internal constant AUDITOR = address(0x52);
    address internal constant GRANTS = address(0x54);
    bytes32 internal constant DOC = keccak256("document");
    uint128 internal constant BILLION = 1_000_000_000;
    uint64 internal constant NOTICE = 14 days;
    uint64 internal constant GRACE = 30 days;
    uint16 internal constant FORFEIT_BPS = 5_000;
    uint16 internal constant FEE_BPS = 200;

    BifLedger internal ledger;
    BifFund internal bif;

    function openFund() internal {
        openBank();
        ledger = new BifLedger(address(authority));
        BifFund.Terms memory terms = BifFund.Terms(NOTICE, GRACE, FORFEIT_BPS, FEE_BPS);
        bif = new BifFund(address(authority), won, ledger, terms);
        permit(address(ledger), BifLedger.post.selector, Roles.LEDGER_POSTER, address(bif));
        bytes4[7] memory acts = [
            BifFund.admit.selector,
            BifFund.call.selector,
            BifFund.markDefault.selector,
            BifFund.distribute.selector,
            BifFund.recordIncome.selector,
            BifFund.payFee.selector,
            BifLedger.proposeClose.selector
        ];
        for (uint256 i = 0; i < 6; ++i) {
            permit(address(bif), acts[i], Roles.FUND_MANAGER, MANAGER);
        }
        permit(address(ledger), acts[6], Roles.FUND_MANAGER, MANAGER);
        permit(address(ledger), BifLedger.proposeAdjustment.selector, Roles.FUND_MANAGER, MANAGER);
        permit(address(ledger), BifLedger.approveAdjustment.selector, Roles.AUDITOR, AUDITOR);
        permit(address(ledger), BifLedger.closeMonth.selector, Roles.AUDITOR, AUDITOR);
        permit(address(bif), BifFund.reserveGrant.selector, Roles.GRANTS, GRANTS);
        permit(address(bif), BifFund.payGrant.selector, Roles.GRANTS, GRANTS);
        permit(address(bif), BifFund.returnGrant.selector, Roles.GRANTS, GRANTS);
    }

    /// @dev A member that committed, with enough money to pay it all.
    function join(address account, uint128 amount) internal {
        VM.prank(MANAGER);
        bif.admit(account, BifFund.Class.Private, amount, DOC);
        fund(account, amount);
        VM.startPrank(account);
        won.approve(address(bif), type(uint256).max);
        bif.commit(amount);
        VM.stopPrank();
    }

    function callCapital(uint128 amount) internal returns (uint32 callId) {
        VM.prank(MANAGER);
        return bif.call(amount, uint64(block.timestamp) + NOTICE, DOC);
    }

    function pay(uint32 callId, address account) internal {
        VM.prank(account);
        bif.pay(callId);
    }

    function assign(uint128 amount, bool isRecallable) internal {
        VM.prank(MANAGER);
        bif.distribute(amount, isRecallable, DOC);
    }

    function reserve(uint32 grant, uint128 amount) internal {
        VM.prank(GRANTS);
        bif.reserveGrant(grant, amount, DOC);
    }

    function memberOf(address account) internal view returns (BifFund.Member memory) {
        return bif.memberAt(bif.numberOf(account));
    }

    /// @dev What the books say of an account of a member or grant; a credit is negative.
    function booked(uint32 account, uint32 sub) internal view returns (int256) {
        return ledger.balanceOf(account + sub);
    }

    function requireBooked(uint32 account, int256 balance) internal view {
        require(ledger.balanceOf(account) == balance, "the books say something else");
    }

    function member(uint256 index) internal pure returns (address) {
        return address(uint160(0x1000 + index));
    }

    function linesOf(
        uint32 debit,
        uint32 credit,
        uint256 amount
    ) internal pure returns (Line[] memory) {
        return BifEntries.pair(debit, credit, amount);
    }
}
