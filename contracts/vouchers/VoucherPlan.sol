// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMerchantRegistry} from "./IMerchantRegistry.sol";
import {IVoucherHook} from "./IVoucherHook.sol";
import {IVoucherProgram} from "./IVoucherProgram.sol";
import {VoucherBooks} from "./VoucherBooks.sol";

/// @title VoucherPlan
/// @author Busan Chain
/// @notice Decides what each voucher pays in a sale, and changes nothing: quotes and payments ask
/// the same function. Linked, not inlined, for the size limit of contracts.
library VoucherPlan {
    using VoucherBooks for VoucherBooks.Programme;
    using VoucherBooks for uint80;

    /// @notice What all parts of one sale share.
    /// @param payer who pays
    /// @param amount price in won
    /// @param feeBps fee of the merchant
    /// @param merchant its id
    /// @param shop its terms
    struct Sale {
        address payer;
        uint80 amount;
        uint16 feeBps;
        bytes32 merchant;
        IMerchantRegistry.Merchant shop;
    }

    /// @notice Programmes that one sale uses at most.
    uint256 internal constant MAX_PARTS = 8;

    /// @notice Gas that a hook gets.
    uint256 internal constant HOOK_GAS = 100_000;

    /// @notice Plans a sale.
    /// @param books programmes and holdings
    /// @param sale who pays whom how much
    /// @param ids programmes to use
    /// @return result parts, refusals and rest; what depends on the merchant alone is left out
    function plan(
        VoucherBooks.Books storage books,
        Sale calldata sale,
        uint256[] calldata ids
    ) external view returns (IVoucherProgram.Quote memory result) {
        uint256[] memory sorted = _byExpiry(books, ids);
        result.rest = sale.amount;
        result.parts = new IVoucherProgram.Part[](sorted.length);
        result.refusals = new IVoucherProgram.Refusal[](sorted.length);
        for (uint256 i = 0; i < sorted.length; ++i) {
            IVoucherProgram.Part memory part = result.parts[i];
            part.id = sorted[i];
            result.refusals[i] = _fill(books, sale, part, result.rest);
            result.rest -= part.city + part.own;
            _fillCashback(books, sale, result.parts, i);
        }
    }

    /// @dev Fills in one part; the city's money goes first.
    function _fill(
        VoucherBooks.Books storage books,
        Sale calldata sale,
        IVoucherProgram.Part memory part,
        uint80 rest
    ) private view returns (IVoucherProgram.Refusal refusal) {
        VoucherBooks.Programme storage programme = books.programmes[part.id];
        IVoucherProgram.Holding storage holding = books.holdings[part.id][sale.payer];
        refusal = _refusalOf(programme, sale);
        if (refusal != IVoucherProgram.Refusal.None) return refusal;
        (uint80 city, uint80 own) = (holding.city, holding.own);
        if (city + own == 0) return IVoucherProgram.Refusal.Empty;
        uint80 wanted = rest.min(city + own);
        uint80 used = wanted.min(_capOf(programme.policy, holding));
        part.city = used.min(city);
        part.own = used - part.city;
        if (used > 0 && !_hookAllows(part.id, programme.policy.hook, sale)) {
            (part.city, part.own) = (0, 0);
            return IVoucherProgram.Refusal.Hook;
        }
        if (used < wanted) return IVoucherProgram.Refusal.Cap;
    }

    function _fillCashback(
        VoucherBooks.Books storage books,
        Sale calldata sale,
        IVoucherProgram.Part[] memory parts,
        uint256 index
    ) private view {
        IVoucherProgram.Part memory part = parts[index];
        IVoucherProgram.Policy storage policy = books.programmes[part.id].policy;
        uint256 source = policy.cashbackProgramme;
        if (part.own == 0 || source == 0 || !books.programmes[source].isCurrent()) return;
        uint80 left = books.programmes[source].totals.unclaimed;
        for (uint256 i = 0; i < index; ++i) {
            bool isSame = books.programmes[parts[i].id].policy.cashbackProgramme == source;
            if (isSame) left -= parts[i].cashback;
        }
        IVoucherProgram.Holding storage holding = books.holdings[part.id][sale.payer];
        (, uint32 month) = VoucherBooks.today();
        uint80 had = holding.month == month ? holding.cashbackMonth : 0;
        uint256 bps = policy.cashbackBps[sale.shop.tier];
        uint80 share = uint80((uint256(part.own) * bps) / VoucherBooks.BPS);
        part.cashback = share.min(left).min(policy.cashbackPerMonth.less(had));
    }

    /// @dev The hook cannot change, return or burn more than its gas allows.
    function _hookAllows(
        uint256 id,
        IVoucherHook hook,
        Sale calldata sale
    ) private view returns (bool) {
        if (address(hook) == address(0)) return true;
        // Otherwise whoever brings the payment starves the hook and spares the voucher.
        require((gasleft() * 63) / 64 > HOOK_GAS + 5_000, IVoucherProgram.VoucherTooLittleGas());
        bytes memory question = abi.encodeCall(
            IVoucherHook.allows,
            (id, sale.payer, sale.merchant, sale.amount)
        );
        // solhint-disable-next-line avoid-low-level-calls
        (bool isDone, bytes memory answer) = address(hook).staticcall{gas: HOOK_GAS}(question);
        return isDone && answer.length == 32 && abi.decode(answer, (uint256)) == 1;
    }

    function _refusalOf(
        VoucherBooks.Programme storage programme,
        Sale calldata sale
    ) private view returns (IVoucherProgram.Refusal) {
        IVoucherProgram.Policy storage policy = programme.policy;
        if (programme.state != IVoucherProgram.State.Open) return IVoucherProgram.Refusal.NotOpen;
        if (block.timestamp < policy.start) return IVoucherProgram.Refusal.NotStarted;
        if (block.timestamp >= policy.expiry) return IVoucherProgram.Refusal.Expired;
        if ((policy.categoryMask >> sale.shop.category) & 1 == 0)
            return IVoucherProgram.Refusal.Category;
        if ((policy.zoneMask >> sale.shop.zone) & 1 == 0) return IVoucherProgram.Refusal.Zone;
        if ((policy.tierMask >> sale.shop.tier) & 1 == 0) return IVoucherProgram.Refusal.Tier;
        return IVoucherProgram.Refusal.None;
    }

    function _capOf(
        IVoucherProgram.Policy storage policy,
        IVoucherProgram.Holding storage holding
    ) private view returns (uint80) {
        (uint32 day, uint32 month) = VoucherBooks.today();
        uint80 usedDay = holding.day == day ? holding.spentDay : 0;
        uint80 usedMonth = holding.month == month ? holding.spentMonth : 0;
        uint80 ofDay = policy.perDay.less(usedDay);
        return policy.perTransaction.min(ofDay).min(policy.perMonth.less(usedMonth));
    }

    /// @dev Sorts by expiry, then id; few, so by insertion.
    function _byExpiry(
        VoucherBooks.Books storage books,
        uint256[] calldata ids
    ) private view returns (uint256[] memory sorted) {
        require(ids.length <= MAX_PARTS, IVoucherProgram.VoucherInvalidIds());
        sorted = ids;
        for (uint256 i = 1; i < sorted.length; ++i) {
            uint256 id = sorted[i];
            uint256 j = i;
            for (; j > 0 && _isBefore(books, id, sorted[j - 1]); --j) sorted[j] = sorted[j - 1];
            sorted[j] = id;
            // Equal ones would now stand side by side.
            require(j == 0 || sorted[j - 1] != id, IVoucherProgram.VoucherInvalidIds());
        }
    }

    function _isBefore(
        VoucherBooks.Books storage books,
        uint256 a,
        uint256 b
    ) private view returns (bool) {
        uint64 endA = books.programmes[a].policy.expiry;
        uint64 endB = books.programmes[b].policy.expiry;
        return endA == endB ? a < b : endA < endB;
    }
}
