// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyCredits} from "EnergyCredits.sol";

/// @notice The contract with ids 2 and 3 as ordinary tokens: only one id of ours can be transferred, and the suite wants
/// batches of three. What is under test, transfers, approvals and receivers, is inherited.
contract ThreeIds is EnergyCredits {
    mapping(uint256 => mapping(address => uint256)) private _others;

    constructor(address admin) EnergyCredits(admin, true) {}

    function mint(address account, uint256 id, uint256 value) external {
        _others[id][account] += value;
    }

    function balanceOf(address account, uint256 id) public view override returns (uint256) {
        return id == PROSUMER || account == address(0) ? super.balanceOf(account, id) : _others[id][account];
    }

    function _move(address from, address to, uint256 id, uint256 value) internal override {
        if (id == PROSUMER) {
            super._move(from, to, id, value);
        } else {
            if (_others[id][from] < value) revert InsufficientCredit(from);
            _others[id][from] -= value;
            _others[id][to] += value;
        }
    }
}
