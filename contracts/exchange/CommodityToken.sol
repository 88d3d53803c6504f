// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReserveOracle} from "./ReserveOracle.sol";
import {VaultReceipts} from "./VaultReceipts.sol";

/// @title CommodityToken
/// @author Busan Chain
/// @notice Gold or a raw material by the gram, three decimals: the smallest unit is a milligram
/// that
/// lies in a vault. Minting needs allocated bars and a fresh attestation of them.
contract CommodityToken is ERC20, ERC20Permit, AccessManaged {
    /// @notice The mint would exceed what is allocated and freshly attested.
    /// @param supply milligrams that would exist
    /// @param backing milligrams that are both allocated and attested
    error CommodityUnbacked(uint256 supply, uint256 backing);

    /// @notice Milligrams were minted.
    /// @param to who got them
    /// @param milligrams how many
    /// @param orderRef hash of the order
    event Minted(address indexed to, uint256 milligrams, bytes32 orderRef);

    /// @notice A holder burned the weight of a bar to get the bar.
    /// @param holder who
    /// @param receiptId which bar
    /// @param milligrams its weight
    event Redeemed(address indexed holder, uint256 indexed receiptId, uint256 milligrams);

    /// @notice The bars.
    VaultReceipts public immutable RECEIPTS;

    /// @notice What attestors say about the bars.
    ReserveOracle public immutable ORACLE;

    /// @notice Creates a token without supply.
    /// @param name name for people
    /// @param symbol short name
    /// @param authority who decides over roles
    /// @param receipts the bars
    /// @param oracle what attestors say about them
    constructor(
        string memory name,
        string memory symbol,
        address authority,
        VaultReceipts receipts,
        ReserveOracle oracle
    ) ERC20(name, symbol) ERC20Permit(name) AccessManaged(authority) {
        RECEIPTS = receipts;
        ORACLE = oracle;
    }

    /// @notice Mints against bars. Restricted.
    /// @param to who gets them
    /// @param milligrams how many
    /// @param orderRef hash of the order
    function mint(address to, uint256 milligrams, bytes32 orderRef) external restricted {
        uint256 supply = totalSupply() + milligrams;
        uint256 limit = backing();
        require(supply <= limit, CommodityUnbacked(supply, limit));
        emit Minted(to, milligrams, orderRef);
        _mint(to, milligrams);
    }

    /// @notice Burns exactly a bar's weight from the caller and reserves the bar for the caller.
    /// @param receiptId an allocated bar of this token
    function redeem(uint256 receiptId) external {
        uint256 milligrams = RECEIPTS.startRedeem(receiptId, msg.sender);
        _burn(msg.sender, milligrams);
        emit Redeemed(msg.sender, receiptId, milligrams);
    }

    /// @notice How much may exist.
    /// @return milligrams that are both allocated and freshly attested
    function backing() public view returns (uint256) {
        return Math.min(RECEIPTS.allocatedOf(address(this)), ORACLE.freshUnits());
    }

    /// @notice Grams have three decimals.
    /// @return three
    function decimals() public pure override returns (uint8) {
        return 3;
    }
}
