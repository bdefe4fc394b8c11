import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const languages = ['en', 'it', 'de', 'fr'];
const all = Object.fromEntries(
  await Promise.all(languages.map(async (l) => {
    const sets = (await Promise.all(['', 'trust-', 'privacy-', 'apps-'].map((set) => import(`../web/i18n/${set}${l}.js`)))).map((m) => m.default);
    const keys = sets.flatMap(Object.keys);
    const twice = keys.filter((key, i) => keys.indexOf(key) !== i);
    assert.deepEqual(twice, [], 'in two files of ' + l);
    return [l, Object.assign({}, ...sets)];
  })),
);
const sources = (folder) =>
  readdirSync(new URL(folder, import.meta.url), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? entry.name === 'i18n' ? [] : sources(folder + entry.name + '/')
      : /\.jsx?$/.test(entry.name) ? [readFileSync(new URL(folder + entry.name, import.meta.url), 'utf8')] : [],
  );
const code = sources('../web/').join('\n');
const quoted = new Set([...code.matchAll(/'((?:[^'\\\n]|\\.)*)'/g)].map((m) => m[1]));
const prefixes = [...quoted].filter((s) => s.endsWith('.') && s.length > 2);
const plurals = ['.zero', '.one', '.two', '.few', '.many', '.other'];
const base = (key) => key.replace(/\.(one|many|other)$/, '');

test('all four languages have the same keys', () => {
  for (const l of languages) {
    const mine = new Set(Object.keys(all[l]).map((k) => (k.endsWith('.many') ? k.replace('.many', '.other') : k)));
    assert.deepEqual([...mine].sort(), Object.keys(all.en).sort(), l);
  }
});

test('no message is empty, and placeholders are the same everywhere', () => {
  const holes = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort().join();
  for (const l of languages) {
    for (const [key, text] of Object.entries(all[l])) {
      assert.ok(text.trim().length > 0, `${l} ${key}`);
      const en = all.en[key] ?? all.en[key.replace('.many', '.other')];
      if (!/\.(one|other|many)$/.test(key)) assert.equal(holes(text), holes(en), `${l} ${key}`);
    }
  }
});

test('no key is unused', () => {
  const unused = Object.keys(all.en).filter(
    (key) => !quoted.has(key) && !quoted.has(base(key)) && !prefixes.some((p) => key.startsWith(p)),
  );
  assert.deepEqual(unused, []);
});

test('no key that is used is missing', () => {
  const used = [
    ...[...code.matchAll(/\bt\(\s*'([^']+)'\s*[,)]/g)].map((m) => m[1]),
    ...[...code.matchAll(/\bt\([^()]*\?\s*'([^']+)'\s*:\s*'([^']+)'/g)].flatMap((m) => [m[1], m[2]]),
  ].filter((key) => !key.endsWith('.'));
  assert.ok(used.length > 50);
  const missing = used.filter((key) => !(key in all.en) && !plurals.some((p) => key + p in all.en));
  assert.deepEqual([...new Set(missing)], []);
});

test('a translation is a translation', () => {
  for (const l of ['it', 'de', 'fr']) {
    const keys = Object.keys(all.en).filter((k) => all.en[k].length > 24);
    const same = keys.filter((k) => all[l][k] === all.en[k]);
    assert.deepEqual(same, [], l);
  }
});

test('nothing is set as HTML', () => {
  assert.doesNotMatch(code, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/);
});
