// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a receiver that is a contract implements (EIP-1155).
interface IERC1155Receiver {
    function onERC1155Received(address operator, address from, uint256 id, uint256 value, bytes calldata data)
        external
        returns (bytes4);

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external returns (bytes4);
}

/// @title Prosumer Credits of one community, and its Community Credit, which is their sum.
/// @notice An ERC-1155 token with two ids; 1 unit is 1 micro-credit. Rounds give and take the net of each participant.
/// @dev Nothing but settle() changes the sum, and it changes both sides of it. Where a contract is called, all is booked.
contract EnergyCredits {
    /// @notice Prosumer Credit: the value of one prosumer's settled production.
    uint256 public constant PROSUMER = 1;
    /// @notice Community Credit: the sum of all Prosumer Credits. This contract holds it and has no way to give it away.
    uint256 public constant COMMUNITY = 2;

    /// @notice May give and take roles, admit and dismiss members, open and close the community.
    uint256 public constant ADMIN = 1;
    /// @notice May settle rounds.
    uint256 public constant SETTLER = 2;
    /// @notice May stop rounds and transfers, and let them go on.
    uint256 public constant PAUSER = 4;

    /// @notice Bytes of a round's record: 20 of the address, 8 of the signed micro-credits.
    uint256 private constant RECORD = 28;

    // An account's word: credit in the low 128 bits, and what is known of it. Credits can't reach the flags:
    // a record adds less than 2^63, and nobody can pay for 2^65 records.
    uint256 private constant MEMBER = 1 << 255;
    uint256 private constant SEEN = 1 << 254;
    uint256 private constant CONTRACT = 1 << 253;

    event TransferSingle(
        address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value
    );
    event TransferBatch(
        address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values
    );
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    /// @param content keccak256 of the round's records
    /// @param sum by which the Community Credit changed
    event Settled(bytes32 indexed round, bytes32 content, int256 sum, uint256 participants);
    event Admitted(address indexed account);
    event Dismissed(address indexed account);
    event OpenSet(bool open);
    event RolesSet(address indexed account, uint256 roles);
    event Paused(address by);
    event Unpaused(address by);

    error MissingRole(address account, uint256 role);
    error OwnAdminRole();
    error IsPaused();
    error RoundConflict(bytes32 round);
    error MalformedRound();
    error NotAscending(address account);
    error InsufficientCredit(address account);
    error NotMember(address account);
    error NotApproved(address operator);
    error SelfApproval(address account);
    error ZeroAddress();
    error LengthMismatch();
    error ReceiverRefused(address receiver);

    mapping(address => uint256) private _accounts;
    mapping(address => mapping(address => bool)) private _approved;

    /// @notice The roles of an account, as bits.
    mapping(address => uint256) public rolesOf;
    /// @notice keccak256 of a settled round's records; 0 if it wasn't settled.
    mapping(bytes32 => bytes32) public contentOf;

    uint128 private _total;
    /// @notice Whether every account is a member.
    bool public open;
    /// @notice Whether rounds and transfers are stopped.
    bool public paused;

    modifier only(uint256 role) {
        if (rolesOf[msg.sender] & role == 0) revert MissingRole(msg.sender, role);
        _;
    }

    modifier whenRunning() {
        if (paused) revert IsPaused();
        _;
    }

    /// @param admin the first one
    /// @param openAtFirst whether every account is a member
    constructor(address admin, bool openAtFirst) {
        if (admin == address(0)) revert ZeroAddress();
        open = openAtFirst;
        emit OpenSet(openAtFirst);
        _setRoles(admin, ADMIN);
    }

    // Rounds

    /// @notice Gives and takes the net of each participant, whole or not at all, once. The same round with the same
    /// records again succeeds and changes nothing.
    /// @param round unique in the community, for ever
    /// @param packed records of 28 bytes by ascending address: address, then micro-credits, signed, big-endian, not 0
    function settle(bytes32 round, bytes calldata packed) external only(SETTLER) whenRunning {
        bytes32 content = keccak256(packed);
        bytes32 had = contentOf[round];
        if (had != 0) {
            if (had != content) revert RoundConflict(round);
            return;
        }
        if (packed.length == 0 || packed.length % RECORD != 0) revert MalformedRound();
        contentOf[round] = content;
        (int256 sum, bool ask) = _book(packed);
        _bookCommunity(sum);
        emit Settled(round, content, sum, packed.length / RECORD);
        if (ask) _askAll(packed);
    }

    function _book(bytes calldata packed) private returns (int256 sum, bool ask) {
        bool everybody = open;
        address previous = address(0);
        // No overflow: the sum of 2^192 records still fits, and each credit is compared before it is taken.
        unchecked {
            for (uint256 offset = 0; offset < packed.length; offset += RECORD) {
                (address account, int256 net) = _record(packed, offset);
                if (account <= previous) revert NotAscending(account);
                previous = account;
                sum += net;
                uint256 word = _accounts[account];
                if (net > 0) {
                    if (word & MEMBER == 0) {
                        if (!everybody) revert NotMember(account);
                        if (word & SEEN == 0) word |= _look(account);
                    }
                    if (word & CONTRACT != 0) ask = true;
                    _accounts[account] = word + uint256(net);
                    emit TransferSingle(msg.sender, address(0), account, PROSUMER, uint256(net));
                } else {
                    if (net == 0) revert MalformedRound();
                    if (uint128(word) < uint256(-net)) revert InsufficientCredit(account);
                    _accounts[account] = word - uint256(-net);
                    emit TransferSingle(msg.sender, account, address(0), PROSUMER, uint256(-net));
                }
            }
        }
    }

    function _bookCommunity(int256 sum) private {
        if (sum == 0) return;
        _total = uint128(uint256(int256(uint256(_total)) + sum));
        if (sum > 0) emit TransferSingle(msg.sender, address(0), address(this), COMMUNITY, uint256(sum));
        else emit TransferSingle(msg.sender, address(this), address(0), COMMUNITY, uint256(-sum));
    }

    function _askAll(bytes calldata packed) private {
        for (uint256 offset = 0; offset < packed.length; offset += RECORD) {
            (address account, int256 net) = _record(packed, offset);
            // What was a contract when it was looked at may be none any more.
            if (net > 0 && _accounts[account] & CONTRACT != 0 && account.code.length != 0) {
                _ask(address(0), account, PROSUMER, uint256(net), "");
            }
        }
    }

    function _record(bytes calldata packed, uint256 offset) private pure returns (address account, int256 net) {
        uint256 word;
        assembly ("memory-safe") {
            word := calldataload(add(packed.offset, offset))
        }
        account = address(uint160(word >> 96));
        net = int64(uint64(word >> 32));
    }

    function _look(address account) private view returns (uint256) {
        return account.code.length == 0 ? SEEN : SEEN | CONTRACT;
    }

    // ERC-1155

    /// @notice The credit of an account. Ids other than the two are nobody's.
    function balanceOf(address account, uint256 id) public view virtual returns (uint256) {
        if (account == address(0)) revert ZeroAddress();
        if (id == PROSUMER) return uint128(_accounts[account]);
        return id == COMMUNITY && account == address(this) ? _total : 0;
    }

    function balanceOfBatch(address[] calldata accounts, uint256[] calldata ids)
        external
        view
        returns (uint256[] memory balances)
    {
        if (accounts.length != ids.length) revert LengthMismatch();
        balances = new uint256[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) {
            balances[i] = balanceOf(accounts[i], ids[i]);
        }
    }

    /// @notice The sum over all accounts: the same number for both ids.
    function totalSupply(uint256 id) external view returns (uint256) {
        return id == PROSUMER || id == COMMUNITY ? _total : 0;
    }

    function setApprovalForAll(address operator, bool approved) external {
        if (operator == msg.sender) revert SelfApproval(operator);
        _approved[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function isApprovedForAll(address owner, address operator) public view returns (bool) {
        return _approved[owner][operator];
    }

    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes calldata data)
        external
        whenRunning
    {
        _requireAllowed(from, to);
        _move(from, to, id, value);
        emit TransferSingle(msg.sender, from, to, id, value);
        if (to.code.length != 0) _ask(from, to, id, value, data);
    }

    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external whenRunning {
        if (ids.length != values.length) revert LengthMismatch();
        _requireAllowed(from, to);
        for (uint256 i = 0; i < ids.length; i++) {
            _move(from, to, ids[i], values[i]);
        }
        emit TransferBatch(msg.sender, from, to, ids, values);
        if (to.code.length != 0) {
            try IERC1155Receiver(to).onERC1155BatchReceived(msg.sender, from, ids, values, data) returns (bytes4 answer) {
                if (answer != IERC1155Receiver.onERC1155BatchReceived.selector) revert ReceiverRefused(to);
            } catch {
                revert ReceiverRefused(to);
            }
        }
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 // ERC-165
            || id == 0xd9b67a26; // ERC-1155
    }

    function _requireAllowed(address from, address to) private view {
        if (to == address(0)) revert ZeroAddress();
        if (from != msg.sender && !isApprovedForAll(from, msg.sender)) revert NotApproved(msg.sender);
        if (!isMember(from)) revert NotMember(from);
        if (!isMember(to)) revert NotMember(to);
    }

    function _move(address from, address to, uint256 id, uint256 value) internal virtual {
        if (value == 0) return;
        // The Community Credit is this contract's, which sends and approves nothing; other ids are nobody's.
        if (id != PROSUMER || uint128(_accounts[from]) < value) revert InsufficientCredit(from);
        _accounts[from] -= value;
        _accounts[to] += value;
    }

    function _ask(address from, address to, uint256 id, uint256 value, bytes memory data) private {
        try IERC1155Receiver(to).onERC1155Received(msg.sender, from, id, value, data) returns (bytes4 answer) {
            if (answer != IERC1155Receiver.onERC1155Received.selector) revert ReceiverRefused(to);
        } catch {
            revert ReceiverRefused(to);
        }
    }

    // Members, roles, pause

    /// @notice Whether an account may get credits and transfer them.
    function isMember(address account) public view returns (bool) {
        return open || _accounts[account] & MEMBER != 0;
    }

    /// @notice Makes a member. Again: looks again whether rounds have to ask it as a contract.
    function admit(address account) external only(ADMIN) {
        if (account == address(0)) revert ZeroAddress();
        _accounts[account] = uint128(_accounts[account]) | MEMBER | _look(account);
        emit Admitted(account);
    }

    /// @notice Ends a membership. The account keeps its credits; a round can still take them.
    function dismiss(address account) external only(ADMIN) {
        _accounts[account] &= ~MEMBER;
        emit Dismissed(account);
    }

    function setOpen(bool open_) external only(ADMIN) {
        open = open_;
        emit OpenSet(open_);
    }

    function grant(address account, uint256 roles) external only(ADMIN) {
        if (account == address(0)) revert ZeroAddress();
        _setRoles(account, rolesOf[account] | roles);
    }

    function revoke(address account, uint256 roles) external only(ADMIN) {
        if (account == msg.sender && roles & ADMIN != 0) revert OwnAdminRole();
        _setRoles(account, rolesOf[account] & ~roles);
    }

    function _setRoles(address account, uint256 roles) private {
        rolesOf[account] = roles;
        emit RolesSet(account, roles);
    }

    function pause() external only(PAUSER) {
        paused = true;
        emit Paused(msg.sender);
    }

    function unpause() external only(PAUSER) {
        paused = false;
        emit Unpaused(msg.sender);
    }
}
