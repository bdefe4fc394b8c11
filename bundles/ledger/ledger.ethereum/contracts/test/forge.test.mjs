import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { forge, missing } from './anvil.mjs';

test('fuzz and invariant tests', { skip: missing }, () => {
  const seed = process.env.FUZZ_SEED ?? '0x1';
  const run = spawnSync(forge, ['test', '--fuzz-seed', seed], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    env: { ...process.env, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1', NO_COLOR: '1' },
  });
  const text = `${run.stdout}${run.stderr}`;
  assert.equal(run.status, 0, `${text}\nAgain with FUZZ_SEED=${seed} npm test`);
  console.log(`forge, seed ${seed}: ${/(\d+) tests passed.*/.exec(text)[0]}`);
  for (const [line] of text.matchAll(/invariant_\w+.*/g)) console.log(`  ${line}`);
});
