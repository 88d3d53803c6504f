// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Notice board
/// @author Busan Chain
/// @notice Public notices of registered offices, numbered from 1. A notice is an event: it costs
/// little and is found by its author.
contract NoticeBoard is Ownable {
    /// @notice Only registered offices post.
    /// @param caller who tried
    error NoticeBoardNotAnOffice(address caller);

    /// @notice A notice has a text of at most {MAX_TEXT_BYTES} bytes.
    /// @param length bytes of the text
    error NoticeBoardInvalidText(uint256 length);

    /// @notice An office may post from here on, or not.
    /// @param office the account
    /// @param isRegistered true when it may post
    event OfficeChanged(address indexed office, bool isRegistered);

    /// @notice A notice was posted.
    /// @param noticeId number of the notice
    /// @param office who posted it
    /// @param text UTF-8
    event Posted(uint256 indexed noticeId, address indexed office, string text);

    /// @notice The longest text, in bytes of UTF-8.
    uint256 public constant MAX_TEXT_BYTES = 280;

    /// @notice Who may post.
    mapping(address office => bool isRegistered) public isOffice;

    /// @notice How many notices there are; the latest has this number.
    uint256 public noticeCount;

    /// @notice Creates an empty board.
    /// @param owner who registers offices
    constructor(address owner) Ownable(owner) {}

    /// @notice Lets an account post, or stops it. Only for the owner.
    /// @param office the account
    /// @param isRegistered true when it may post
    function setOffice(address office, bool isRegistered) external onlyOwner {
        isOffice[office] = isRegistered;
        emit OfficeChanged(office, isRegistered);
    }

    /// @notice Posts a notice. Only for registered offices.
    /// @param text UTF-8, 1 to {MAX_TEXT_BYTES} bytes
    /// @return noticeId number of the notice
    function post(string calldata text) external returns (uint256 noticeId) {
        require(isOffice[msg.sender], NoticeBoardNotAnOffice(msg.sender));
        uint256 length = bytes(text).length;
        require(length > 0 && length <= MAX_TEXT_BYTES, NoticeBoardInvalidText(length));
        noticeId = ++noticeCount;
        emit Posted(noticeId, msg.sender, text);
    }
}
