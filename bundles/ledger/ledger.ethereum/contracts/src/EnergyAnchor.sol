// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The last root of each stream of each hub, for good in the log.
/// @notice Whoever sends writes under its own address only: there is no owner and nothing to configure.
contract EnergyAnchor {
    /// @param hub who sent it: a hub, or an aggregator for many
    /// @param position stream × 2^64 + sequence
    event Anchored(address indexed hub, uint128 position, bytes32 root);

    /// @notice The sequence holds another root.
    error Conflict();

    /// @notice The stream is at a higher sequence already.
    error Stale(uint64 last);

    /// @notice Anchors a root. The same position and root again succeeds and changes nothing.
    /// @dev One word per (hub, stream), at key hub × 2^64 + stream, which no other pair can have: no hashing.
    /// @param position stream × 2^64 + sequence; sequences rise, with gaps or without
    function anchor(uint128 position, bytes32 root) external {
        uint256 key = (uint256(uint160(msg.sender)) << 64) | (position >> 64);
        uint256 sequence = uint64(position);
        uint256 digest = uint256(root) >> 128;
        uint256 word = _load(key);
        // The block number makes every written word differ from 0.
        if (word != 0 && sequence <= word >> 192) {
            if (sequence < word >> 192) revert Stale(uint64(word >> 192));
            if (digest != uint128(word)) revert Conflict();
            return;
        }
        word = (sequence << 192) | (block.number << 128) | digest;
        assembly ("memory-safe") {
            sstore(key, word)
        }
        emit Anchored(msg.sender, position, root);
    }

    /// @notice The newest root of a stream; all zero if there is none.
    /// @param hub who sent it
    /// @return sequence its number
    /// @return blockNumber the block that holds its event
    /// @return digest the first half of the root
    function last(address hub, uint64 stream)
        external
        view
        returns (uint64 sequence, uint64 blockNumber, bytes16 digest)
    {
        uint256 word = _load((uint256(uint160(hub)) << 64) | stream);
        return (uint64(word >> 192), uint64(word >> 128), bytes16(uint128(word)));
    }

    function _load(uint256 key) private view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(key)
        }
    }
}
