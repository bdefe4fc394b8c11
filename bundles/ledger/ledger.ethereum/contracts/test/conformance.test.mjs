import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { compile } from '../build.mjs';
import { missing, startAnvil } from './anvil.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** What can't be asked of these contracts, and why. */
const notApplicable = [
  [/reverts in case of balance overflow/, 'a round gives less than 2^63, so 2^256 is out of reach'],
  [/^EnergyCredits .*(multiple tokens transfer|returns the (balance|amounts) of tokens)/,
    'wants three ids that can be transferred: asked of ThreeIds'],
];

test('the ERC-1155 suite of @animoca/ethereum-contracts', { skip: missing }, async () => {
  mkdirSync(path('../target'), { recursive: true });
  const contracts = [...compile(path('conformance/ThreeIds.sol')).values()].map((text) => JSON.parse(text));
  const artifacts = path('../target/conformance-artifacts.json');
  writeFileSync(artifacts, JSON.stringify(Object.fromEntries(contracts.map((made) => [made.contract, made]))));
  const results = path('../target/conformance.json');
  rmSync(results, { force: true });
  const anvil = await startAnvil();
  try {
    // Not spawnSync: anvil waits when nobody reads what it prints.
    const run = await new Promise((resolve) => execFile(process.execPath,
      [path('../node_modules/mocha/bin/mocha.js'), '--no-config', '--reporter', 'json', '--reporter-option', `output=${results}`,
        '--timeout', '60000', path('conformance/suite.cjs'), '--exit'],
      { maxBuffer: 1 << 26, env: { ...process.env, RPC: anvil.url, ARTIFACTS: artifacts } },
      (error, stdout, stderr) => resolve(stderr)));
    assert.ok(existsSync(results), `the suite did not come to its end. ${run}`);
    const report = JSON.parse(readFileSync(results, 'utf8'));
    const why = (name) => notApplicable.find(([pattern]) => pattern.test(name))?.[1];
    const failed = report.failures.filter((failure) => !why(failure.fullTitle));
    assert.deepEqual(failed.map((failure) => `${failure.fullTitle}: ${failure.err.message}`), []);
    assert.ok(report.stats.passes > 200, `only ${report.stats.passes} of the suite ran`);
    const reasons = new Map();
    for (const { fullTitle } of report.failures) reasons.set(why(fullTitle), (reasons.get(why(fullTitle)) ?? 0) + 1);
    console.log(`ERC-1155 suite: ${report.stats.passes} pass`);
    for (const [reason, count] of reasons) console.log(`  ${count} not applicable: ${reason}`);
  } finally {
    await anvil.stop();
  }
});
