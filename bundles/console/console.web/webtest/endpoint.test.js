import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blank, fault, format, inOrder, isSame, parse } from '../web/lib/endpoint.js';

test('addresses survive being taken apart and put together', () => {
  for (const text of [
    'tcp://192.0.2.7:502',
    'tcp://192.0.2.1-20:502',
    'tcp://[fe80::1]:502',
    'udp-multicast://239.12.255.254:9522',
    'serial:/dev/ttyUSB0?baud=9600&parity=none',
    'serial:/dev/ttyS0',
    'serial:/dev/serial/by-id/usb-FTDI_FT232R-if00-port0?baud=115200',
    'http://192.0.2.7:80',
    'https://192.0.2.7:443?sha256=00ff',
    'mqtts://broker.local:8883',
    'broker:hub',
    'inbound:CP001',
    'file:/var/tmp/capture.txt?rate=9600',
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
    [{ scheme: 'serial', path: '/dev/tty USB0' }, 'path'],
    [{ scheme: 'file', path: 'capture' }, 'path'],
    [{ scheme: 'inbound', path: ' ' }, 'name'],
    [{ scheme: 'inbound', path: 'a b' }, 'name'],
    [{ scheme: 'mqtt', host: 'h', port: '' }, 'port'],
  ];
  for (const [parts, want] of cases) assert.equal(fault(parts), want, JSON.stringify(parts));
  assert.equal(parse('').scheme, 'tcp');
  assert.equal(fault(parse('rubbish')), 'host');
});

test('an address to be filled in begins with what the driver knows', () => {
  const driver = { defaultPort: 502, lines: ['baud=9600&parity=even', 'baud=300'] };
  assert.equal(format({ ...blank(driver, 'tcp'), host: 'h' }), 'tcp://h:502');
  assert.equal(format({ ...blank(driver, 'http'), host: 'h' }), 'http://h:80');
  assert.equal(format({ ...blank(driver, 'mqtts'), host: 'h' }), 'mqtts://h:8883');
  assert.equal(format({ ...blank(driver, 'serial'), path: '/dev/x' }), 'serial:/dev/x?baud=9600&parity=even');
  assert.equal(format(blank(driver, 'broker')), 'broker:hub');
  assert.equal(blank({ defaultPort: -1 }, 'tcp').port, '');
  assert.deepEqual(blank({ defaultPort: -1 }, 'serial').parameters, {});
});

test('a device that was found is known again, with settings added to it', () => {
  const found = { driver: 'd', endpoint: 'tcp://h:1', settings: { unit: '1' } };
  assert.ok(isSame({ ...found, settings: { unit: '1', password: '***' } }, found));
  assert.ok(!isSame({ ...found, settings: { unit: '2' } }, found));
  assert.ok(!isSame({ ...found, endpoint: 'tcp://h:2' }, found));
  assert.ok(!isSame({ ...found, driver: 'e' }, found));
});
