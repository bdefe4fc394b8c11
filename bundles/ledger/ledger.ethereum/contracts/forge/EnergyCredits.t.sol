// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyCredits} from "../src/EnergyCredits.sol";
import {NoReceiver, Receiver} from "./Receivers.sol";
import {Base, Vm} from "./Vm.sol";

contract EnergyCreditsTest is Base {
    address private constant A = address(0xA000);
    address private constant B = address(0xB000);
    address private constant C = address(0xC000);

    EnergyCredits private credits;

    function setUp() public {
        credits = EnergyCredits(deploy("EnergyCredits", abi.encode(address(this), false)));
        credits.grant(address(this), 2 | 4);
        credits.admit(A);
        credits.admit(B);
        credits.admit(C);
    }

    function record(address account, int64 net) private pure returns (bytes memory) {
        return abi.encodePacked(account, uint64(net));
    }

    function give(address account, int64 net) private {
        credits.settle(keccak256(abi.encode(account, net, credits.balanceOf(account, 1))), record(account, net));
    }

    function positive(int64 net) private pure returns (int64) {
        if (net == 0 || net == type(int64).min) return 1;
        return net < 0 ? -net : net;
    }

    function expectSum(uint256 sum) private view {
        same(sum, credits.totalSupply(1), "prosumers");
        same(sum, credits.totalSupply(2), "community");
        same(sum, credits.balanceOf(address(credits), 2), "community's balance");
    }

    // Rounds

    function testFuzz_roundGivesAndTakes(int64 a, int64 b, int64 taken) public {
        a = positive(a);
        b = positive(b);
        taken = positive(taken) % a;
        credits.settle("1", bytes.concat(record(A, a), record(B, b)));
        expectSum(uint64(a) + uint256(uint64(b)));
        vm.assume(taken > 0);
        credits.settle("2", bytes.concat(record(A, -taken), record(C, taken)));
        same(uint64(a - taken), credits.balanceOf(A, 1), "A");
        same(uint64(b), credits.balanceOf(B, 1), "B");
        same(uint64(taken), credits.balanceOf(C, 1), "C");
        expectSum(uint64(a) + uint256(uint64(b)));
    }

    function testFuzz_sameRoundAgainIsQuiet(bytes32 round, int64 net) public {
        bytes memory packed = record(A, positive(net));
        credits.settle(round, packed);
        require(credits.contentOf(round) == keccak256(packed), "content");
        vm.recordLogs();
        credits.settle(round, packed);
        same(0, vm.getRecordedLogs().length, "events");
        same(uint64(positive(net)), credits.balanceOf(A, 1), "A");
    }

    function testFuzz_sameRoundWithOtherContentConflicts(bytes32 round, int64 net, bytes calldata other) public {
        bytes memory packed = record(A, positive(net));
        vm.assume(keccak256(other) != keccak256(packed));
        credits.settle(round, packed);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.RoundConflict.selector, round));
        credits.settle(round, other);
    }

    function testFuzz_onlyWholeRecords(bytes calldata packed) public {
        vm.assume(packed.length % 28 != 0 || packed.length == 0);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.MalformedRound.selector));
        credits.settle("1", packed);
    }

    function testFuzz_anyBytesKeepTheSum(bytes calldata packed) public {
        credits.setOpen(true);
        bytes memory cut = packed[:packed.length / 28 * 28];
        (bool done,) = address(credits).call(abi.encodeWithSelector(EnergyCredits.settle.selector, bytes32("1"), cut));
        uint256 sum = 0;
        for (uint256 offset = 0; done && offset < cut.length; offset += 28) {
            bytes20 account;
            assembly ("memory-safe") {
                account := mload(add(add(cut, 32), offset))
            }
            sum += credits.balanceOf(address(account), 1);
        }
        expectSum(sum);
    }

    function testFuzz_noZeroRecord(int64 net) public {
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.MalformedRound.selector));
        credits.settle("1", bytes.concat(record(A, positive(net)), record(B, 0)));
    }

    function testFuzz_addressesAscend(address first, address second) public {
        vm.assume(second <= first && first != address(0));
        credits.setOpen(true);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotAscending.selector, second));
        credits.settle("1", bytes.concat(record(first, 1), record(second, 1)));
    }

    function test_nobodyIsNotAnAccount() public {
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotAscending.selector, address(0)));
        credits.settle("1", record(address(0), 1));
    }

    function testFuzz_nobodyFallsBelowZero(int64 had, int64 taken) public {
        had = positive(had) % (type(int64).max - 1) + 1;
        taken = had + 1 + positive(taken) % (type(int64).max - had);
        give(A, had);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.InsufficientCredit.selector, A));
        credits.settle("2", bytes.concat(record(A, -taken), record(B, taken)));
        same(0, credits.balanceOf(B, 1), "B");
        expectSum(uint64(had));
    }

    function test_theSmallestNumberOfAll() public {
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.InsufficientCredit.selector, A));
        credits.settle("1", record(A, type(int64).min));
        credits.settle("2", record(A, type(int64).max));
        credits.settle("3", record(A, 1));
        credits.settle("4", record(A, type(int64).min));
        expectSum(0);
    }

    function test_eventsOfARound() public {
        give(A, 50);
        bytes memory packed = bytes.concat(record(A, -20), record(B, 90));
        vm.recordLogs();
        credits.settle("2", packed);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        same(4, logs.length, "events");
        expectSingle(logs[0], A, address(0), 1, 20);
        expectSingle(logs[1], address(0), B, 1, 90);
        expectSingle(logs[2], address(0), address(credits), 2, 70);
        require(logs[3].topics[0] == keccak256("Settled(bytes32,bytes32,int256,uint256)"), "Settled");
        require(logs[3].topics[1] == "2", "round");
        require(keccak256(logs[3].data) == keccak256(abi.encode(keccak256(packed), int256(70), 2)), "Settled's data");
        vm.recordLogs();
        credits.settle("3", record(B, -90));
        logs = vm.getRecordedLogs();
        expectSingle(logs[1], address(credits), address(0), 2, 90);
        vm.recordLogs();
        credits.settle("4", bytes.concat(record(A, -5), record(C, 5)));
        same(3, vm.getRecordedLogs().length, "events of a round without a sum");
    }

    function expectSingle(Vm.Log memory log, address from, address to, uint256 id, uint256 value) private view {
        require(log.topics[0] == keccak256("TransferSingle(address,address,address,uint256,uint256)"), "event");
        require(log.topics[1] == bytes32(uint256(uint160(address(this)))), "operator");
        require(log.topics[2] == bytes32(uint256(uint160(from))), "from");
        require(log.topics[3] == bytes32(uint256(uint160(to))), "to");
        require(keccak256(log.data) == keccak256(abi.encode(id, value)), "id and value");
    }

    // Members

    function testFuzz_strangersGetNothing(address stranger) public {
        vm.assume(stranger != address(0) && !credits.isMember(stranger));
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotMember.selector, stranger));
        credits.settle("1", record(stranger, 1));
        give(A, 5);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotMember.selector, stranger));
        vm.prank(A);
        credits.safeTransferFrom(A, stranger, 1, 1, "");
    }

    function test_whoLeftIsPaidOutAndNothingElse() public {
        give(A, 5);
        credits.dismiss(A);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotMember.selector, A));
        vm.prank(A);
        credits.safeTransferFrom(A, B, 1, 1, "");
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotMember.selector, A));
        credits.settle("1", record(A, 1));
        credits.settle("2", record(A, -5));
        expectSum(0);
        credits.admit(A);
        give(A, 3);
        expectSum(3);
    }

    function test_openIsForEverybodyAndCanBeClosed() public {
        credits.setOpen(true);
        credits.settle("1", record(address(0xD000), 4));
        credits.settle("2", record(address(0xD000), 4));
        same(8, credits.balanceOf(address(0xD000), 1), "D");
        credits.setOpen(false);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotMember.selector, address(0xD000)));
        credits.settle("3", record(address(0xD000), 4));
    }

    // Roles and pause

    function testFuzz_onlyWhoHasTheRole(address somebody, uint256 roles) public {
        vm.assume(somebody != address(0) && somebody != address(this) && somebody != B);
        credits.grant(somebody, roles);
        bytes[9] memory calls = [
            abi.encodeWithSelector(EnergyCredits.grant.selector, B, 4),
            abi.encodeWithSelector(EnergyCredits.revoke.selector, B, 4),
            abi.encodeWithSelector(EnergyCredits.admit.selector, address(0xD000)),
            abi.encodeWithSelector(EnergyCredits.dismiss.selector, address(0xD000)),
            abi.encodeWithSelector(EnergyCredits.setOpen.selector, true),
            abi.encodeWithSelector(EnergyCredits.settle.selector, bytes32("1"), record(A, 1)),
            abi.encodeWithSelector(EnergyCredits.pause.selector),
            abi.encodeWithSelector(EnergyCredits.unpause.selector),
            abi.encodeWithSelector(EnergyCredits.pause.selector)
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            uint256 needed = i < 5 ? 1 : i == 5 ? 2 : 4;
            vm.prank(somebody);
            (bool done, bytes memory answer) = address(credits).call(calls[i]);
            require(done == (roles & needed != 0), "role");
            if (!done) {
                bytes memory error = abi.encodeWithSelector(EnergyCredits.MissingRole.selector, somebody, needed);
                require(keccak256(answer) == keccak256(error), "error");
            }
        }
    }

    function testFuzz_thereIsAlwaysAnAdmin(address other, uint256 roles) public {
        vm.assume(other != address(0) && other != address(this));
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.OwnAdminRole.selector));
        credits.revoke(address(this), roles | 1);
        credits.grant(other, 1);
        vm.prank(other);
        credits.revoke(address(this), 1);
        same(2 | 4, credits.rolesOf(address(this)), "roles");
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.OwnAdminRole.selector));
        vm.prank(other);
        credits.revoke(other, 1);
    }

    function test_pauseStopsRoundsAndTransfersOnly() public {
        give(A, 5);
        credits.pause();
        bytes memory paused = abi.encodeWithSelector(EnergyCredits.IsPaused.selector);
        vm.expectRevert(paused);
        credits.settle("1", record(A, 1));
        vm.expectRevert(paused);
        vm.prank(A);
        credits.safeTransferFrom(A, B, 1, 1, "");
        vm.expectRevert(paused);
        vm.prank(A);
        credits.safeBatchTransferFrom(A, B, new uint256[](0), new uint256[](0), "");
        vm.prank(A);
        credits.setApprovalForAll(B, true);
        credits.dismiss(C);
        same(5, credits.balanceOf(A, 1), "A");
        credits.unpause();
        credits.settle("1", record(A, 1));
    }

    // Transfers

    function testFuzz_transfersKeepTheSum(int64 a, uint256 value, bool batch) public {
        give(A, positive(a));
        uint256 had = credits.balanceOf(A, 1);
        bool enough = value <= had;
        if (!enough) vm.expectRevert(abi.encodeWithSelector(EnergyCredits.InsufficientCredit.selector, A));
        vm.prank(A);
        if (batch) {
            uint256[] memory ids = new uint256[](1);
            uint256[] memory values = new uint256[](1);
            (ids[0], values[0]) = (1, value);
            credits.safeBatchTransferFrom(A, B, ids, values, "");
        } else {
            credits.safeTransferFrom(A, B, 1, value, "");
        }
        same(enough ? value : 0, credits.balanceOf(B, 1), "B");
        same(had, credits.balanceOf(A, 1) + credits.balanceOf(B, 1), "both");
        expectSum(had);
    }

    function testFuzz_communityCreditStaysWhereItIs(address from, address to, uint256 id, uint256 value) public {
        vm.assume(id != 1 && value != 0 && from != address(0) && to != address(0));
        credits.setOpen(true);
        give(A, 100);
        vm.expectRevert(
            from == address(credits)
                ? abi.encodeWithSelector(EnergyCredits.NotApproved.selector, address(this))
                : abi.encodeWithSelector(EnergyCredits.InsufficientCredit.selector, from)
        );
        if (from != address(credits)) vm.prank(from);
        credits.safeTransferFrom(from, to, id, value, "");
    }

    function testFuzz_onlyOwnerAndApproved(address operator) public {
        vm.assume(operator != A);
        give(A, 5);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotApproved.selector, operator));
        vm.prank(operator);
        credits.safeTransferFrom(A, B, 1, 1, "");
        vm.prank(A);
        credits.setApprovalForAll(operator, true);
        vm.prank(operator);
        credits.safeTransferFrom(A, B, 1, 1, "");
        same(1, credits.balanceOf(B, 1), "B");
        vm.prank(A);
        credits.setApprovalForAll(operator, false);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.NotApproved.selector, operator));
        vm.prank(operator);
        credits.safeTransferFrom(A, B, 1, 1, "");
    }

    function testFuzz_unknownIdsAreNobodys(address account, uint256 id) public {
        vm.assume(id > 2 && account != address(0));
        give(A, 5);
        same(0, credits.balanceOf(account, id), "balance");
        same(0, credits.totalSupply(id), "supply");
    }

    // Receivers that are contracts

    function test_receiversSeeABookedRound() public {
        Receiver receiver = new Receiver(credits);
        credits.admit(address(receiver));
        bytes memory packed = address(receiver) < C
            ? bytes.concat(record(address(receiver), 7), record(C, 5))
            : bytes.concat(record(C, 5), record(address(receiver), 7));
        credits.settle("1", packed);
        same(1, receiver.asked(), "asked");
        same(12, receiver.seenSum(), "sum it saw");
        same(7, receiver.seenOwn(), "credit it saw");
    }

    function test_refusalFailsTheRoundAndTheTransfer() public {
        Receiver receiver = new Receiver(credits);
        credits.admit(address(receiver));
        give(A, 5);
        bytes memory refused = abi.encodeWithSelector(EnergyCredits.ReceiverRefused.selector, address(receiver));
        for (uint256 mood = 1; mood < 3; mood++) {
            receiver.set(Receiver.Mood(mood));
            vm.expectRevert(refused);
            credits.settle("1", record(address(receiver), 7));
            vm.expectRevert(refused);
            vm.prank(A);
            credits.safeTransferFrom(A, address(receiver), 1, 1, "");
            vm.expectRevert(refused);
            vm.prank(A);
            credits.safeBatchTransferFrom(A, address(receiver), new uint256[](0), new uint256[](0), "");
        }
        require(credits.contentOf("1") == 0, "round");
        expectSum(5);
        receiver.set(Receiver.Mood.REENTER);
        credits.settle("1", record(address(receiver), 7));
        expectSum(12);
        same(7, credits.balanceOf(address(receiver), 1), "receiver");
        credits.settle("2", record(address(receiver), -7));
    }

    function test_contractsThatAreNoReceivers() public {
        address none = address(new NoReceiver());
        credits.setOpen(true);
        give(A, 5);
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.ReceiverRefused.selector, none));
        credits.settle("1", record(none, 7));
        vm.expectRevert(abi.encodeWithSelector(EnergyCredits.ReceiverRefused.selector, none));
        vm.prank(A);
        credits.safeTransferFrom(A, none, 1, 1, "");
    }
}

