// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title PermissionRegistry
/// @author Busan Chain
/// @notice Who may send transactions and who may deploy. Every node asks it about every
/// transaction, on the state of the parent block; a block that ignores an answer is invalid.
/// The functions that repair it are never asked about (config.systemContracts.recovery).
contract PermissionRegistry is AccessManaged {
    /// @notice How much is asked of a sender.
    /// @param Open nothing: anyone sends and deploys
    /// @param DeployListed DEPLOYER of who deploys; anyone sends
    /// @param AllListed DEPLOYER of who deploys, SENDER or DEPLOYER of who sends
    /// @param Emergency SYSTEM of everyone
    enum Mode {
        Open,
        DeployListed,
        AllListed,
        Emergency
    }

    /// @notice The permissions name a bit that has no meaning.
    /// @param permissions the bits
    error PermissionUnknownBits(uint8 permissions);

    /// @notice An emergency is declared by the guardians and not set.
    error PermissionEmergencyNotSet();

    /// @notice An emergency is on.
    error PermissionEmergencyOn();

    /// @notice No emergency is on.
    error PermissionNoEmergency();

    /// @notice It is too early.
    /// @param allowedAt second from which on it may happen
    error PermissionTooEarly(uint48 allowedAt);

    /// @notice The emergency would end sooner, or later than allowed.
    /// @param until second at which it was to end
    error PermissionInvalidExtension(uint48 until);

    /// @notice The mode changed.
    /// @param mode what is asked from the next block on
    /// @param orderRef hash of the decision; zero where time alone decided
    event ModeChanged(Mode indexed mode, bytes32 orderRef);

    /// @notice The permissions of an account changed.
    /// @param account whose
    /// @param permissions bits: SENDER, DEPLOYER, SYSTEM
    /// @param orderRef hash of the decision
    event AccountChanged(address indexed account, uint8 permissions, bytes32 orderRef);

    /// @notice Calls of a contract began or ceased to count as deployment.
    /// @param target the contract
    /// @param isFactory whether they count
    /// @param orderRef hash of the decision
    event FactoryChanged(address indexed target, bool isFactory, bytes32 orderRef);

    /// @notice An emergency was declared or extended.
    /// @param until second from which on anyone may end it
    /// @param orderRef hash of the decision
    event EmergencyUntil(uint48 until, bytes32 orderRef);

    /// @notice The account may send where senders are listed.
    uint8 public constant SENDER = 1;

    /// @notice The account may deploy where deployers are listed, and send.
    uint8 public constant DEPLOYER = 2;

    /// @notice The account may do everything, also in an emergency.
    uint8 public constant SYSTEM = 4;

    /// @notice How long an emergency lasts unless it is extended.
    uint48 public constant EMERGENCY_DURATION = 72 hours;

    /// @notice How long the guardians must wait after one before they declare another.
    uint48 public constant EMERGENCY_REST = 7 days;

    /// @notice How far ahead the end of an extended emergency may lie.
    uint48 public constant EXTENSION_MAX = 30 days;

    /// @notice What is asked of a sender now.
    Mode public mode;

    /// @notice What is asked again after an emergency.
    Mode public ordinaryMode;

    /// @notice Second at which the last emergency ends or has ended; zero: there was none.
    uint48 public emergencyEndsAt;

    /// @notice Permissions of an account, as bits.
    mapping(address account => uint8 permissions) public permissionsOf;

    /// @notice Whether calls of a contract count as deployment.
    mapping(address target => bool counts) public isFactory;

    /// @notice Starts the registry.
    /// @param authority the city's access manager
    /// @param initialMode what is asked from block 1 on; no emergency
    /// @param factories contracts whose calls deploy, as the CREATE2 deployer
    /// @param deployers first accounts that may deploy
    constructor(
        address authority,
        Mode initialMode,
        address[] memory factories,
        address[] memory deployers
    ) AccessManaged(authority) {
        require(initialMode != Mode.Emergency, PermissionEmergencyNotSet());
        _setMode(initialMode, bytes32(0));
        ordinaryMode = initialMode;
        for (uint256 i = 0; i < factories.length; ++i) _setFactory(factories[i], true, bytes32(0));
        for (uint256 i = 0; i < deployers.length; ++i) {
            _setAccount(deployers[i], SENDER | DEPLOYER, bytes32(0));
        }
    }

    /// @notice Changes what is asked of senders; ends an emergency.
    /// @param newMode Open, DeployListed or AllListed
    /// @param orderRef hash of the decision
    function setMode(Mode newMode, bytes32 orderRef) external restricted {
        require(newMode != Mode.Emergency, PermissionEmergencyNotSet());
        ordinaryMode = newMode;
        if (mode == Mode.Emergency) emergencyEndsAt = uint48(block.timestamp);
        _setMode(newMode, orderRef);
    }

    /// @notice Replaces the permissions of an account.
    /// @param account whose
    /// @param permissions bits: SENDER, DEPLOYER, SYSTEM; zero takes all away
    /// @param orderRef hash of the decision
    function setAccount(address account, uint8 permissions, bytes32 orderRef) external restricted {
        _setAccount(account, permissions, orderRef);
    }

    /// @notice Says whether calls of a contract count as deployment.
    /// @param target the contract
    /// @param counts whether they do
    /// @param orderRef hash of the decision
    function setFactory(address target, bool counts, bytes32 orderRef) external restricted {
        _setFactory(target, counts, orderRef);
    }

    /// @notice Stops everything but recovery and system accounts, for three days.
    /// @param orderRef hash of the decision
    function declareEmergency(bytes32 orderRef) external restricted {
        require(mode != Mode.Emergency, PermissionEmergencyOn());
        uint48 allowedAt = emergencyEndsAt == 0 ? 0 : emergencyEndsAt + EMERGENCY_REST;
        require(block.timestamp >= allowedAt, PermissionTooEarly(allowedAt));
        _setEmergencyEnd(uint48(block.timestamp) + EMERGENCY_DURATION, orderRef);
        _setMode(Mode.Emergency, orderRef);
    }

    /// @notice Lets an emergency last longer.
    /// @param until second at which it ends, within 30 days from now
    /// @param orderRef hash of the decision
    function extendEmergency(uint48 until, bytes32 orderRef) external restricted {
        require(mode == Mode.Emergency, PermissionNoEmergency());
        bool isLater = until > emergencyEndsAt && until <= block.timestamp + EXTENSION_MAX;
        require(isLater, PermissionInvalidExtension(until));
        _setEmergencyEnd(until, orderRef);
    }

    /// @notice Ends an emergency whose time is over. Anyone may.
    function endEmergency() external {
        require(mode == Mode.Emergency, PermissionNoEmergency());
        require(block.timestamp >= emergencyEndsAt, PermissionTooEarly(emergencyEndsAt));
        _setMode(ordinaryMode, bytes32(0));
    }

    /// @notice EEA's question. The answer follows from this contract's storage alone.
    /// @param sender who signed
    /// @param target receiver; zero deploys
    /// @return allowed whether a block may hold the transaction
    function transactionAllowed(
        address sender,
        address target,
        uint256,
        uint256,
        uint256,
        bytes calldata
    ) external view returns (bool allowed) {
        Mode asked = mode;
        if (asked == Mode.Open) return true;
        uint8 permissions = permissionsOf[sender];
        if (permissions & SYSTEM != 0) return true;
        if (asked == Mode.Emergency) return false;
        if (target == address(0) || isFactory[target]) return permissions & DEPLOYER != 0;
        return asked == Mode.DeployListed || permissions & (SENDER | DEPLOYER) != 0;
    }

    function _setMode(Mode newMode, bytes32 orderRef) private {
        mode = newMode;
        emit ModeChanged(newMode, orderRef);
    }

    function _setEmergencyEnd(uint48 until, bytes32 orderRef) private {
        emergencyEndsAt = until;
        emit EmergencyUntil(until, orderRef);
    }

    function _setAccount(address account, uint8 permissions, bytes32 orderRef) private {
        bool isKnown = permissions <= (SENDER | DEPLOYER | SYSTEM);
        require(isKnown, PermissionUnknownBits(permissions));
        permissionsOf[account] = permissions;
        emit AccountChanged(account, permissions, orderRef);
    }

    function _setFactory(address target, bool counts, bytes32 orderRef) private {
        isFactory[target] = counts;
        emit FactoryChanged(target, counts, orderRef);
    }
}
