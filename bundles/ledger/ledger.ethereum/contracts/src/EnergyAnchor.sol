// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The last root of each stream of each hub, and all of them in the log.
/// @notice Whoever sends writes under its own address only: there is no owner and nothing to configure.
/// @dev One word per (hub, stream), at key hub × 2^64 + stream, which no other pair can have: nothing is hashed. From high
/// to low: sequence (64 bits), block number (64), first half of the root (128). The block number makes it differ from 0.
contract EnergyAnchor {
    /// @param hub who sent it: a hub, or an aggregator for many
    /// @param position stream × 2^64 + sequence
    event Anchored(address indexed hub, uint128 position, bytes32 root);

    /// @notice The sequence holds another root.
    error Conflict();

    /// @notice The stream is at a higher sequence already.
    error Stale(uint64 last);

    /// @notice Anchors a root. The same position and root again succeeds and changes nothing.
    /// @dev In assembly because every gas counts: 900 readings share 28,800.
    /// @param position stream × 2^64 + sequence; sequences rise, with gaps or without
    function anchor(uint128 position, bytes32 root) external {
        bytes32 topic = Anchored.selector;
        uint256 key;
        uint256 word;
        uint256 next;
        bool later;
        assembly ("memory-safe") {
            key := or(shl(64, caller()), shr(64, position))
            word := sload(key)
            next := or(or(shl(192, position), shl(128, number())), shr(128, root))
            later := gt(shr(192, next), shr(192, word))
        }
        if (!later) {
            if (word != 0) {
                if (next >> 192 != word >> 192) revert Stale(uint64(word >> 192));
                if (uint128(next) != uint128(word)) revert Conflict();
                return;
            }
        }
        assembly ("memory-safe") {
            sstore(key, next)
            mstore(0, position)
            mstore(32, root)
            log2(0, 64, topic, caller())
        }
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
        uint256 word;
        assembly ("memory-safe") {
            word := sload(or(shl(64, hub), stream))
        }
        return (uint64(word >> 192), uint64(word >> 128), bytes16(uint128(word)));
    }
}
