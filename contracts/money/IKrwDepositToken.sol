// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IKrwDepositToken
/// @author Busan Chain
/// @notice A bank's deposits in won as an ERC-20 token without decimals; besides what is here,
/// EIP-2612 permits, ERC-3009 authorisations and the views of ERC-7943.
///
/// No body alone makes or takes money: a mint needs the allowance and rate that the master minter
/// set and a reserve that attestors signed; a seizure needs a freeze by one body and the transfer
/// by another. Each names the order behind it. Freezes end by themselves.
interface IKrwDepositToken is IERC20 {
    /// @notice The bank named no reference, or one that was used before.
    /// @param bankRef reference of the deposit at the bank
    error KrwInvalidReference(bytes32 bankRef);

    /// @notice The minter's allowance does not reach.
    /// @param minter who
    /// @param left won that it may still mint
    /// @param amount won it wanted
    error KrwMinterAllowance(address minter, uint256 left, uint256 amount);

    /// @notice More would exist than lies in reserve by a fresh attestation.
    /// @param supply won that would exist
    /// @param reserve won attested; zero when the attestation is stale
    error KrwUnbacked(uint256 supply, uint256 reserve);

    /// @notice A freeze ends in the future, at most 180 days ahead.
    /// @param until seconds since the epoch
    error KrwInvalidFreeze(uint64 until);

    /// @notice Seizing needs a freeze of at least the amount, and another account to go to.
    /// @param from whose money
    /// @param frozen won frozen now
    /// @param amount won wanted
    error KrwNotFrozen(address from, uint256 frozen, uint256 amount);

    /// @notice A minter's limits were set.
    /// @param minter who
    /// @param allowance won that it may mint from now on
    /// @param ratePerDay won that it may mint in a burst, and that come back within a day
    event MinterConfigured(address indexed minter, uint256 allowance, uint208 ratePerDay);

    /// @notice Won were minted for a deposit.
    /// @param minter who
    /// @param to who got them
    /// @param amount won
    /// @param bankRef reference of the deposit at the bank
    event Minted(
        address indexed minter,
        address indexed to,
        uint256 amount,
        bytes32 indexed bankRef
    );

    /// @notice Won were burned; the bank pays them out.
    /// @param holder who
    /// @param amount won
    /// @param payoutRef what the bank agreed with the holder on where to pay
    event Redeemed(address indexed holder, uint256 amount, bytes32 indexed payoutRef);

    /// @notice ERC-7943: an account's frozen amount changed.
    /// @param account whose
    /// @param amount won frozen from now on
    event Frozen(address indexed account, uint256 amount);

    /// @notice The order behind a freeze.
    /// @param account whose money
    /// @param amount won frozen from now on
    /// @param until seconds since the epoch at which the freeze ends by itself
    /// @param orderRef hash of the order
    event FreezeOrdered(
        address indexed account,
        uint256 amount,
        uint64 until,
        bytes32 indexed orderRef
    );

    /// @notice ERC-7943: frozen money was moved by an order.
    /// @param from whose it was
    /// @param to who got it
    /// @param amount won
    event ForcedTransfer(address indexed from, address indexed to, uint256 amount);

    /// @notice The order behind a forced transfer.
    /// @param from whose it was
    /// @param to who got it
    /// @param amount won
    /// @param orderRef hash of the order
    event SeizureOrdered(
        address indexed from,
        address indexed to,
        uint256 amount,
        bytes32 indexed orderRef
    );

    /// @notice An account was locked or unlocked while its recovery waits.
    /// @param account whose
    /// @param until seconds since the epoch; zero when unlocked
    event AccountLocked(address indexed account, uint64 until);

    /// @notice ERC-7943: the account may not send.
    /// @param account whose key may be in wrong hands
    error ERC7943CannotSend(address account);

