// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IMerchantRegistry
/// @author Busan Chain
/// @notice Merchants that take vouchers, as the city registered them. An id is a random number: no
/// business number, name or address, nor a hash of them, is here.
interface IMerchantRegistry {
    /// @notice What a merchant may do.
    /// @param Unknown no merchant has the id
    /// @param Active takes vouchers
    /// @param Suspended takes none until it is active again
    /// @param Closed takes none for ever
    enum Status {
        Unknown,
        Active,
        Suspended,
        Closed
    }

    /// @notice A merchant; one slot.
    /// @param payout account that gets the money, and speaks for the merchant
    /// @param holdSeconds how long its takings wait before they are paid out
    /// @param category kind of shop, 0 to 31
    /// @param zone where in the city, 0 to 63
    /// @param tier by yearly sales: 0 up to one billion won, 1 up to three, 2 above
    /// @param status what it may do
    struct Merchant {
        address payout;
        uint32 holdSeconds;
        uint8 category;
        uint8 zone;
        uint8 tier;
        Status status;
    }

    /// @notice The id is zero or taken, or a term is out of its range.
    /// @param merchant id
    error MerchantInvalid(bytes32 merchant);

    /// @notice Only the payout account speaks for a merchant.
    /// @param merchant id
    /// @param account who tried
    error MerchantNotPayout(bytes32 merchant, address account);

    /// @notice A closed merchant stays closed, and none becomes unknown.
    /// @param merchant id
    /// @param from status now
    /// @param to status wanted
    error MerchantInvalidStatus(bytes32 merchant, Status from, Status to);

    /// @notice A fee is at most three per cent.
    /// @param feeBps hundredths of a per cent
    error MerchantFeeTooHigh(uint16 feeBps);

    /// @notice A merchant was registered, or its terms were set anew.
    /// @param merchant id
    /// @param terms as they are now
    /// @param orderRef hash of the decision
    event MerchantSet(bytes32 indexed merchant, Merchant terms, bytes32 indexed orderRef);

    /// @notice A merchant got another status.
    /// @param merchant id
    /// @param status as it is now
    /// @param orderRef hash of the decision, which says how to appeal
    event MerchantStatusSet(bytes32 indexed merchant, Status status, bytes32 indexed orderRef);

    /// @notice A merchant chose another payout account.
    /// @param merchant id
    /// @param payout account from now on
    event MerchantPayoutSet(bytes32 indexed merchant, address indexed payout);

    /// @notice The fee of a tier was set.
    /// @param tier which
    /// @param feeBps hundredths of a per cent of a sale
    /// @param orderRef hash of the decision
    event FeeSet(uint8 indexed tier, uint16 feeBps, bytes32 indexed orderRef);

    /// @notice Registers a merchant as active. Restricted to city officers.
    /// @param merchant random id
    /// @param terms its terms; the status is ignored
    /// @param orderRef hash of the decision
    function register(bytes32 merchant, Merchant calldata terms, bytes32 orderRef) external;

    /// @notice Sets category, zone, tier and waiting time. Restricted to city officers, who cannot
    /// touch the payout account.
    /// @param merchant id
    /// @param terms new terms; payout and status are ignored
    /// @param orderRef hash of the decision
    function setTerms(bytes32 merchant, Merchant calldata terms, bytes32 orderRef) external;

    /// @notice Suspends, reinstates or closes. Restricted to city officers.
    /// @param merchant id
    /// @param status new status
    /// @param orderRef hash of the decision
    function setStatus(bytes32 merchant, Status status, bytes32 orderRef) external;

    /// @notice Chooses another payout account. By the payout account.
    /// @param merchant id
    /// @param payout account from now on
    function setPayout(bytes32 merchant, address payout) external;

    /// @notice Sets the fee of a tier for sales from now on. Restricted to city officers.
    /// @param tier which, 0 to 2
    /// @param feeBps hundredths of a per cent of a sale, at most 300
    /// @param orderRef hash of the decision
    function setFee(uint8 tier, uint16 feeBps, bytes32 orderRef) external;

    /// @notice A merchant's terms and the fee it pays.
    /// @param merchant id
    /// @return terms with status unknown when it was never registered
    /// @return feeBps hundredths of a per cent of a sale
    function merchantOf(
        bytes32 merchant
    ) external view returns (Merchant memory terms, uint16 feeBps);
}
