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
    function getRecordedLogs() external returns (Log[] memory);
    function parseJsonBytes(string calldata, string calldata) external pure returns (bytes memory);
    function prank(address) external;
    function readFile(string calldata) external view returns (string memory);
    function recordLogs() external;
    function roll(uint256) external;
}

abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// Deploys the committed bytecode, not what forge compiled.
    function deploy(string memory name, bytes memory arguments) internal returns (address created) {
        string memory json = vm.readFile(
            string.concat("../src/main/resources/org/commonshub/ledger/ethereum/contracts/", name, ".json")
        );
        bytes memory code = bytes.concat(vm.parseJsonBytes(json, ".bytecode"), arguments);
        assembly {
            created := create(0, add(code, 32), mload(code))
        }
        require(created != address(0), "deploy");
    }

    function same(uint256 expected, uint256 actual, string memory what) internal pure {
        require(expected == actual, what);
    }
}
