// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The few cheat codes of forge that the tests need.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function assume(bool) external pure;
    function expectRevert(bytes calldata) external;
    function expectRevert() external;
    function getRecordedLogs() external returns (Log[] memory);
    function prank(address) external;
    function recordLogs() external;
    function roll(uint256) external;
}

abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function same(uint256 expected, uint256 actual, string memory what) internal pure {
        require(expected == actual, what);
    }
}
