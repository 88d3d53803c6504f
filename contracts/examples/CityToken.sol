// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title City points
/// @author Busan Chain
/// @notice An ERC-20 token of whole points: one point stands for one won, so there are no decimals.
/// @dev Allowances may be signed off chain (EIP-2612). The owner mints up to a fixed cap.
contract CityToken is ERC20, ERC20Permit, Ownable {
    /// @notice The mint would pass the cap.
    /// @param requested points that were asked for
    /// @param available points that may still be minted
    error CityTokenCapExceeded(uint256 requested, uint256 available);

    /// @notice The most points that can ever exist at the same time.
    uint256 public immutable CAP;

    /// @notice Creates the token without any points.
    /// @param owner who may mint
    /// @param cap the most points that can exist at the same time
    constructor(
        address owner,
        uint256 cap
    ) ERC20("Busan City Point", "BCP") ERC20Permit("Busan City Point") Ownable(owner) {
        CAP = cap;
    }

    /// @notice Creates points. Only for the owner.
    /// @dev Reverts with {CityTokenCapExceeded} when the supply would pass {CAP}.
    /// @param to who receives them
    /// @param amount points
    function mint(address to, uint256 amount) external onlyOwner {
        uint256 available = CAP - totalSupply();
        require(amount <= available, CityTokenCapExceeded(amount, available));
        _mint(to, amount);
    }

    /// @notice Destroys points of the caller.
    /// @param amount points; reverts with ERC20InsufficientBalance above the caller's balance
    function burn(uint256 amount) external {
        _burn(msg.sender, amount);
    }

    /// @notice Points are whole.
    /// @return always 0
    function decimals() public pure override returns (uint8) {
        return 0;
    }
}
