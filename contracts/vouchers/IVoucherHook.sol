// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IVoucherHook
/// @author Busan Chain
/// @notice An additional rule of a programme. It is asked with limited gas and cannot change
/// anything; failing is refusing.
interface IVoucherHook {
    /// @notice Whether the vouchers may be used in a sale.
    /// @param programme id of the programme
    /// @param payer who pays
    /// @param merchant id of the merchant
    /// @param amount price of the sale in won
    /// @return whether they may
    function allows(
        uint256 programme,
        address payer,
        bytes32 merchant,
        uint256 amount
    ) external view returns (bool);
}
