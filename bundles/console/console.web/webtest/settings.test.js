import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromForm, toForm } from '../web/lib/settings.js';

const option = (key, type, more) => ({ key, type, list: false, required: false, default: null, ...more });
const component = {
  options: [
    option('days', 'INTEGER', { default: 90, min: 1, max: 3650 }),
    option('price', 'DECIMAL', { min: -1 }),
    option('on', 'BOOLEAN', { default: true }),
    option('name', 'STRING', { required: true }),
    option('pass', 'SECRET'),
    option('leave', 'STRING', { list: true }),
    option('ports', 'INTEGER', { list: true }),
  ],
  values: { name: 'Home', price: 0.31, pass: true, leave: ['a', 'b'], byHand: 7 },
};

test('what was not touched comes back as it was', () => {
  const { values } = fromForm(component, toForm(component));
  assert.deepEqual(values, { name: 'Home', price: 0.31, leave: ['a', 'b'], ports: [], days: 90, on: true, byHand: 7 });
});

test('a secret is sent only when typed', () => {
  assert.equal(toForm(component).pass, '');
  assert.equal(fromForm(component, { ...toForm(component), pass: 'new' }).values.pass, 'new');
});

test('numbers are numbers, also with a comma; empty falls back to the default', () => {
  const form = toForm(component);
  assert.equal(fromForm(component, { ...form, price: '0,28' }).values.price, 0.28);
  assert.equal('days' in fromForm(component, { ...form, days: '' }).values, false);
  assert.deepEqual(fromForm(component, { ...form, ports: '502\n\n 503 ' }).values.ports, [502, 503]);
});

test('prices are typed in the currency and kept in millionths', () => {
  const priced = { options: [option('importPriceMicros', 'INTEGER', { default: 300000 })], values: {} };
  assert.equal(toForm(priced).importPriceMicros, '0.3');
  assert.deepEqual(fromForm(priced, { importPriceMicros: '0,2875' }), { values: { importPriceMicros: 287500 } });
  assert.deepEqual(fromForm(priced, { importPriceMicros: '-0.0801' }), { values: { importPriceMicros: -80100 } });
});

test('the first field at fault is named with its fault', () => {
  const cases = [
    [{ days: 'soon' }, 'days', 'number'],
    [{ days: '1.5' }, 'days', 'integer'],
    [{ days: '0' }, 'days', 'min'],
    [{ days: '4000' }, 'days', 'max'],
    [{ price: '-2' }, 'price', 'min'],
    [{ name: '' }, 'name', 'required'],
    [{ ports: '1\nx' }, 'ports', 'number'],
  ];
  for (const [change, field, fault] of cases) {
    assert.deepEqual(fromForm(component, { ...toForm(component), ...change }), { field, fault });
  }
});
