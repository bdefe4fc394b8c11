import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault, format, inOrder, parse } from '../web/lib/endpoint.js';

test('addresses survive being taken apart and put together', () => {
  for (const text of [
    'tcp://192.0.2.7:502',
    'tcp://192.0.2.1-20:502',
    'tcp://[fe80::1]:502',
    'udp-multicast://239.12.255.254:9522',
    'serial:/dev/ttyUSB0?baud=9600&parity=none',
    'serial:/dev/ttyS0',
    'tcp://meter.local:1502?framing=rtu',
  ]) {
    assert.equal(format(parse(text)), text);
    assert.equal(fault(parse(text)), null, text);
  }
});

test('the network comes first, what is unknown last', () => {
  assert.deepEqual(inOrder(['serial', 'zigbee', 'udp', 'tcp']), ['tcp', 'udp', 'serial', 'zigbee']);
});

test('the part at fault is named', () => {
  const cases = [
    [{ scheme: 'tcp', host: '', port: '502' }, 'host'],
    [{ scheme: 'tcp', host: 'a b', port: '502' }, 'host'],
    [{ scheme: 'tcp', host: 'a/b', port: '502' }, 'host'],
    [{ scheme: 'tcp', host: 'a', port: '0' }, 'port'],
    [{ scheme: 'tcp', host: 'a', port: '70000' }, 'port'],
    [{ scheme: 'tcp', host: 'a', port: 'x' }, 'port'],
    [{ scheme: 'serial', path: 'ttyUSB0' }, 'path'],
    [{ scheme: 'serial', path: '' }, 'path'],
  ];
  for (const [parts, want] of cases) assert.equal(fault(parts), want, JSON.stringify(parts));
  assert.equal(parse('').scheme, 'tcp');
  assert.equal(fault(parse('rubbish')), 'host');
});
