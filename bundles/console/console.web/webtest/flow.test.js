import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as flow from '../web/lib/flow.js';

const value = (quantity, v) => ({ quantity, unit: 'W', value: v });

test('exchange: the passive sign becomes a word', () => {
  const cases = [[-1200, 'selling'], [1200, 'buying'], [5, 'balanced'], [-20, 'balanced'], [undefined, 'unknown'], [NaN, 'unknown']];
  for (const [w, word] of cases) assert.equal(flow.exchange(w), word, String(w));
});

test('the picture balances: car is taken out of the house', () => {
  const p = flow.picture({
    power: { production: 4000, consumption: 2500, gridImport: 0, gridExport: 1000, charge: 500, discharge: 0 },
    devices: [
      { id: 'p', role: 'PV', values: [value('power.active', -4000)] },
      { id: 'b', role: 'BATTERY', values: [value('power.active', 500), value('battery.soc', 60)] },
      { id: 'c', role: 'EV_CHARGER', values: [value('power.active', 1500)] },
      { id: 'g', role: 'GRID_METER', values: [value('power.active', -1000)] },
    ],
  });
  assert.equal(p.sun.watts, 4000);
  assert.equal(p.grid.watts, -1000);
  assert.equal(p.battery.watts, 500);
  assert.equal(p.battery.soc, 60);
  assert.equal(p.car.watts, 1500);
  assert.equal(p.home.watts, 1000);
  assert.equal(p.sun.watts - p.home.watts - p.car.watts - p.battery.watts + p.grid.watts, 0);
});

test('without a balance the devices speak for themselves', () => {
  const p = flow.picture({
    power: null,
    devices: [
      { id: 'g', role: 'GRID_METER', values: [value('power.active', 742)] },
      { id: 'p', role: 'PV', values: [value('power.active', -200)] },
      { id: 'b', role: 'BATTERY', values: [value('power.active', -58)] },
    ],
  });
  assert.equal(p.grid.watts, 742);
  assert.equal(p.sun.watts, 200);
  assert.equal(p.battery.watts, -58);
  assert.equal(p.home.watts, 1000);
});

test('the values people ask for come first', () => {
  const values = ['voltage.l1', 'energy.export', 'current.l1', 'power.active'].map((q) => value(q, 1));
  assert.deepEqual(flow.importantFirst(values).map((v) => v.quantity), ['power.active', 'energy.export', 'voltage.l1', 'current.l1']);
});

test('what a device does', () => {
  const cases = [[-500, 'giving'], [500, 'taking'], [3, 'resting'], [-20, 'resting'], [undefined, 'unknown']];
  for (const [w, word] of cases) assert.equal(flow.doing(w), word);
});

test('the picture shows only what there is', () => {
  const p = flow.picture({ power: null, devices: [{ id: 'g', role: 'grid-meter', values: [] }] });
  assert.equal(p.sun, null);
  assert.equal(p.battery, null);
  assert.equal(p.car, null);
  assert.equal(p.home.watts, undefined);
  assert.equal(flow.exchange(p.grid.watts), 'unknown');
  assert.deepEqual(flow.picture(null).power, null);
});

test('stale is three intervals, or a device that fails', () => {
  const online = { state: 'ONLINE' };
  const cases = [
    [online, 2_900, 1000, false],
    [online, 3_100, 1000, true],
    [online, 2_000, 100, false],
    [online, 29_000, undefined, false],
    [online, 31_000, undefined, true],
    [online, undefined, 1000, false],
    [{ state: 'OFFLINE' }, 10, 1000, true],
    [{ state: 'failing' }, 10, 1000, true],
    [{ state: 'DISABLED' }, 1e9, 1000, false],
  ];
  for (const [device, age, interval, want] of cases) assert.equal(flow.isStale(device, age, interval), want, JSON.stringify([device, age, interval]));
});

test('readings move numbers and freshen their device only', () => {
  const before = flow.stamped({ devices: [{ id: 'a', age_ms: 500, values: [value('power.active', 1)] }, { id: 'b', values: [] }] }, 10_000);
  assert.equal(before.devices[0].stamp, 9_500);
  assert.equal(before.devices[1].stamp, undefined);
  const after = flow.merge(before, { device: 'a', at: 'T', values: { 'power.active': 7, unknown: 3 } }, 12_000);
  assert.equal(after.devices[0].values[0].value, 7);
  assert.equal(after.devices[0].values.length, 1);
  assert.equal(after.devices[0].stamp, 12_000);
  assert.equal(after.devices[1], before.devices[1]);
  assert.equal(flow.merge(null, {}, 0), null);
});

test('dashes run faster with more power, within calm bounds', () => {
  assert.ok(flow.pace(100) > flow.pace(5000));
  for (const w of [0, 1, 1e3, 1e9, -5000]) assert.ok(flow.pace(w) >= 0.9 && flow.pace(w) <= 4);
});