/// Random calls of everybody, beside a plain model of what has to come of them.
contract CreditsHandler is Base {
    uint256 private constant ACCOUNTS = 6;

    EnergyCredits public credits;
    Receiver private receiver;
    address[ACCOUNTS] public accounts;

    mapping(address => uint256) private credit;
    mapping(address => bool) private member;
    bool private paused;
    bytes32[] private rounds;
    bytes[] private contents;

    constructor() {
        credits = EnergyCredits(deploy("EnergyCredits", abi.encode(address(this), false)));
        credits.grant(address(this), 2 | 4);
        receiver = new Receiver(credits);
        for (uint256 i = 0; i < ACCOUNTS; i++) {
            accounts[i] = address(uint160(0x1000 + i));
            if (i != 1) admit(i);
        }
        // The last one; ascending, because no address of a contract is as low as the others.
        accounts[ACCOUNTS - 1] = address(receiver);
        admit(ACCOUNTS - 1);
    }

    function count() external pure returns (uint256) {
        return ACCOUNTS;
    }

    function expected(address account) external view returns (uint256) {
        return credit[account];
    }

    function settle(uint256 who, int32[ACCOUNTS] calldata nets, bool inOrder) external {
        bytes memory packed;
        bool good = !paused;
        for (uint256 i = 0; i < ACCOUNTS; i++) {
            if (who & (1 << i) == 0 || nets[i] == 0) continue;
            address account = accounts[i];
            // Mostly what the account can pay, sometimes not.
            int64 net = nets[i];
            if (net < 0 && who & 0x1000 == 0) net = -int64(uint64(credit[account] % 1e9));
            if (net == 0) continue;
            packed = inOrder
                ? bytes.concat(packed, abi.encodePacked(account, uint64(net)))
                : bytes.concat(abi.encodePacked(account, uint64(net)), packed);
            if (net > 0 && !member[account]) good = false;
            if (net < 0 && credit[account] < uint64(-net)) good = false;
            if (net > 0 && account == address(receiver) && refuses()) good = false;
        }
        if (packed.length == 0 || (!inOrder && packed.length > 28)) good = false;
        bytes32 round = keccak256(abi.encode(rounds.length));
        outcome(good, abi.encodeWithSelector(EnergyCredits.settle.selector, round, packed));
        if (!good) return;
        rounds.push(round);
        contents.push(packed);
        for (uint256 offset = 0; offset < packed.length; offset += 28) {
            bytes28 entry;
            assembly ("memory-safe") {
                entry := mload(add(add(packed, 32), offset))
            }
            address account = address(bytes20(entry));
            credit[account] =
                uint256(int256(credit[account]) + int64(uint64(bytes8(entry << 160))));
        }
    }

    function again(uint256 index, bool tampered) external {
        if (rounds.length == 0) return;
        index %= rounds.length;
        bytes memory packed = tampered ? bytes.concat(contents[index], contents[index]) : contents[index];
        vm.recordLogs();
        outcome(!paused && !tampered, abi.encodeWithSelector(EnergyCredits.settle.selector, rounds[index], packed));
        same(0, vm.getRecordedLogs().length, "events of a repeated round");
    }

    function transfer(uint256 from, uint256 to, uint256 by, uint256 id, uint256 value, bool batch) external {
        address source = accounts[from % ACCOUNTS];
        address target = accounts[to % ACCOUNTS];
        address operator = accounts[by % ACCOUNTS];
        id = id % 4 == 3 ? 2 : 1;
        value %= credit[source] + credit[source] / 4 + 2;
        // A batch goes in two halves; on the way to oneself each of them may be all one has.
        uint256 needed = batch && source == target ? value - value / 2 : value;
        bool good = !paused && member[source] && member[target]
            && (operator == source || credits.isApprovedForAll(source, operator))
            && (value == 0 || (id == 1 && needed <= credit[source])) && !(target == address(receiver) && refuses());
        bytes memory data = abi.encodeWithSelector(
            EnergyCredits.safeTransferFrom.selector, source, target, id, value, bytes("")
        );
        if (batch) {
            uint256[] memory ids = new uint256[](2);
            uint256[] memory values = new uint256[](2);
            (ids[0], ids[1]) = (id, id);
            (values[0], values[1]) = (value / 2, value - value / 2);
            data = abi.encodeWithSelector(
                EnergyCredits.safeBatchTransferFrom.selector, source, target, ids, values, bytes("")
            );
        }
        vm.prank(operator);
        outcome(good, data);
        if (!good || source == target) return;
        credit[source] -= value;
        credit[target] += value;
    }

    function approve(uint256 owner, uint256 operator, bool approved) external {
        if (owner % ACCOUNTS == operator % ACCOUNTS) return;
        vm.prank(accounts[owner % ACCOUNTS]);
        credits.setApprovalForAll(accounts[operator % ACCOUNTS], approved);
    }

    function admit(uint256 index) public {
        member[accounts[index % ACCOUNTS]] = true;
        credits.admit(accounts[index % ACCOUNTS]);
    }

    function dismiss(uint256 index) external {
        member[accounts[index % ACCOUNTS]] = false;
        credits.dismiss(accounts[index % ACCOUNTS]);
    }

    function pause(uint256 dice) external {
        paused = dice % 4 == 0;
        if (paused) credits.pause();
        else credits.unpause();
    }

    function mood(uint256 dice) external {
        receiver.set(dice % 2 == 0 ? Receiver.Mood.ACCEPT : Receiver.Mood(dice % 4));
    }

    /// Somebody without any role tries everything.
    function intrude(uint256 index, uint256 what) external {
        bytes[6] memory calls = [
            abi.encodeWithSelector(EnergyCredits.settle.selector, bytes32("x"), contents.length == 0 ? bytes("") : contents[0]),
            abi.encodeWithSelector(EnergyCredits.grant.selector, accounts[index % ACCOUNTS], 7),
            abi.encodeWithSelector(EnergyCredits.admit.selector, accounts[1]),
            abi.encodeWithSelector(EnergyCredits.dismiss.selector, accounts[0]),
            abi.encodeWithSelector(EnergyCredits.setOpen.selector, true),
            abi.encodeWithSelector(EnergyCredits.unpause.selector)
        ];
        vm.prank(accounts[index % ACCOUNTS]);
        outcome(false, calls[what % 6]);
    }

    function refuses() private view returns (bool) {
        Receiver.Mood now_ = receiver.mood();
        return now_ == Receiver.Mood.REFUSE || now_ == Receiver.Mood.FAIL;
    }

    function outcome(bool good, bytes memory data) private {
        (bool done,) = address(credits).call(data);
        require(done == good, good ? "refused what it had to accept" : "accepted what it had to refuse");
    }
}

contract EnergyCreditsInvariants {
    CreditsHandler private handler;

    function setUp() public {
        handler = new CreditsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// One function for all, because forge plays all the sequences again for each.
    function invariant_sumOfProsumerCreditsIsTheCommunityCredit() public view {
        EnergyCredits credits = handler.credits();
        uint256 sum = 0;
        for (uint256 i = 0; i < handler.count(); i++) {
            address account = handler.accounts(i);
            uint256 credit = credits.balanceOf(account, 1);
            require(credit == handler.expected(account), "an account differs from the model");
            require(credits.balanceOf(account, 2) == 0, "community credit elsewhere");
            sum += credit;
        }
        require(credits.balanceOf(address(credits), 1) == 0, "prosumer credit of the contract");
        require(sum == credits.balanceOf(address(credits), 2), "community");
        require(sum == credits.totalSupply(1) && sum == credits.totalSupply(2), "supply");
    }
}
