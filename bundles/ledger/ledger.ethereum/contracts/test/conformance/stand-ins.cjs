// The suite and its assertions are npm packages as they are. Hardhat, for which they were written, brings 220 MB for
// other platforms and a chain of its own; what they use of it is these few functions, here on anvil.
const { readFileSync, readdirSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { setTimeout } = require('node:timers/promises');
const { expect } = require('chai');
const ethers = require('ethers');

// Mocha's JSON report gives up on an error that holds one.
BigInt.prototype.toJSON = function toJson() {
  return String(this);
};

const provider = new ethers.JsonRpcProvider(process.env.RPC, undefined,
  { batchMaxCount: 1, cacheTimeout: -1, staticNetwork: true });
provider.pollingInterval = 10;

// With Hardhat a transaction is in when it has been sent; anvil needs a moment. Asks for itself: ethers waits for a
// higher block than it ever saw, and snapshots lower them.
async function getSigner(index) {
  const signer = await provider.getSigner(index);
  const send = signer.sendTransaction.bind(signer);
  signer.sendTransaction = async (transaction) => {
    const sent = await send(transaction);
    while (!(await provider.send('eth_getTransactionReceipt', [sent.hash]))) await setTimeout(5);
    return sent;
  };
  return signer;
}
const getSigners = () => Promise.all([...Array(10).keys()].map(getSigner));

const compiled = join(dirname(require.resolve('@animoca/ethereum-contracts/package.json')), 'artifacts');
function readArtifactSync(name) {
  if (name.endsWith(':IERC165')) return { abi: ['function supportsInterface(bytes4) view returns (bool)'] };
  const file = readdirSync(compiled, { recursive: true }).find((path) => path.endsWith(`/${name}.json`));
  return JSON.parse(readFileSync(join(compiled, file), 'utf8'));
}

async function deployContract(name, ...args) {
  const { abi, bytecode } = readArtifactSync(name);
  const contract = await new ethers.ContractFactory(abi, bytecode, await getSigner(0)).deploy(...args);
  return contract.waitForDeployment();
}

const fixtures = new Map();
async function loadFixture(fixture, context) {
  const known = fixtures.get(fixture);
  const made = known?.made ?? {};
  if (known) await provider.send('evm_revert', [known.snapshot]);
  else await fixture.call(made);
  fixtures.set(fixture, { made, snapshot: await provider.send('evm_snapshot', []) });
  Object.assign(context, made);
}

async function expectRevert(call, contract, { error, args }, values) {
  const reverted = expect(call).to.be.revertedWithCustomError(contract, error);
  await (args ? reverted.withArgs(...args.map((name) => values[name])) : reverted);
}

const integers = {
  isBigNumber: (value) => typeof value === 'bigint',
  normalizeToBigInt: (value) => BigInt(value),
};
const standIns = {
  hardhat: { ethers: { ...ethers, getSigners, provider }, artifacts: { readArtifactSync } },
  'hardhat/common': integers,
  'hardhat/common/bigInt': integers,
  'hardhat/plugins': { NomicLabsHardhatPluginError: class extends Error {} },
  '@nomicfoundation/hardhat-ethers': {},
  '@animoca/ethereum-contract-helpers/src/test/deploy': { deployContract },
  '@animoca/ethereum-contract-helpers/src/test/fixtures': { loadFixture },
  '@animoca/ethereum-contract-helpers/src/test/revert': { expectRevert },
};
const load = Module._load;
Module._load = (request, ...rest) => standIns[request] ?? load(request, ...rest);

module.exports = { getSigner };
