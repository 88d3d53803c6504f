// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title AllianceRegistry
/// @author Busan Chain
/// @notice Members of the Busan Blockchain Alliance: institutions, not people. A member's tier
/// says what it may ask for.
contract AllianceRegistry is AccessManaged {
    /// @notice What a member may ask for; each tier includes those before it.
    /// @param None nothing: it is no member
    /// @param Observer a node that follows the chain
    /// @param Developer an account that deploys
    /// @param Validator a seat among the validators
    enum Tier {
        None,
        Observer,
        Developer,
        Validator
    }

    /// @notice One member.
    /// @param tier what it may ask for
    /// @param account who acts for it
    /// @param isSuspended whether that rests
    struct Member {
        Tier tier;
        address account;
        bool isSuspended;
    }

    /// @notice Account and tier must be given, the name in 1 to 64 bytes.
    error AllianceInvalidMember();

    /// @notice The institution is a member already.
    /// @param id its id
    error AllianceMemberExists(bytes32 id);

    /// @notice There is no such member.
    /// @param id the id
    error AllianceNoMember(bytes32 id);

    /// @notice The account acts for a member already.
    /// @param account the account
    /// @param id its member
    error AllianceAccountTaken(address account, bytes32 id);

    /// @notice A member joined or its entry changed.
    /// @param id keccak256 of its name
    /// @param account who acts for it
    /// @param tier what it may ask for; None: it left
    /// @param isSuspended whether that rests
    /// @param orderRef hash of the decision
    event MemberChanged(
        bytes32 indexed id,
        address indexed account,
        Tier indexed tier,
        bool isSuspended,
        bytes32 orderRef
    );

    /// @notice Longest name, in bytes.
    uint256 public constant NAME_SIZE_MAX = 64;

    /// @notice How many members there are, suspended ones included.
    uint256 public memberCount;

    /// @notice The member that an account acts for; zero: none.
    mapping(address account => bytes32 id) public memberOf;

    /// @notice Name of a member.
    mapping(bytes32 id => string name) public nameOf;

    mapping(bytes32 id => Member member) private _members;

    /// @notice Starts the registry.
    /// @param authority the city's access manager
    constructor(address authority) AccessManaged(authority) {}

    /// @notice Takes an institution in.
    /// @param name its name, which also is its id
    /// @param account who acts for it
    /// @param tier what it may ask for
    /// @param orderRef hash of the decision
    /// @return id keccak256 of the name
    function join(
        string calldata name,
        address account,
        Tier tier,
        bytes32 orderRef
    ) external restricted returns (bytes32 id) {
        bool isNamed = bytes(name).length > 0 && bytes(name).length <= NAME_SIZE_MAX;
        require(isNamed && tier != Tier.None, AllianceInvalidMember());
        id = keccak256(bytes(name));
        require(_members[id].tier == Tier.None, AllianceMemberExists(id));
        _claim(account, id);
        _members[id] = Member(tier, account, false);
        nameOf[id] = name;
        ++memberCount;
        _report(id, orderRef);
    }

    /// @notice Changes what a member may ask for.
    /// @param id the member
    /// @param tier the new tier
    /// @param isSuspended whether it rests
    /// @param orderRef hash of the decision
    function change(bytes32 id, Tier tier, bool isSuspended, bytes32 orderRef) external restricted {
        require(tier != Tier.None, AllianceInvalidMember());
        Member storage member = _existing(id);
        (member.tier, member.isSuspended) = (tier, isSuspended);
        _report(id, orderRef);
    }

    /// @notice Replaces the account that acts for a member.
    /// @param id the member
    /// @param account who acts from now on
    /// @param orderRef hash of the decision
    function setAccount(bytes32 id, address account, bytes32 orderRef) external restricted {
        Member storage member = _existing(id);
        delete memberOf[member.account];
        _claim(account, id);
        member.account = account;
        _report(id, orderRef);
    }

    /// @notice Lets a member go.
    /// @param id the member
    /// @param orderRef hash of the decision
    function remove(bytes32 id, bytes32 orderRef) external restricted {
        address account = _existing(id).account;
        delete memberOf[account];
        delete _members[id];
        delete nameOf[id];
        --memberCount;
        emit MemberChanged(id, account, Tier.None, false, orderRef);
    }

    /// @notice One member.
    /// @param id its id
    /// @return member its entry; tier None: no member
    function memberAt(bytes32 id) external view returns (Member memory member) {
        return _members[id];
    }

    /// @notice What a member may ask for now.
    /// @param id its id
    /// @return tier None while suspended, and for strangers
    function tierOf(bytes32 id) external view returns (Tier tier) {
        Member storage member = _members[id];
        return member.isSuspended ? Tier.None : member.tier;
    }

    function _claim(address account, bytes32 id) private {
        require(account != address(0), AllianceInvalidMember());
        bytes32 taken = memberOf[account];
        require(taken == bytes32(0), AllianceAccountTaken(account, taken));
        memberOf[account] = id;
    }

    function _report(bytes32 id, bytes32 orderRef) private {
        Member storage member = _members[id];
        emit MemberChanged(id, member.account, member.tier, member.isSuspended, orderRef);
    }

    function _existing(bytes32 id) private view returns (Member storage member) {
        member = _members[id];
        require(member.tier != Tier.None, AllianceNoMember(id));
    }
}
