// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyCredits, IERC1155Receiver} from "../src/EnergyCredits.sol";

/// Takes credits, refuses them, fails, or calls back, as told.
contract Receiver is IERC1155Receiver {
    enum Mood {
        ACCEPT,
        REFUSE,
        FAIL,
        REENTER
    }

    EnergyCredits private immutable credits;
    Mood public mood;
    uint256 public asked;
    uint256 public seenSum;
    uint256 public seenOwn;

    constructor(EnergyCredits credits_) {
        credits = credits_;
    }

    function set(Mood mood_) external {
        mood = mood_;
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        return answer() ? this.onERC1155Received.selector : bytes4(0);
    }

    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        returns (bytes4)
    {
        return answer() ? this.onERC1155BatchReceived.selector : bytes4(0);
    }

    function answer() private returns (bool) {
        require(mood != Mood.FAIL, "no");
        asked++;
        seenSum = credits.totalSupply(credits.COMMUNITY());
        seenOwn = credits.balanceOf(address(this), credits.PROSUMER());
        if (mood == Mood.REENTER) {
            // Sends what it just got, in the middle of the call.
            mood = Mood.ACCEPT;
            credits.safeTransferFrom(address(this), address(this), 1, seenOwn, "");
            mood = Mood.REENTER;
        }
        return mood != Mood.REFUSE;
    }
}

contract NoReceiver {}
