import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, asksMore, bytes, checked, columns, iconUrl, linkTo, more, moving, parts, periodWords, tenths } from '../web/apps/plain.js';

const plain = (text) => text.replace(/[\u00a0\u202f]/g, ' ');

test('periods are words, and end when the calendar says so', () => {
  assert.deepEqual(parts('P1Y6M'), [[1, 'year'], [6, 'month']]);
  assert.deepEqual(parts('P0D'), []);
  assert.deepEqual(parts(null), []);
  assert.equal(plain(periodWords('P14D', 'en')), '14 days');
  assert.equal(plain(periodWords('P1M', 'de')), '1 Monat');
  assert.equal(plain(periodWords('P2W', 'fr')), '2 semaines');
  const at = Date.parse('2026-01-15T12:00:00Z');
  assert.equal(after(at, 'P1M'), '2026-02-15T12:00:00.000Z');
  assert.equal(after(at, 'P1Y2W1D'), '2027-01-30T12:00:00.000Z');
});

test('sizes are rounded as people say them', () => {
  assert.equal(plain(bytes(20, 'en')), '20 byte');
  assert.equal(plain(bytes(20_480, 'en')), '20 kB');
  assert.equal(plain(bytes(1_500, 'en')), '1.5 kB');
  assert.equal(plain(bytes(9_000_000, 'en')), '9 MB');
});

test('an icon is a PNG in base64 or nothing', () => {
  assert.equal(iconUrl('iVBORw0KGgoAAAA='), 'data:image/png;base64,iVBORw0KGgoAAAA=');
  for (const bad of [null, undefined, 7, '', 'PHN2Zz4=', 'iVBORw0KGgo"onerror=x', 'iVBORw0KGgo,x', 'iVBORw0KGgo\n']) assert.equal(iconUrl(bad), null, String(bad));
});

test('only https and e-mail addresses become links', () => {
  assert.equal(linkTo('https://example.org/a?b'), 'https://example.org/a?b');
  assert.equal(linkTo('help@example.org'), 'mailto:help@example.org');
  for (const bad of ['javascript:alert(1)', 'http://example.org', 'https://a b', 'data:text/html,x@y', 'a@b?cc=c@d', 'https://x"y', '']) assert.equal(linkTo(bad), null, bad);
});

const manifest = (part) => ({ data: [], actuators: [], hosts: [], place: null, resources: { memory_mb: 16 }, ...part });
const data = (purpose, resolution_s) => ({ purpose, terms: { mode: 'interval', resolution_s }, why: 'x' });

test('what a newer version asks beyond the one that is here', () => {
  assert.equal(asksMore(more(manifest({}), manifest({}))), false);
  const now = manifest({ data: [data('ADVICE', 900)], hosts: [{ host: 'a.example' }], actuators: [{ key: 'pv/power-limit' }] });
  const less = more(now, manifest({ resources: { memory_mb: 8 } }));
  assert.equal(asksMore(less), false, 'less is not more');
  const wider = more(now, { ...now, data: [data('ADVICE', 60)] });
  assert.deepEqual(wider.data.map((d) => d.terms.resolution_s), [60]);
  const all = more(now, manifest({ data: [data('ADVICE', 900), data('BILLING', 900)], hosts: [{ host: 'a.example' }, { host: 'b.example' }], actuators: [{ key: 'battery/power-limit' }], place: 'Sun.', resources: { memory_mb: 32 } }));
  assert.deepEqual(all.data.map((d) => d.purpose), ['BILLING']);
  assert.deepEqual(all.hosts.map((h) => h.host), ['b.example']);
  assert.deepEqual(all.actuators.map((a) => a.key), ['battery/power-limit']);
  assert.equal(all.place, true);
  assert.deepEqual(all.resources, ['memory_mb']);
  assert.equal(asksMore(all), true);
});

test('a place is rounded before it is sent', () => {
  assert.equal(tenths('41.8931', 90), 419);
  assert.equal(tenths(' -12,44 ', 180), -124);
  assert.equal(tenths('0', 90), 0);
  for (const bad of ['', ' ', '90.1', 'north', 'Infinity', '1e9']) assert.equal(tenths(bad, 90), null, bad);
});

test('forms are checked field by field', () => {
  const field = (kind, part) => ({ kind, min: null, max: null, choices: [], ...part });
  const number = field('NUMBER', { min: 0, max: 400 });
  const table = [
    [number, '40', { value: '40' }],
    [number, ' 4,5 ', { value: '4.5' }],
    [number, '-1', { wrong: 'range' }],
    [number, '400.1', { wrong: 'range' }],
    [number, '', { wrong: 'number' }],
    [number, '1e3', { wrong: 'number' }],
    [number, '0x10', { wrong: 'number' }],
    [field('TIME'), '07:30', { value: '07:30' }],
    [field('TIME'), '24:00', { wrong: 'time' }],
    [field('TIME'), '', { wrong: 'time' }],
    [field('SWITCH'), true, { value: 'true' }],
    [field('SWITCH'), 'true', { value: 'true' }],
    [field('SWITCH'), 'yes', { value: 'false' }],
    [field('CHOICE', { choices: [['a', 'A'], ['b', 'B']] }), 'b', { value: 'b' }],
    [field('CHOICE', { choices: [['a', 'A'], ['b', 'B']] }), 'c', { value: 'a' }],
    [field('TEXT'), 'x'.repeat(200), { value: 'x'.repeat(200) }],
    [field('TEXT'), 'x'.repeat(201), { wrong: 'long' }],
  ];
  for (const [f, value, expected] of table) assert.deepEqual(checked(f, value), expected, f.kind + ' ' + value);
});

test('lines of different steps share an axis; a gap stays a gap', () => {
  const lines = [
    { start: '2026-01-01T00:00:00Z', step_s: 3600, values: [1, null, 3] },
    { start: '2026-01-01T00:30:00Z', step_s: 3600, values: [5, 6] },
  ];
  const [times, one, two] = columns(lines);
  assert.deepEqual(times.map((s) => (s - times[0]) / 60), [0, 30, 60, 90, 120]);
  assert.deepEqual(one, [1, undefined, null, undefined, 3]);
  assert.deepEqual(two, [undefined, 5, undefined, 6, undefined]);
});

test('what moves is asked for often', () => {
  assert.equal(moving({ step: 'UPDATING' }), true);
  assert.equal(moving({ step: 'ON' }), false);
});
