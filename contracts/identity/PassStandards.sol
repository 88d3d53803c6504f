// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IERC5192
/// @author Busan Chain
/// @notice Tokens that may be bound to their holder (ERC-5192, interface id 0xb45a3c0e).
interface IERC5192 {
    /// @notice A token is bound to its holder.
    /// @param tokenId the token
    event Locked(uint256 tokenId);

    /// @notice A token may be transferred.
    /// @param tokenId the token
    event Unlocked(uint256 tokenId);

    /// @notice Whether a token is bound to its holder.
    /// @param tokenId a token that exists
    /// @return whether it is
    function locked(uint256 tokenId) external view returns (bool);
}

/// @title IERC5484
/// @author Busan Chain
/// @notice Tokens by consent, with a known right to burn them (ERC-5484, interface id 0x0489b56f).
interface IERC5484 {
    /// @notice Who may burn a token.
    /// @param IssuerOnly the issuer
    /// @param OwnerOnly the holder
    /// @param Both each of them alone
    /// @param Neither nobody
    enum BurnAuth {
        IssuerOnly,
        OwnerOnly,
        Both,
        Neither
    }

    /// @notice A token was issued to who wanted it.
    /// @param from its issuer
    /// @param to its holder
    /// @param tokenId the token
    /// @param burnAuth who may burn it
    event Issued(
        address indexed from,
        address indexed to,
        uint256 indexed tokenId,
        BurnAuth burnAuth
    );

    /// @notice Who may burn a token.
    /// @param tokenId a token that exists
    /// @return who
    function burnAuth(uint256 tokenId) external view returns (BurnAuth);
}

/// @title IERC7858
/// @author Busan Chain
/// @notice Tokens that expire (ERC-7858).
interface IERC7858 {
    /// @notice What times are counted in.
    /// @param BLOCKS_BASED numbers of blocks
    /// @param TIME_BASED seconds since the epoch
    // solhint-disable-next-line contract-name-capwords
    enum EXPIRY_TYPE {
        BLOCKS_BASED,
        TIME_BASED
    }

    /// @notice A token has a new time.
    /// @param tokenId the token
    /// @param startTime seconds since the epoch, included
    /// @param endTime seconds since the epoch, excluded
    event TokenExpiryUpdated(
        uint256 indexed tokenId,
        uint256 indexed startTime,
        uint256 indexed endTime
    );

    /// @notice Whether a token's time is over.
    /// @param tokenId a token that exists
    /// @return whether it is
    function isTokenExpired(uint256 tokenId) external view returns (bool);

    /// @notice When a token begins to count.
    /// @param tokenId a token that exists
    /// @return seconds since the epoch
    function startTime(uint256 tokenId) external view returns (uint256);

    /// @notice When a token's time is over.
    /// @param tokenId a token that exists
    /// @return seconds since the epoch
    function endTime(uint256 tokenId) external view returns (uint256);

    /// @notice What times are counted in.
    /// @return seconds
    function expiryType() external pure returns (EXPIRY_TYPE);
}
