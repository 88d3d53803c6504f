// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IDidRegistry} from "./IDidRegistry.sol";
import {IMigratable} from "./IMigratable.sol";
import {ITrustedIssuers} from "./ITrustedIssuers.sol";
import {IERC5192, IERC5484, IERC7858} from "./PassStandards.sol";

/// @title BPass
/// @author Busan Chain
/// @notice A citizen's pass for who wants one on the chain: bound to its account, with a time and
/// nothing else. Everything that is normal goes by presentations, which never land on the chain.
contract BPass is AccessManaged, ERC721, EIP712, IERC5192, IERC5484, IERC7858, IMigratable {
    /// @notice What issuer and holder sign.
    /// @param issuer identity of who gives it
    /// @param startsAt seconds since the epoch, included
    /// @param holder account that it is bound to
    /// @param endsAt seconds since the epoch, excluded
    /// @param tokenId random, never used again
    struct Pass {
        address issuer;
        uint64 startsAt;
        address holder;
        uint64 endsAt;
        uint256 tokenId;
    }

    /// @notice A pass stays with its account.
    error BPassLocked();

    /// @notice The pass is over, ends before it starts, has no number, or a used one.
    /// @param tokenId its number
    error BPassInvalid(uint256 tokenId);

    /// @notice The issuer is not trusted with passes now.
    /// @param issuer who gave it
    error BPassIssuerNotTrusted(address issuer);

    /// @notice The signature is not the one it must be.
    /// @param signer who should have signed
    error BPassInvalidSignature(address signer);

    /// @notice Only holder and issuer burn a pass.
    /// @param tokenId its number
    /// @param account who tried
    error BPassNotYours(uint256 tokenId, address account);

    /// @notice The account's key may be in wrong hands: its recovery waits or is over.
    /// @param account the account
    error BPassAccountLocked(address account);

    /// @notice An account can do nothing with its pass for a while.
    /// @param account the account
    /// @param until seconds since the epoch; zero when it was unlocked
    event AccountLocked(address indexed account, uint64 until);

    // solhint-disable gas-small-strings
    bytes32 private constant PASS_TYPEHASH = keccak256(
        "Pass(address issuer,uint64 startsAt,address holder,uint64 endsAt,uint256 tokenId)"
    );
    bytes32 private constant BURN_TYPEHASH = keccak256("Burn(uint256 tokenId,uint64 deadline)");
    // solhint-enable gas-small-strings

    /// @notice Keys of issuers.
    IDidRegistry public immutable DIDS;

    /// @notice Who is trusted.
    ITrustedIssuers public immutable ISSUERS;

    /// @notice What issuers must be accredited for.
    bytes32 public immutable SCHEMA_ID;

    /// @notice An account's pass, also when it is over; zero for none.
    mapping(address account => uint256 tokenId) public passOf;

    /// @notice Until when an account is locked, in seconds since the epoch.
    mapping(address account => uint64 until) public lockedUntil;

    mapping(uint256 tokenId => Pass pass) private _passes;

    /// @dev The account is not locked.
    modifier unlocked(address account) {
        require(block.timestamp >= lockedUntil[account], BPassAccountLocked(account));
        _;
    }

    /// @notice Starts without passes.
    /// @param authority who decides over roles
    /// @param dids keys of issuers
    /// @param issuers who is trusted
    /// @param schemaId what they must be accredited for
    constructor(
        address authority,
        IDidRegistry dids,
        ITrustedIssuers issuers,
        bytes32 schemaId
    ) AccessManaged(authority) ERC721("Busan B-Pass", "BPASS") EIP712("Busan B-Pass", "1") {
        DIDS = dids;
        ISSUERS = issuers;
        SCHEMA_ID = schemaId;
    }

    /// @notice Issues a pass that issuer and holder signed; it replaces the one before. Anyone may
    /// bring it.
    /// @param pass the pass
    /// @param issuerSignature the issuer's word
    /// @param holderSignature the holder's word; not needed when the holder brings it
    function issue(
        Pass calldata pass,
        bytes calldata issuerSignature,
        bytes calldata holderSignature
    ) external unlocked(pass.holder) {
        uint256 tokenId = pass.tokenId;
        bool isTimely = pass.startsAt < pass.endsAt && block.timestamp < pass.endsAt;
        bool isNew = tokenId != 0 && _passes[tokenId].issuer == address(0);
        require(isTimely && isNew, BPassInvalid(tokenId));
        bool isTrusted = ISSUERS.assuranceOf(pass.issuer, SCHEMA_ID, uint64(block.timestamp)) > 0;
        require(isTrusted, BPassIssuerNotTrusted(pass.issuer));
        bytes32 hash = hashOf(pass);
        _requireSigned(DIDS.activeOwner(pass.issuer), hash, issuerSignature);
        if (msg.sender != pass.holder) _requireSigned(pass.holder, hash, holderSignature);
        _passes[tokenId] = pass;
        uint256 old = passOf[pass.holder];
        if (old != 0) _burn(old);
        _mint(pass.holder, tokenId);
        emit Locked(tokenId);
        emit Issued(pass.issuer, pass.holder, tokenId, BurnAuth.Both);
        emit TokenExpiryUpdated(tokenId, pass.startsAt, pass.endsAt);
    }

    /// @notice Burns a pass. Its holder may, and its issuer.
    /// @param tokenId the pass
    function burn(uint256 tokenId) external {
        address holder = ownerOf(tokenId);
        bool isHolder = msg.sender == holder && block.timestamp >= lockedUntil[holder];
        bool isYours = isHolder || msg.sender == DIDS.activeOwner(_passes[tokenId].issuer);
        require(isYours, BPassNotYours(tokenId, msg.sender));
        _burn(tokenId);
    }

    /// @notice Burns a pass by the holder's signature, which anyone may bring.
    /// @param tokenId the pass
    /// @param deadline seconds since the epoch, included
    /// @param signature the holder's
    function burnSigned(uint256 tokenId, uint64 deadline, bytes calldata signature) external {
        address holder = ownerOf(tokenId);
        require(block.timestamp >= lockedUntil[holder], BPassAccountLocked(holder));
        require(block.timestamp <= deadline, BPassInvalid(tokenId));
        bytes32 hash = _hashTypedDataV4(keccak256(abi.encode(BURN_TYPEHASH, tokenId, deadline)));
        _requireSigned(holder, hash, signature);
        _burn(tokenId);
    }

    /// @inheritdoc IMigratable
    function lock(address account, uint64 until) external restricted {
        // A recovered account stays locked.
        require(lockedUntil[account] != type(uint64).max, BPassAccountLocked(account));
        _lock(account, until);
    }

    /// @inheritdoc IMigratable
    function migrate(address from, address to) external restricted {
        _lock(from, type(uint64).max);
        uint256 tokenId = passOf[from];
        if (tokenId == 0 || from == to) return;
        // Who has a pass keeps it.
        if (passOf[to] == 0) _update(to, tokenId, address(0));
        else _burn(tokenId);
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return true;
    }

    /// @inheritdoc IERC5484
    function burnAuth(uint256 tokenId) external view returns (BurnAuth) {
        _requireOwned(tokenId);
        return BurnAuth.Both;
    }

    /// @inheritdoc IERC7858
    function isTokenExpired(uint256 tokenId) external view returns (bool) {
        return block.timestamp >= endTime(tokenId);
    }

    /// @inheritdoc IERC7858
    function startTime(uint256 tokenId) external view returns (uint256) {
        _requireOwned(tokenId);
        return _passes[tokenId].startsAt;
    }

    /// @notice Whether an account has a pass that counts now, of an issuer that is still trusted.
    /// @param account the account
    /// @return whether it has
    function isValid(address account) external view returns (bool) {
        Pass storage pass = _passes[passOf[account]];
        bool isNow = block.timestamp >= pass.startsAt && block.timestamp < pass.endsAt;
        uint64 time = uint64(block.timestamp);
        return isNow && ISSUERS.assuranceOf(pass.issuer, SCHEMA_ID, time) > 0;
    }

    /// @inheritdoc IERC7858
    function expiryType() external pure returns (EXPIRY_TYPE) {
        return EXPIRY_TYPE.TIME_BASED;
    }

    /// @notice Refused: a pass stays with its account.
    function approve(address, uint256) public pure override {
        revert BPassLocked();
    }

    /// @notice Refused: a pass stays with its account.
    function setApprovalForAll(address, bool) public pure override {
        revert BPassLocked();
    }

    /// @inheritdoc IERC7858
    function endTime(uint256 tokenId) public view returns (uint256) {
        _requireOwned(tokenId);
        return _passes[tokenId].endsAt;
    }

    /// @notice What issuer and holder sign.
    /// @param pass the pass
    /// @return the EIP-712 digest
    function hashOf(Pass calldata pass) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(PASS_TYPEHASH, pass)));
    }

    /// @notice Standards that it keeps.
    /// @param interfaceId as in ERC-165
    /// @return whether it keeps it
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        bool isOurs =
            interfaceId == type(IERC5192).interfaceId ||
                interfaceId == type(IERC5484).interfaceId ||
                interfaceId == type(IERC7858).interfaceId;
        return isOurs || super.supportsInterface(interfaceId);
    }

    /// @dev Keeps which pass an account has. Transfers, unlike the rest, come with who wants them.
    function _update(
        address to,
        uint256 tokenId,
        address auth
    ) internal override returns (address from) {
        require(auth == address(0), BPassLocked());
        from = super._update(to, tokenId, auth);
        if (from != address(0)) delete passOf[from];
        if (to != address(0)) passOf[to] = tokenId;
    }

    function _lock(address account, uint64 until) private {
        lockedUntil[account] = until;
        emit AccountLocked(account, until);
    }

    function _requireSigned(address signer, bytes32 hash, bytes calldata signature) private view {
        bool isSigned = SignatureChecker.isValidSignatureNowCalldata(signer, hash, signature);
        require(isSigned, BPassInvalidSignature(signer));
    }
}
