import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as f from '../web/lib/format.js';

const plain = (text) => text.replace(/[\u00a0\u202f]/g, ' ');

test('power changes its unit with its size, never shows minus zero', () => {
  const cases = [
    [0, '0 W'], [-0.3, '0 W'], [7.4, '7 W'], [-850, '-850 W'], [999.4, '999 W'], [999.6, '1 kW'],
    [1234, '1.23 kW'], [9994, '9.99 kW'], [9996, '10 kW'], [12_345, '12.3 kW'], [99_960, '100 kW'],
    [123_456, '123 kW'], [1_234_567, '1.23 MW'],
  ];
  for (const [watts, text] of cases) assert.equal(plain(f.power(watts, 'en')), text, String(watts));
});

test('missing and broken values are a dash', () => {
  for (const value of [null, undefined, NaN, Infinity, '12']) {
    assert.equal(f.power(value, 'en'), f.DASH);
    assert.equal(f.energy(value, 'de'), f.DASH);
    assert.equal(f.percent(value, 'fr'), f.DASH);
    assert.equal(f.money(value, 'EUR', 'it'), f.DASH);
    assert.equal(f.quantity(value, 'V', 'it'), f.DASH);
    assert.equal(f.ago(value, 'it'), f.DASH);
  }
});

test('energy in the language of the reader', () => {
  assert.equal(plain(f.energy(850, 'de')), '850 Wh');
  assert.equal(plain(f.energy(1205, 'de')), '1,21 kWh');
  assert.equal(plain(f.energy(1_205_000, 'de')), '1.205 kWh');
  assert.equal(plain(f.energy(12_050_000, 'it')), '12,05 MWh');
  assert.equal(f.kilowattHours(1500, 'fr'), '1,50');
});

test('money, percent and change', () => {
  assert.equal(plain(f.money(1_234_567, 'EUR', 'de')), '1,23 €');
  assert.equal(f.money(-500_000, 'CHF', 'en').replace(/\u00a0/g, ' '), '-CHF 0.50');
  assert.match(f.money(1_000_000, 'no such', 'en'), /1\.00/);
  assert.equal(f.percent(0.666, 'en'), '67%');
  assert.equal(f.change(0.25, 'en'), '+25%');
  assert.equal(f.change(0, 'en'), '0%');
});

test('units of meters', () => {
  assert.equal(plain(f.quantity(230.44, 'V', 'en')), '230.4 V');
  assert.equal(plain(f.quantity(21.26, 'Cel', 'de')), '21,3 °C');
  assert.equal(plain(f.quantity(49.987, 'Hz', 'en')), '49.99 Hz');
  assert.equal(plain(f.quantity(3, '1', 'en')), '3');
});

test('ages', () => {
  assert.equal(plain(f.ago(12.9, 'en')), '12 sec. ago');
  assert.equal(plain(f.ago(-3, 'en')), 'now');
  assert.equal(plain(f.ago(200, 'en')), '3 min. ago');
  assert.match(f.ago(7200, 'de'), /2 Std/);
  assert.equal(plain(f.duration(90_000, 'en')), '1 day');
});

test('times are those of the home, days have no zone', () => {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  assert.equal(f.dateTime('2026-03-29T01:30:00Z', 'en', 'Europe/Rome', options), '03:30');
  assert.equal(f.dateTime('2026-03-29T00:30:00Z', 'en', 'Europe/Rome', options), '01:30');
  assert.equal(f.dateTime('rubbish', 'en', 'Europe/Rome'), f.DASH);
  assert.equal(f.dateTime(null, 'en', 'Europe/Rome'), f.DASH);
  assert.equal(f.day('2026-01-01', 'en', { day: 'numeric', month: 'long', year: 'numeric' }), 'January 1, 2026');
});
