import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slides, startOf, stepOf, valueOf, whose } from '../web/lib/control.js';

const limit = { min: 6, max: 32, step: 0.5, choices: [], value: null, holding: null };

test('what people type is a value of the actuator, or they are told why not', () => {
  const cases = [
    ['16', 16], ['16,5', 16.5], [' 6 ', 6], ['32', 32], ['', 'number'], ['much', 'number'],
    ['5.5', 'range'], ['33', 'range'], ['16.3', 'step'],
  ];
  for (const [text, want] of cases) {
    const { value, fault } = valueOf(limit, text);
    assert.equal(value ?? fault, want, text);
  }
  const fine = { min: 0, max: 1, step: 0.1, choices: [] };
  assert.equal(valueOf(fine, '0.3').value, 0.3);
  assert.equal(valueOf({ min: -5000, max: 5000, step: 0, choices: [] }, '-1234.5').value, -1234.5);
  assert.equal(valueOf({ min: 0, max: 1, step: 1, choices: [{ value: 1, label: 'On' }] }, '1').value, 1);
  assert.equal(valueOf({ min: 0, max: 1, step: 1, choices: [{ value: 1, label: 'On' }] }, '').fault, 'choice');
});

test('a slider moves by the step, or by what the range makes sense of', () => {
  assert.equal(stepOf(limit), 0.5);
  assert.equal(stepOf({ min: 0, max: 100, step: 0 }), 1);
  assert.equal(stepOf({ min: -5000, max: 5000, step: 0 }), 100);
  assert.equal(stepOf({ min: 3, max: 3, step: 0 }), 1);
  assert.ok(slides(limit));
  assert.ok(!slides({ min: 0, max: 1_000_000, step: 1 }));
  assert.ok(!slides({ min: 3, max: 3, step: 1 }));
});

test('it begins with what is in force', () => {
  assert.equal(startOf(limit), '6');
  assert.equal(startOf({ ...limit, value: 10 }), '10');
  assert.equal(startOf({ ...limit, value: 10, holding: { value: 12 } }), '12');
  assert.equal(startOf({ ...limit, choices: [{ value: 1, label: 'On' }] }), '');
});

test('whose word it is', () => {
  assert.deepEqual(whose({ mine: true, holder: 'user:anna' }), ['me', '']);
  assert.deepEqual(whose({ mine: false, holder: 'user:bob' }), ['person', 'bob']);
  assert.deepEqual(whose({ mine: false, holder: 'app:x' }), ['app', 'x']);
  assert.deepEqual(whose({ mine: false, holder: 'peak-shaving' }), ['hub', 'peak-shaving']);
});