    /// @notice ERC-7943: the money is there, but frozen.
    /// @param account whose
    /// @param amount won wanted
    /// @param unfrozen won that can be moved
    error ERC7943InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);

    /// @notice Mints for a deposit at the bank. Restricted to minters, within their allowance,
    /// their rate and the attested reserve.
    /// @param to who gets them
    /// @param amount won
    /// @param bankRef reference of the deposit, used once for ever
    function mint(address to, uint256 amount, bytes32 bankRef) external;

    /// @notice Burns the caller's won; the bank pays them out.
    /// @param amount won
    /// @param payoutRef what the bank agreed with the caller on where to pay; no account number
    function redeem(uint256 amount, bytes32 payoutRef) external;

    /// @notice Sets what a minter may mint from now on. Restricted to the master minter.
    /// @param minter who
    /// @param allowance won; replaces what is left
    /// @param ratePerDay won in a burst, coming back within a day
    function configureMinter(address minter, uint256 allowance, uint208 ratePerDay) external;

    /// @notice Freezes part of an account's money in place of its last freeze. Restricted to the
    /// freezer. The account keeps receiving, and spends what is above the amount.
    /// @param account whose
    /// @param amount won, also beyond the balance; zero ends a freeze
    /// @param until seconds since the epoch at which it ends by itself, at most 180 days ahead
    /// @param orderRef hash of the order
    function freeze(address account, uint256 amount, uint64 until, bytes32 orderRef) external;

    /// @notice Moves frozen money by an order, and takes it off the freeze. Restricted to the
    /// enforcer, who cannot freeze.
    /// @param from whose it is
    /// @param to who gets it, another account
    /// @param amount won, at most what is frozen
    /// @param orderRef hash of the order
    function forcedTransfer(address from, address to, uint256 amount, bytes32 orderRef) external;

    /// @notice ERC-3009 by any kind of account: its signature is of bytes.
    /// @param from who pays
    /// @param to who gets it
    /// @param value won
    /// @param validAfter seconds since the epoch after which it counts
    /// @param validBefore seconds since the epoch before which it counts
    /// @param nonce 32 bytes that the payer has not used
    /// @param signature of the payer: ECDSA, or what its contract accepts (ERC-1271)
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice Like `transferWithAuthorization`, but only the receiver may bring it.
    /// @param from who pays
    /// @param to who gets it, the caller
    /// @param value won
    /// @param validAfter seconds since the epoch after which it counts
    /// @param validBefore seconds since the epoch before which it counts
    /// @param nonce 32 bytes that the payer has not used
    /// @param signature of the payer: ECDSA, or what its contract accepts (ERC-1271)
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice Makes an authorisation useless before anyone brings it.
    /// @param authorizer who signed it
    /// @param nonce of the authorisation
    /// @param signature of the authorizer: ECDSA, or what its contract accepts (ERC-1271)
    function cancelAuthorization(
        address authorizer,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice What a minter may still mint now.
    /// @param minter who
    /// @return allowance won left of its allowance
    /// @return available won that its rate lets through now
    function minterLimits(
        address minter
    ) external view returns (uint256 allowance, uint256 available);

    /// @notice What lies in reserve.
    /// @return attested won by the latest attestation
    /// @return attestedAt seconds since the epoch of the attestation
    /// @return staleAfter seconds since the epoch from which it does not count
    function reserve()
        external
        view
        returns (uint256 attested, uint64 attestedAt, uint64 staleAfter);

    /// @notice ERC-7943: whether the account may send at all.
    /// @param account who
    /// @return whether it is not locked
    function canSend(address account) external view returns (bool);

    /// @notice ERC-7943: whether the account may receive.
    /// @param account who
    /// @return always, except for the zero address
    function canReceive(address account) external view returns (bool);

    /// @notice ERC-7943: won of an account that are frozen now.
    /// @param account whose
    /// @return won, also beyond the balance; zero once the freeze has ended
    function getFrozenTokens(address account) external view returns (uint256);

    /// @notice ERC-7943: whether a transfer would succeed now, the allowance of a spender aside.
    /// @param from who pays
    /// @param to who gets it
    /// @param amount won
    /// @return whether it would
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);
}
