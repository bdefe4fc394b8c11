import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Wallet, concat, getAddress, hexlify, id, keccak256, randomBytes, toBeHex, zeroPadValue } from 'ethers';
import { artifact, connect, deploy, missing, startAnvil } from './anvil.mjs';

let anvil, provider, signer;

before(async () => {
  if (missing) return;
  anvil = await startAnvil();
  provider = connect(anvil.url);
  signer = await provider.getSigner(0);
});

after(async () => {
  provider?.destroy();
  await anvil?.stop();
});

const gas = async (sent) => Number((await (await sent).wait()).gasUsed);

const record = (account, net) => concat([account, toBeHex(BigInt.asUintN(64, net), 8)]);

test('a root that continues a stream costs at most 32 gas per reading of 900', { skip: missing }, async () => {
  const anchors = await deploy(artifact('EnergyAnchor'), signer);
  let worst = 0;
  for (const stream of [1n, 0xffffffffffffffffn]) {
    const first = await gas(anchors.anchor((stream << 64n) | 1n, id('root')));
    let position, root;
    for (let sequence = 2n; sequence < 5n; sequence++) {
      // Nearly two million quarters of an hour in, and without any zero byte, as most roots are.
      position = (stream << 64n) | (0x1c9c38n + sequence);
      root = hexlify(randomBytes(32)).replace(/00/g, '01');
      worst = Math.max(worst, await gas(anchors.anchor(position, root)));
    }
    const again = await gas(anchors.anchor(position, root));
    console.log(`anchor, stream ${stream}: first ${first}, next ${worst} (${(worst / 900).toFixed(2)} per reading), same again ${again}`);
  }
  assert.ok(worst <= 28_800, `${worst} gas`);
});

test('a round costs at most 9,000 gas per participant of 100', { skip: missing }, async () => {
  const credits = await deploy(artifact('EnergyCredits'), signer, signer.address, false);
  await (await credits.grant(signer.address, 2)).wait();
  const accounts = Array.from({ length: 100 }, () => Wallet.createRandom().address)
    .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  for (const account of accounts) await (await credits.admit(account)).wait();
  const round = (net) => concat(accounts.map((account, i) => record(getAddress(account), net(i))));
  const random = () => BigInt(hexlify(randomBytes(4)));
  const given = await gas(credits.settle(id('1'), round(() => 10_000_000_000n + random())));
  const mixed = await gas(credits.settle(id('2'), round((i) => (i % 2 ? 1n : -1n) * (1n + random()))));
  const packed = round(() => 1n + random());
  const next = await gas(credits.settle(id('3'), packed));
  const again = await gas(credits.settle(id('3'), packed));
  assert.equal(await credits.contentOf(id('3')), keccak256(packed));
  console.log(`settle, per participant of 100: first ${given / 100}, given and taken ${mixed / 100}, given ${next / 100}, same again ${again / 100}`);
  assert.ok(Math.max(mixed, next) <= 900_000, `${mixed} and ${next} gas`);
});
