// Animoca's ERC-1155 suite, once on EnergyCredits as it is shipped and once on ThreeIds. For mocha, see ../conformance.test.mjs.
const { readFileSync } = require('node:fs');
const { getSigner } = require('./stand-ins.cjs');
require('@nomicfoundation/hardhat-chai-matchers');
const { ContractFactory, concat, id, toBeHex } = require('ethers');
const { behavesLikeERC1155Standard } =
  require('@animoca/ethereum-contracts/test/contracts/token/ERC1155/behaviors/ERC1155.standard.behavior');

const errors = {
  BalanceOfAddressZero: { error: 'ZeroAddress' },
  BalanceOverflow: { error: 'unreachable' },
  InconsistentArrayLengths: { error: 'LengthMismatch' },
  InsufficientBalance: { error: 'InsufficientCredit', args: ['owner'] },
  NonApproved: { error: 'NotApproved', args: ['sender'] },
  SafeBatchTransferRejected: { error: 'ReceiverRefused', args: ['recipient'] },
  SafeTransferRejected: { error: 'ReceiverRefused', args: ['recipient'] },
  SelfApprovalForAll: { error: 'SelfApproval', args: ['account'] },
  TransferToAddressZero: { error: 'ZeroAddress' },
};

const { EnergyCredits, ThreeIds } = JSON.parse(readFileSync(process.env.ARTIFACTS, 'utf8'));

async function deploy({ abi, bytecode }, ...args) {
  const admin = await getSigner(0);
  const contract = await new ContractFactory(abi, bytecode, admin).deploy(admin.address, ...args);
  await contract.grant(admin.address, 2);
  return contract;
}

let rounds = 0;
const settle = (token, account, value) => token.settle(id(`round ${rounds++}`), concat([account, toBeHex(value, 8)]));

describe('EnergyCredits', () => behavesLikeERC1155Standard({
  errors,
  deploy: () => deploy(EnergyCredits, true),
  // Its ids 2 and 3 can't be given to anybody.
  mint: async (token, account, tokenId, value) => tokenId === 1n && settle(token, account, value),
}));

describe('ThreeIds', () => behavesLikeERC1155Standard({
  errors,
  deploy: () => deploy(ThreeIds),
  mint: (token, account, tokenId, value) =>
    tokenId === 1n ? settle(token, account, value) : token.mint(account, tokenId, value),
}));
