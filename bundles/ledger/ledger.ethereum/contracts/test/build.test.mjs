import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { compile, target } from '../build.mjs';
import { artifact, connect, deploy, missing, startAnvil } from './anvil.mjs';

test('the committed artifacts are what src/ compiles to, byte for byte', () => {
  const compiled = compile();
  assert.deepEqual(readdirSync(target).sort(), [...compiled.keys()]);
  for (const [name, text] of compiled) {
    assert.ok(readFileSync(join(target, name), 'utf8') === text, `${name} differs: npm run build, and commit it`);
  }
});

test('what a chain keeps is the committed runtime code', { skip: missing }, async () => {
  const anvil = await startAnvil();
  try {
    const provider = connect(anvil.url);
    const signer = await provider.getSigner(0);
    for (const [name, ...args] of [['EnergyAnchor'], ['EnergyCredits', signer.address, true]]) {
      const contract = await deploy(artifact(name), signer, ...args);
      assert.equal(await provider.getCode(await contract.getAddress()), artifact(name).runtime);
    }
    provider.destroy();
  } finally {
    await anvil.stop();
  }
});
