import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as e from '../web/lib/energy.js';

test('periods begin and move by the calendar', () => {
  const cases = [
    ['day', '2026-03-29', 1, '2026-03-30'],
    ['day', '2026-01-01', -1, '2025-12-31'],
    ['week', '2026-11-21', 0, '2026-11-16'],
    ['week', '2026-11-22', 1, '2026-11-23'],
    ['week', '2026-11-16', -1, '2026-11-09'],
    ['month', '2026-01-31', 1, '2026-02-01'],
    ['month', '2026-03-31', -1, '2026-02-01'],
    ['year', '2024-02-29', 1, '2025-01-01'],
  ];
  for (const [period, date, n, want] of cases) assert.equal(e.shift(period, date, n), want, period + date + n);
  assert.equal(e.lastDay('month', '2024-02-10'), '2024-02-29');
  assert.equal(e.lastDay('week', '2026-11-21'), '2026-11-22');
});

test('today is the home’s, not the browser’s', () => {
  assert.equal(e.today('Europe/Rome', new Date('2026-06-30T22:30:00Z')), '2026-07-01');
  assert.equal(e.today('America/New_York', new Date('2026-07-01T02:00:00Z')), '2026-06-30');
});

test('dates from the address bar are checked', () => {
  for (const good of ['2026-02-28', '2024-02-29']) assert.equal(e.isDate(good), true);
  for (const bad of ['2026-02-29', '2026-13-01', '26-1-1', '', undefined, 'x', '2026-02-28x']) assert.equal(e.isDate(bad), false, bad);
});

test('columns: own + bought = used, sold below zero, gaps stay gaps', () => {
  const c = e.columns([
    { consumption: 500, import: 200, export: 0 },
    { consumption: 300, import: 0, export: 900 },
    { gap: true, consumption: null },
    { consumption: 100, import: 140, export: 5 },
    { consumption: -3, import: 0, export: 0 },
  ]);
  assert.deepEqual(c.used, [500, 300, null, 100, 0]);
  assert.deepEqual(c.own, [300, 300, null, 0, 0]);
  assert.deepEqual(c.sold.map((x) => x && x), [-0, -900, null, -5, -0].map((x) => x && x));
});

test('comparing says nothing where it cannot', () => {
  assert.equal(e.relative(150, 100), 0.5);
  for (const [a, b] of [[1, 0], [1, null], [undefined, 5], [1, -2]]) assert.equal(e.relative(a, b), null);
});

test('doubts count gaps and values that were not measured', () => {
  assert.deepEqual(
    e.doubts([{ gap: true }, { partial: true, quality: ['estimated'] }, { quality: ['estimated'] }, { quality: ['measured'] }, { quality: [] }, {}]),
    { gaps: 1, partial: 1, notMeasured: 1 },
  );
});

test('a running period is not compared as if it were over', () => {
  assert.equal(e.unfinished('month', '2026-11-01', '2026-11-21'), true);
  assert.equal(e.unfinished('day', '2026-11-20', '2026-11-21'), false);
});

test('a day has 92, 96 or 100 quarters, also those still ahead', () => {
  const data = (from, to, points = []) => ({ resolution: 'quarter', from, to, points });
  const spring = e.frame('day', '2026-03-29', data('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'), 'Europe/Rome');
  const autumn = e.frame('day', '2026-10-25', data('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'), 'Europe/Rome');
  assert.equal(spring.length, 92);
  assert.equal(autumn.length, 100);
  const point = { start: '2026-03-28T23:15:00Z', consumption: 5 };
  const some = e.frame('day', '2026-03-29', data('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', [point]), 'Europe/Rome');
  assert.equal(some[0].point, null);
  assert.equal(some[1].point, point);
  assert.deepEqual(e.columns([null]), { own: [null], used: [null], sold: [null] });
});

test('weeks, months and years are framed by local days', () => {
  const point = { start: '2026-03-28T23:00:00Z' };
  const week = e.frame('week', '2026-03-23', { points: [point] }, 'Europe/Rome');
  assert.deepEqual(week.map((s) => !!s.point), [false, false, false, false, false, false, true]);
  assert.equal(e.frame('month', '2024-02-01', { points: [] }, 'Europe/Rome').length, 29);
  const year = e.frame('year', '2026-01-01', { points: [{ start: '2026-06-30T22:00:00Z' }] }, 'Europe/Rome');
  assert.equal(year.length, 12);
  assert.equal(year[6].key, '2026-07-01');
  assert.ok(year[6].point);
});
