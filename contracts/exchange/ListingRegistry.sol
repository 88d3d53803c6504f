// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title ListingRegistry
/// @author Busan Chain
/// @notice Which assets may trade. Revenue shares and securities stay off until the law that
/// permits
/// them is named.
contract ListingRegistry is AccessManaged {
    /// @notice Kinds of assets, by the law that governs them.
    /// @param PreciousMetal gold and the like
    /// @param RawMaterial other commodities in a vault
    /// @param Carbon units of carbon dioxide
    /// @param IpRevenue shares of the revenue of intellectual property
    /// @param Security securities
    enum AssetClass {
        PreciousMetal,
        RawMaterial,
        Carbon,
        IpRevenue,
        Security
    }

    /// @notice Where a listing stands.
    /// @param None nobody proposed it
    /// @param Proposed put forward; does not trade
    /// @param Listed trades
    /// @param Caution trades under a warning
    /// @param Delisting trades until it is delisted
    /// @param Delisted trades no more, for ever
    enum State {
        None,
        Proposed,
        Listed,
        Caution,
        Delisting,
        Delisted
    }

    /// @notice One asset.
    /// @param class kind of asset
    /// @param state where the listing stands
    /// @param lot base units in one lot
    /// @param tick quote units between two allowed prices
    /// @param dossier hash of the listing documents
    struct Listing {
        AssetClass class;
        State state;
        uint64 lot;
        uint64 tick;
        bytes32 dossier;
    }

    /// @notice The class is not permitted.
    /// @param class kind of asset
    error ListingClassOff(AssetClass class);

    /// @notice Permission needs the reference of a law or licence.
    error ListingNoLegalReference();

    /// @notice Lot, tick and dossier must not be zero.
    error ListingInvalidTerms();

    /// @notice The listing cannot go from one state to the other.
    /// @param from where it stands
    /// @param to where it was to go
    error ListingInvalidTransition(State from, State to);

    /// @notice A class was switched on or off.
    /// @param class kind of asset
    /// @param on whether it may trade
    /// @param legalRef hash of the law, licence or order
    event ClassPermitted(AssetClass indexed class, bool on, bytes32 legalRef);

    /// @notice A listing was proposed.
    /// @param asset address of the token
    /// @param class kind of asset
    /// @param lot base units in one lot
    /// @param tick quote units between two allowed prices
    /// @param dossier hash of the listing documents
    event Proposed(
        address indexed asset,
        AssetClass indexed class,
        uint64 lot,
        uint64 tick,
        bytes32 dossier
    );

    /// @notice A listing moved on.
    /// @param asset address of the token
    /// @param state where it stands now
    /// @param orderRef hash of the decision
    event StateChanged(address indexed asset, State indexed state, bytes32 orderRef);

    /// @notice Whether a class may trade.
    mapping(AssetClass class => bool on) public isClassOn;

    mapping(address asset => Listing listing) private _listings;

    /// @notice Commodities and carbon start on, everything else off.
    /// @param authority who decides over roles
    constructor(address authority) AccessManaged(authority) {
        isClassOn[AssetClass.PreciousMetal] = true;
        isClassOn[AssetClass.RawMaterial] = true;
        isClassOn[AssetClass.Carbon] = true;
    }

    /// @notice Switches a class. Restricted.
    /// @param class kind of asset
    /// @param on whether it may trade
    /// @param legalRef hash of the law, licence or order; not zero
    function permitClass(AssetClass class, bool on, bytes32 legalRef) external restricted {
        require(legalRef != 0, ListingNoLegalReference());
        isClassOn[class] = on;
        emit ClassPermitted(class, on, legalRef);
    }

    /// @notice Puts an asset forward. Restricted to the listing body.
    /// @param asset address of the token
    /// @param class kind of asset, which must be on
    /// @param lot base units in one lot
    /// @param tick quote units between two allowed prices
    /// @param dossier hash of the listing documents
    function propose(
        address asset,
        AssetClass class,
        uint64 lot,
        uint64 tick,
        bytes32 dossier
    ) external restricted {
        require(isClassOn[class], ListingClassOff(class));
        require(lot != 0 && tick != 0 && dossier != 0, ListingInvalidTerms());
        State state = _listings[asset].state;
        require(state == State.None, ListingInvalidTransition(state, State.Proposed));
        _listings[asset] = Listing(class, State.Proposed, lot, tick, dossier);
        emit Proposed(asset, class, lot, tick, dossier);
    }

    /// @notice Moves a listing on. Restricted to the listing body. Only Listed and Caution
    /// alternate.
    /// @param asset address of the token
    /// @param to where it is to stand
    /// @param orderRef hash of the decision
    function setState(address asset, State to, bytes32 orderRef) external restricted {
        State from = _listings[asset].state;
        bool isBackToListed = from == State.Caution && to == State.Listed;
        bool isForward = from != State.None && to > from;
        require(isBackToListed || isForward, ListingInvalidTransition(from, to));
        _listings[asset].state = to;
        emit StateChanged(asset, to, orderRef);
    }

    /// @notice A listing as it stands.
    /// @param asset address of the token; an unknown one has state None
    /// @return the listing
    function listingOf(address asset) external view returns (Listing memory) {
        return _listings[asset];
    }

    /// @notice Whether an asset may trade now.
    /// @param asset address of the token
    /// @return true when it is listed, also with caution or while delisting, and its class is on
    function isTradable(address asset) external view returns (bool) {
        Listing storage listing = _listings[asset];
        bool isOpen = listing.state >= State.Listed && listing.state < State.Delisted;
        return isOpen && isClassOn[listing.class];
    }
}
