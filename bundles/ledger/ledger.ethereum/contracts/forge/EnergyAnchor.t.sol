// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyAnchor} from "../src/EnergyAnchor.sol";
import {Base, Vm} from "./Vm.sol";

contract EnergyAnchorTest is Base {
    EnergyAnchor private anchors = EnergyAnchor(deploy("EnergyAnchor", ""));

    function place(uint64 stream, uint64 sequence) private pure returns (uint128) {
        return (uint128(stream) << 64) | sequence;
    }

    function expectLast(address hub, uint64 stream, uint64 sequence, uint256 blockNumber, bytes32 root) private view {
        (uint64 s, uint64 b, bytes16 d) = anchors.last(hub, stream);
        same(sequence, s, "sequence");
        same(blockNumber, b, "block");
        require(d == bytes16(root), "digest");
    }

    function testFuzz_firstOneIsKeptAndLogged(address hub, uint64 stream, uint64 sequence, bytes32 root, uint64 block_)
        public
    {
        vm.assume(block_ > 0);
        vm.roll(block_);
        vm.recordLogs();
        vm.prank(hub);
        anchors.anchor(place(stream, sequence), root);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        same(1, logs.length, "events");
        same(2, logs[0].topics.length, "topics");
        require(logs[0].topics[0] == keccak256("Anchored(address,uint128,bytes32)"), "event");
        require(logs[0].topics[1] == bytes32(uint256(uint160(hub))), "hub");
        require(keccak256(logs[0].data) == keccak256(abi.encode(place(stream, sequence), root)), "data");
        expectLast(hub, stream, sequence, block_, root);
    }

    function testFuzz_sameAgainIsQuiet(address hub, uint64 stream, uint64 sequence, bytes32 root) public {
        vm.roll(7);
        vm.prank(hub);
        anchors.anchor(place(stream, sequence), root);
        vm.roll(8);
        vm.recordLogs();
        vm.prank(hub);
        anchors.anchor(place(stream, sequence), root);
        same(0, vm.getRecordedLogs().length, "events");
        expectLast(hub, stream, sequence, 7, root);
    }

    function testFuzz_otherRootConflicts(address hub, uint64 stream, uint64 sequence, bytes32 root, bytes32 other)
        public
    {
        vm.assume(bytes16(root) != bytes16(other));
        vm.prank(hub);
        anchors.anchor(place(stream, sequence), root);
        vm.expectRevert(abi.encodeWithSelector(EnergyAnchor.Conflict.selector));
        vm.prank(hub);
        anchors.anchor(place(stream, sequence), other);
    }

    function testFuzz_lowerIsStaleEvenWithTheSameRoot(uint64 stream, uint64 low, uint64 high, bytes32 a, bytes32 b)
        public
    {
        vm.assume(low < high);
        anchors.anchor(place(stream, low), a);
        anchors.anchor(place(stream, high), b);
        vm.expectRevert(abi.encodeWithSelector(EnergyAnchor.Stale.selector, high));
        anchors.anchor(place(stream, low), a);
        expectLast(address(this), stream, high, block.number, b);
    }

    function testFuzz_hubsAndStreamsDoNotMeet(address hub, address other, uint64 stream, uint64 second, uint64 sequence)
        public
    {
        vm.assume(hub != other && stream != second);
        vm.prank(hub);
        anchors.anchor(place(stream, sequence), bytes32(type(uint256).max));
        expectLast(other, stream, 0, 0, 0);
        expectLast(hub, second, 0, 0, 0);
        expectLast(other, second, 0, 0, 0);
        vm.prank(other);
        anchors.anchor(place(stream, sequence), bytes32(uint256(1)));
        expectLast(hub, stream, sequence, block.number, bytes32(type(uint256).max));
    }

    function testFuzz_positionIsOneHundredAndTwentyEightBits(uint256 position, bytes32 root) public {
        vm.assume(position > type(uint128).max);
        (bool done,) = address(anchors).call(abi.encodeWithSelector(EnergyAnchor.anchor.selector, position, root));
        require(!done, "accepted");
    }
}

/// Random calls of three hubs on three streams, beside a plain model of what has to come of them.
contract AnchorHandler is Base {
    EnergyAnchor public anchors = EnergyAnchor(deploy("EnergyAnchor", ""));
    mapping(uint256 => mapping(uint64 => bytes32[])) private roots;
    mapping(uint256 => mapping(uint64 => uint64[])) private sequences;
    mapping(uint256 => mapping(uint64 => uint256)) private blocks;
    uint256 public stored;
    uint256 public logged;

    function hub(uint256 index) public pure returns (address) {
        return address(uint160(0x1000 + index));
    }

    function anchor(uint256 index, uint64 stream, uint64 step, uint8 variant) external {
        index %= 3;
        stream %= 3;
        uint256 count = sequences[index][stream].length;
        uint64 last = count == 0 ? 0 : sequences[index][stream][count - 1];
        uint64 sequence;
        bytes32 root = keccak256(abi.encode(index, stream, step));
        bool expected;
        bool fresh;
        if (count == 0 || variant % 4 == 0) {
            sequence = last + 1 + step % 5;
            expected = true;
            fresh = true;
        } else if (variant % 4 == 1) {
            sequence = last;
            root = roots[index][stream][count - 1];
            expected = true;
        } else if (variant % 4 == 2) {
            sequence = last;
            root = ~roots[index][stream][count - 1];
        } else {
            sequence = step % last;
        }
        vm.roll(block.number + 1 + step % 3);
        vm.recordLogs();
        vm.prank(hub(index));
        try anchors.anchor((uint128(stream) << 64) | sequence, root) {
            require(expected, "accepted what it had to refuse");
        } catch {
            require(!expected, "refused what it had to accept");
        }
        logged += vm.getRecordedLogs().length;
        if (fresh) {
            sequences[index][stream].push(sequence);
            roots[index][stream].push(root);
            blocks[index][stream] = block.number;
            stored++;
        }
    }

    function check(uint256 index, uint64 stream) external view {
        (uint64 sequence, uint64 blockNumber, bytes16 digest) = anchors.last(hub(index), stream);
        uint256 count = sequences[index][stream].length;
        if (count == 0) {
            require(sequence == 0 && blockNumber == 0 && digest == 0, "something from nothing");
        } else {
            same(sequences[index][stream][count - 1], sequence, "sequence");
            same(blocks[index][stream], blockNumber, "block");
            require(digest == bytes16(roots[index][stream][count - 1]), "digest");
        }
    }
}

contract EnergyAnchorInvariants {
    AnchorHandler private handler;

    function setUp() public {
        handler = new AnchorHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_lastIsTheNewestAcceptedRootAndHasOneEvent() public view {
        for (uint256 index = 0; index < 3; index++) {
            for (uint64 stream = 0; stream < 3; stream++) {
                handler.check(index, stream);
            }
        }
        require(handler.stored() == handler.logged(), "one event per accepted root");
    }
}
