// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/// @title MigrationPortal
/// @author Busan Chain
/// @notice Pays out balances of older chains to who signs with the old key. A snapshot is put
/// forward by one attestor and confirmed, with the tokens for all its claims, by another.
contract MigrationPortal is AccessManaged, EIP712 {
    using SafeERC20 for IERC20;

    /// @notice Balances of one older chain at one height.
    /// @param token what claims are paid in
    /// @param closesAt seconds since the epoch; from then on the rest goes back
    /// @param isOpen whether a second attestor confirmed it
    /// @param proposer the first attestor
    /// @param total smallest units of all claims
    /// @param claimed smallest units paid out
    /// @param source hash of the chain's CAIP-2 name and the height
    struct Snapshot {
        IERC20 token;
        uint64 closesAt;
        bool isOpen;
        address proposer;
        uint256 total;
        uint256 claimed;
        bytes32 source;
    }

    /// @notice One balance on the older chain, a leaf of the snapshot.
    /// @param index number of the leaf
    /// @param legacyKey 20 bytes of a secp256k1 address, or 64 bytes of a P-256 public key
    /// @param amount smallest units
    struct Right {
        uint256 index;
        bytes legacyKey;
        uint256 amount;
    }

    /// @notice The snapshot exists, or its terms are out of range.
    /// @param root Merkle root
    error MigrationInvalidSnapshot(bytes32 root);

    /// @notice The snapshot is not open, or not yet over.
    /// @param root Merkle root
    error MigrationNotNow(bytes32 root);

    /// @notice Who puts forward does not confirm.
    /// @param attestor who tried
    error MigrationSameAttestor(address attestor);

    /// @notice The leaf was paid.
    /// @param index number of the leaf
    error MigrationAlreadyClaimed(uint256 index);

    /// @notice The leaf is not in the snapshot.
    /// @param index number of the leaf
    error MigrationNotInSnapshot(uint256 index);

    /// @notice The signature is not of the legacy key.
    error MigrationInvalidSignature();

    /// @notice The claims of the snapshot exceed its total.
    /// @param claimed smallest units that would be paid out
    /// @param total smallest units of all claims
    error MigrationAboveTotal(uint256 claimed, uint256 total);

    /// @notice A snapshot was put forward.
    /// @param root Merkle root
    /// @param proposer the first attestor
    /// @param total smallest units of all claims
    /// @param source hash of the chain's CAIP-2 name and the height
    event Proposed(bytes32 indexed root, address indexed proposer, uint256 total, bytes32 source);

    /// @notice A snapshot was confirmed and funded.
    /// @param root Merkle root
    /// @param attestor the second attestor
    event Opened(bytes32 indexed root, address indexed attestor);

    /// @notice A balance was paid out.
    /// @param root Merkle root
    /// @param index number of the leaf
    /// @param newOwner who got it
    /// @param amount smallest units
    event Claimed(
        bytes32 indexed root,
        uint256 indexed index,
        address indexed newOwner,
        uint256 amount
    );

    /// @notice What nobody claimed went back.
    /// @param root Merkle root
    /// @param to who got it
    /// @param amount smallest units
    event Closed(bytes32 indexed root, address indexed to, uint256 amount);

    // solhint-disable gas-small-strings
    bytes32 private constant CLAIM_TYPEHASH = keccak256(
        "Claim(bytes32 root,uint256 index,address newOwner)"
    );
    // solhint-enable gas-small-strings

    /// @notice Whether a leaf was paid.
    mapping(bytes32 root => mapping(uint256 index => bool done)) public isClaimed;

    mapping(bytes32 root => Snapshot snapshot) private _snapshots;

    /// @notice Starts without snapshots.
    /// @param authority who decides over roles
    constructor(address authority) AccessManaged(authority) EIP712("Busan Migration", "1") {}

    /// @notice Puts a snapshot forward. Restricted to attestors.
    /// @param root Merkle root of its rights
    /// @param token what claims are paid in
    /// @param total smallest units of all claims
    /// @param closesAt seconds since the epoch
    /// @param source hash of the chain's CAIP-2 name and the height
    function propose(
        bytes32 root,
        IERC20 token,
        uint256 total,
        uint64 closesAt,
        bytes32 source
    ) external restricted {
        bool isNew = _snapshots[root].proposer == address(0);
        require(isNew && closesAt > block.timestamp, MigrationInvalidSnapshot(root));
        _snapshots[root] = Snapshot(token, closesAt, false, msg.sender, total, 0, source);
        emit Proposed(root, msg.sender, total, source);
    }

    /// @notice Confirms a snapshot and pays its total in. Restricted to attestors.
    /// @param root Merkle root
    function confirm(bytes32 root) external restricted {
        Snapshot storage snapshot = _snapshots[root];
        bool isWaiting = snapshot.proposer != address(0) && !snapshot.isOpen;
        require(isWaiting && block.timestamp < snapshot.closesAt, MigrationNotNow(root));
        require(snapshot.proposer != msg.sender, MigrationSameAttestor(msg.sender));
        snapshot.isOpen = true;
        emit Opened(root, msg.sender);
        snapshot.token.safeTransferFrom(msg.sender, address(this), snapshot.total);
    }

    /// @notice Pays a right out. Anyone may bring what the old key signed.
    /// @param root Merkle root
    /// @param right the leaf
    /// @param proof its siblings, from the leaf up
    /// @param newOwner who gets it, as the old key signed
    /// @param signature 65 bytes r, s, v of secp256k1, or 64 bytes r, s of P-256, low s
    function claim(
        bytes32 root,
        Right calldata right,
        bytes32[] calldata proof,
        address newOwner,
        bytes calldata signature
    ) external {
        Snapshot storage snapshot = _snapshots[root];
        bool isOpen = snapshot.isOpen && block.timestamp < snapshot.closesAt;
        require(isOpen, MigrationNotNow(root));
        require(!isClaimed[root][right.index], MigrationAlreadyClaimed(right.index));
        bool isLeaf = MerkleProof.verifyCalldata(proof, root, leafOf(right));
        require(isLeaf, MigrationNotInSnapshot(right.index));
        bytes32 hash = hashOf(root, right.index, newOwner);
        require(_isSigned(right.legacyKey, hash, signature), MigrationInvalidSignature());
        uint256 claimed = snapshot.claimed + right.amount;
        require(claimed <= snapshot.total, MigrationAboveTotal(claimed, snapshot.total));
        (isClaimed[root][right.index], snapshot.claimed) = (true, claimed);
        emit Claimed(root, right.index, newOwner, right.amount);
        snapshot.token.safeTransfer(newOwner, right.amount);
    }

    /// @notice Sends back what nobody claimed in time. Restricted to attestors.
    /// @param root Merkle root
    /// @param to who gets it
    function close(bytes32 root, address to) external restricted {
        Snapshot storage snapshot = _snapshots[root];
        require(snapshot.isOpen && block.timestamp >= snapshot.closesAt, MigrationNotNow(root));
        snapshot.isOpen = false;
        uint256 amount = snapshot.total - snapshot.claimed;
        emit Closed(root, to, amount);
        snapshot.token.safeTransfer(to, amount);
    }

    /// @notice A snapshot as it stands.
    /// @param root Merkle root
    /// @return the snapshot
    function snapshotOf(bytes32 root) external view returns (Snapshot memory) {
        return _snapshots[root];
    }

    /// @notice What the old key signs.
    /// @param root Merkle root
    /// @param index number of the leaf
    /// @param newOwner who gets it
    /// @return the EIP-712 digest
    function hashOf(bytes32 root, uint256 index, address newOwner) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CLAIM_TYPEHASH, root, index, newOwner)));
    }

    /// @notice The leaf of a right, hashed twice so that no inner node passes for one.
    /// @param right the leaf
    /// @return its hash
    function leafOf(Right calldata right) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(right))));
    }

    function _isSigned(
        bytes calldata key,
        bytes32 hash,
        bytes calldata signature
    ) private view returns (bool) {
        if (key.length == 20) {
            (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(hash, signature);
            return failure == ECDSA.RecoverError.NoError && signer == address(bytes20(key));
        }
        if (key.length != 64 || signature.length != 64) return false;
        (bytes32 r, bytes32 s) = (bytes32(signature[:32]), bytes32(signature[32:]));
        return P256.verify(hash, r, s, bytes32(key[:32]), bytes32(key[32:]));
    }
}
