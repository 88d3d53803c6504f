// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title VaultReceipts
/// @author Busan Chain
/// @notice One receipt for each bar or parcel in a vault. The commodity token that it backs
/// owns it;
/// states only move forward.
contract VaultReceipts is ERC721, AccessManaged {
    /// @notice Where a bar stands. Only allocated bars back tokens.
    /// @param None no receipt has the number
    /// @param Allocated backs tokens
    /// @param Encumbered taken out of the backing by an order
    /// @param Redeeming reserved for who burned its milligrams
    /// @param Released left the vault
    enum State {
        None,
        Allocated,
        Encumbered,
        Redeeming,
        Released
    }

    /// @notice One bar or parcel.
    /// @param token the commodity token that it backs
    /// @param milligrams its weight
    /// @param state where it stands
    /// @param fineness parts in ten thousand
    /// @param redeemer who gets it; zero before redemption
    /// @param serial hash of refiner and serial number
    /// @param assay hash of the assay certificate
    /// @param vault which vault
    struct Receipt {
        address token;
        uint64 milligrams;
        State state;
        uint16 fineness;
        address redeemer;
        bytes32 serial;
        bytes32 assay;
        bytes32 vault;
    }

    /// @notice The serial is already on a receipt.
    /// @param serial hash of refiner and serial number
    /// @param receiptId the receipt
    error ReceiptSerialUsed(bytes32 serial, uint256 receiptId);

    /// @notice Weight, fineness or token is out of range.
    error ReceiptInvalidBar();

    /// @notice The receipt is in another state.
    /// @param receiptId which receipt
    /// @param state where it stands
    error ReceiptWrongState(uint256 receiptId, State state);

    /// @notice Only the token that the receipt backs redeems it.
    /// @param caller who tried
    error ReceiptNotToken(address caller);

    /// @notice Tokens would lose their backing.
    /// @param supply tokens in milligrams
    /// @param allocated milligrams that would be left
    error ReceiptStillBacking(uint256 supply, uint256 allocated);

    /// @notice A bar came in.
    /// @param receiptId which receipt
    /// @param token the commodity token that it backs
    /// @param serial hash of refiner and serial number
    /// @param milligrams its weight
    /// @param assay hash of the assay certificate
    /// @param vault which vault
    event Deposited(
        uint256 indexed receiptId,
        address indexed token,
        bytes32 indexed serial,
        uint64 milligrams,
        bytes32 assay,
        bytes32 vault
    );

    /// @notice A receipt moved on.
    /// @param receiptId which receipt
    /// @param state where it stands now
    /// @param orderRef hash of the order; zero when a holder redeems
    event StateChanged(uint256 indexed receiptId, State indexed state, bytes32 orderRef);

    /// @notice How many receipts were ever made; the latest has this number.
    uint256 public receiptCount;

    /// @notice Milligrams of allocated bars behind a token.
    mapping(address token => uint256 milligrams) public allocatedOf;

    /// @notice The receipt of a serial, or zero.
    mapping(bytes32 serial => uint256 receiptId) public receiptOfSerial;

    mapping(uint256 receiptId => Receipt receipt) private _receipts;

    /// @notice Starts with empty vaults.
    /// @param authority who decides over roles
    constructor(address authority) ERC721("Busan Vault Receipt", "BVR") AccessManaged(authority) {}

    /// @notice Records a bar. Restricted to custodians.
    /// @param token the commodity token that it backs
    /// @param serial hash of refiner and serial number, once for ever
    /// @param milligrams its weight
    /// @param fineness parts in ten thousand
    /// @param assay hash of the assay certificate
    /// @param vault which vault
    /// @return receiptId its number
    function deposit(
        address token,
        bytes32 serial,
        uint64 milligrams,
        uint16 fineness,
        bytes32 assay,
        bytes32 vault
    ) external restricted returns (uint256 receiptId) {
        uint256 used = receiptOfSerial[serial];
        require(used == 0, ReceiptSerialUsed(serial, used));
        bool isSound = milligrams > 0 && fineness > 0 && fineness <= 10_000;
        require(isSound && token.code.length > 0, ReceiptInvalidBar());
        receiptId = ++receiptCount;
        receiptOfSerial[serial] = receiptId;
        Receipt storage receipt = _receipts[receiptId];
        (receipt.token, receipt.milligrams, receipt.fineness) = (token, milligrams, fineness);
        (receipt.serial, receipt.assay, receipt.vault) = (serial, assay, vault);
        receipt.state = State.Allocated;
        allocatedOf[token] += milligrams;
        emit Deposited(receiptId, token, serial, milligrams, assay, vault);
        _mint(token, receiptId);
    }

    /// @notice Takes a bar out of the backing. Restricted to custodians; only while enough is
    /// left.
    /// @param receiptId which receipt
    /// @param orderRef hash of the order
    function encumber(uint256 receiptId, bytes32 orderRef) external restricted {
        Receipt storage receipt = _allocated(receiptId);
        uint256 left = allocatedOf[receipt.token] - receipt.milligrams;
        uint256 supply = IERC20(receipt.token).totalSupply();
        require(supply <= left, ReceiptStillBacking(supply, left));
        allocatedOf[receipt.token] = left;
        _move(receiptId, State.Encumbered, orderRef);
    }

    /// @notice Reserves a bar for who burned its milligrams. Only for the token that it backs.
    /// @param receiptId which receipt
    /// @param redeemer who gets the bar
    /// @return milligrams its weight
    function startRedeem(
        uint256 receiptId,
        address redeemer
    ) external returns (uint256 milligrams) {
        Receipt storage receipt = _allocated(receiptId);
        require(msg.sender == receipt.token, ReceiptNotToken(msg.sender));
        milligrams = receipt.milligrams;
        receipt.redeemer = redeemer;
        allocatedOf[receipt.token] -= milligrams;
        _move(receiptId, State.Redeeming, 0);
    }

    /// @notice Records that a bar left the vault. Restricted to custodians.
    /// @param receiptId which receipt, encumbered or being redeemed
    /// @param orderRef hash of the hand-over protocol
    function release(uint256 receiptId, bytes32 orderRef) external restricted {
        State state = _receipts[receiptId].state;
        bool mayLeave = state == State.Encumbered || state == State.Redeeming;
        require(mayLeave, ReceiptWrongState(receiptId, state));
        _move(receiptId, State.Released, orderRef);
        _burn(receiptId);
    }

    /// @notice A receipt as it stands.
    /// @param receiptId which receipt; an unknown one has state None
    /// @return the receipt
    function receiptOf(uint256 receiptId) external view returns (Receipt memory) {
        return _receipts[receiptId];
    }

    function _move(uint256 receiptId, State state, bytes32 orderRef) private {
        _receipts[receiptId].state = state;
        emit StateChanged(receiptId, state, orderRef);
    }

    function _allocated(uint256 receiptId) private view returns (Receipt storage receipt) {
        receipt = _receipts[receiptId];
        bool isAllocated = receipt.state == State.Allocated;
        require(isAllocated, ReceiptWrongState(receiptId, receipt.state));
    }
}
