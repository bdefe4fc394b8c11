import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounds, choice, offers, pairs, path, start, times } from '../web/privacy/terms.js';

const NOW = Date.parse('2026-06-21T10:00:00Z') / 1000;
const raw = { version: 1, mode: 'raw', resolution_s: 1, quantities: ['power.active', 'battery.soc'], history_s: 2_592_000, until: '2026-12-31T00:00:00Z' };
const quarter = { ...raw, mode: 'interval', resolution_s: 900, delay_s: 7200, history_s: 100_000, quantum_milli: { W: 60_000 } };

test('nothing wider than asked is offered', () => {
  const all = offers(raw, ['W'], NOW);
  assert.deepEqual(all.resolution.slice(0, 3), [0, 1, 10]);
  assert.deepEqual(all.history, [0, 86_400, 604_800, 2_592_000]);
  assert.equal(all.delay[0], 0);
  assert.deepEqual(all.lasting, [86_400, 604_800, 2_592_000, 7_862_400, 15_724_800, 0]);
  const some = offers(quarter, ['W'], NOW);
  assert.deepEqual(some.resolution, [900, 1800, 3600, 86_400, 604_800]);
  assert.deepEqual(some.delay, [7200, 21_600, 86_400, 604_800, 2_592_000]);
  assert.deepEqual(some.history, [0, 86_400, 100_000]);
  assert.deepEqual(some.quantum, { W: [60_000, 100_000, 500_000] });
  assert.deepEqual(offers({ ...raw, until: '2026-06-21T12:00:00Z' }, ['W'], NOW).lasting, [0]);
});

test('noise is offered where one range fits all values, and never taken away', () => {
  assert.deepEqual(offers(raw, ['W'], NOW).noise, ['none', 'some', 'strong', 'day']);
  assert.deepEqual(offers(raw, ['%', 'W'], NOW).noise, []);
  assert.deepEqual(offers(raw, [], NOW).noise, []);
  assert.deepEqual(offers({ ...quarter, noise: {} }, ['W'], NOW).noise, ['asked', 'some', 'strong', 'day']);
  assert.deepEqual(offers({ ...quarter, noise: {} }, ['W', '%'], NOW).noise, ['asked']);
  assert.deepEqual(offers({ ...raw, mode: 'aggregate', cohort: 5 }, ['W'], NOW).noise, []);
});

test('what nobody touched is what was asked', () => {
  assert.deepEqual(choice(start(raw), raw, ['W'], NOW), { version: 1, mode: 'raw', resolution_s: 1, history_s: 2_592_000 });
  assert.deepEqual(choice(start(quarter), quarter, ['W'], NOW), {
    version: 1, mode: 'interval', resolution_s: 900, delay_s: 7200, history_s: 100_000, quantum_milli: { W: 60_000 },
  });
  const sum = { ...quarter, mode: 'aggregate', cohort: 12 };
  assert.equal(choice(start(sum), sum, ['W'], NOW).cohort, 12);
});

test('a choice is terms as the hub reads them: whole numbers, no fields of its own', () => {
  const form = { ...start(raw), resolution: 3600, delay: 86_400, history: 0, lasting: 604_800, quantum: { W: 100_000 }, quantities: ['power.active'], devices: ['a'], noise: 'day' };
  assert.deepEqual(choice(form, raw, ['W'], NOW + 0.7), {
    version: 1, mode: 'interval', resolution_s: 3600, delay_s: 86_400, history_s: 0, until: '2026-06-28T10:00:00Z',
    quantum_milli: { W: 100_000 }, quantities: ['power.active'], devices: ['a'],
    noise: { micro_epsilon: 1_000_000, unit: 'day', daily_micro_epsilon: 24_000_000, lowest: -25_000, highest: 25_000 },
  });
  const energy = choice({ ...form, resolution: 900, noise: 'strong' }, raw, ['Wh'], NOW).noise;
  assert.deepEqual(energy, { micro_epsilon: 100_000, unit: 'interval', daily_micro_epsilon: 9_600_000, lowest: 0, highest: 6250 });
  const onRaw = choice({ ...start(raw), noise: 'some' }, raw, ['W'], NOW);
  assert.equal(onRaw.mode + onRaw.resolution_s, 'interval60', 'noise is on intervals');
  assert.ok(onRaw.noise.daily_micro_epsilon >= onRaw.noise.micro_epsilon && onRaw.noise.daily_micro_epsilon <= 10_000_000_000);
  assert.ok(choice({ ...start(raw), resolution: 604_800, noise: 'some' }, raw, ['W'], NOW).noise.daily_micro_epsilon >= 1_000_000);
});

test('a curve stands beside what becomes of it, also under another name', () => {
  const curve = (subject, quantity) => ({ subject, quantity });
  const mine = [curve('a', 'p'), curve('b', 'p'), curve('a', 'e')];
  const same = pairs(mine, [curve('b', 'p'), curve('a', 'e')]);
  assert.deepEqual(same.map((p) => p.released?.subject), ['b', 'b', 'a']);
  const renamed = pairs(mine, [curve('x', 'p'), curve('y', 'p')]);
  assert.deepEqual(renamed.map((p) => p.released?.subject), ['x', 'y', undefined]);
});

test('paths have steps, lines and gaps', () => {
  const steps = { interval_s: 10, points: [[0, 0], [10_000, 5], [50_000, 10]] };
  assert.equal(path(steps, [0, 100_000], [0, 10]), 'M0 100H100L100 50H200M500 0H600');
  assert.equal(path({ interval_s: 0, points: [[0, 0], [1000, null], [2000, 1]] }, [0, 2000], [0, 1]), 'M0 100L1000 0');
  assert.equal(path({ interval_s: 0, points: [] }, [0, 1], [0, 0]), '');
  assert.deepEqual(bounds([{ points: [[0, 5], [1, -3]] }, { points: [] }]), [-3, 5]);
  assert.deepEqual(times([steps, { interval_s: 0, points: [] }]), [0, 60_000]);
  assert.deepEqual(times([]), [0, 1]);
});
