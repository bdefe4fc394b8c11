import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Malformed, Tagged, decode } from '../web/trust/cbor.js';
import { base58, fingerprint, parseKey, toBase58, verify } from '../web/trust/keys.js';
import { canonical, readKeyLog } from '../web/trust/keylog.js';
import { included } from '../web/trust/merkle.js';
import { cost, difference } from '../web/trust/money.js';
import { decimal, readings } from '../web/trust/readings.js';
import { check } from '../web/trust/receipt.js';

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (d) => parseInt(d, 16));
const sha = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();

/** A second encoder, on Buffer: what the hub writes. */
function cbor(value) {
  const head = (major, n) =>
    n < 24 ? [major << 5 | n] : n < 256 ? [major << 5 | 24, n] : n < 65536 ? [major << 5 | 25, n >> 8, n & 255]
    : n < 2 ** 32 ? [major << 5 | 26, ...bytes(n.toString(16).padStart(8, '0'))] : [major << 5 | 27, ...bytes(BigInt(n).toString(16).padStart(16, '0'))];
  if (value === null) return Buffer.from([0xf6]);
  if (typeof value === 'number') return Buffer.from(value < 0 ? head(1, -1 - value) : head(0, value));
  if (typeof value === 'string') return Buffer.from([...head(3, Buffer.byteLength(value)), ...Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from(head(2, value.length)), value]);
  if (Array.isArray(value)) return Buffer.concat([Buffer.from(head(4, value.length)), ...value.map(cbor)]);
  if (value instanceof Tagged) return Buffer.concat([Buffer.from(head(6, value.tag)), cbor(value.value)]);
  const pairs = [...value].map(([k, v]) => [cbor(k), cbor(v)]).sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([Buffer.from(head(5, pairs.length)), ...pairs.flat()]);
}

test('CBOR: the examples of RFC 8949, appendix A, that are allowed', () => {
  const table = [
    ['00', 0], ['17', 23], ['1818', 24], ['1903e8', 1000], ['1a000f4240', 1000000], ['1b000000e8d4a51000', 1000000000000],
    ['1b7fffffffffffffff', 9223372036854775807n], ['20', -1], ['3863', -100], ['3b7fffffffffffffff', -9223372036854775808n],
    ['f4', false], ['f5', true], ['f6', null], ['6449455446', 'IETF'], ['62c3bc', 'ü'], ['80', []], ['8301820203820405', [1, [2, 3], [4, 5]]],
  ];
  for (const [hex, value] of table) assert.deepEqual(decode(bytes(hex)), value, hex);
  assert.deepEqual(decode(bytes('4401020304')), bytes('01020304'));
  assert.deepEqual([...decode(bytes('a201020304'))], [[1, 2], [3, 4]]);
  assert.deepEqual(decode(bytes('c11a514b67b0')), new Tagged(1, 1363896240));
});

test('CBOR: whatever has another form is refused', () => {
  for (const hex of [
    '', '18', '1817', '190017', '1a0000ffff', '1b00000000ffffffff', '1b8000000000000000', '3bffffffffffffffff', '5f42010243030405ff', '9f01ff', 'a20304' + '0102',
    'a201020103', 'a1f501', 'f7', 'f90000', 'fb3ff199999999999a', '62c328', '0000', '42', '9bffffffffffffffff', '81'.repeat(18) + '00', '1c', 'f818',
  ]) {
    assert.throws(() => decode(bytes(hex)), Malformed, hex);
  }
});

test('CBOR: no bytes make it do anything but answer or refuse', () => {
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff);
  for (let i = 0; i < 20000; i++) {
    const some = Uint8Array.from({ length: next() % 40 }, () => next() >> 8);
    try {
      decode(some);
    } catch (e) {
      assert.ok(e instanceof Malformed, String(e));
    }
  }
});

test('keys are read and compared as the hub writes them', async () => {
  // W3C CCG did:key, section 7: Ed25519 and P-256.
  const ed = parseKey('did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp');
  assert.equal(Buffer.from(ed.bytes).toString('hex'), '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29');
  assert.equal(parseKey('zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169').algorithm.name, 'P-256');
  assert.match(await fingerprint(ed), /^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
  for (const text of ['', 'z', 'did:web:a', 'z6Mk0', 'z' + '1'.repeat(200), 'zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme']) {
    assert.throws(() => parseKey(text), undefined, text);
  }
  assert.equal(toBase58(base58('11StV1DL6CwTryKyV')), '11StV1DL6CwTryKyV');
});

/** A key with both halves, in the forms used here. */
function person(type = 'ed25519') {
  const { privateKey, publicKey } = type === 'ed25519' ? generateKeyPairSync(type) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const x = Buffer.from(jwk.x, 'base64url');
  const coded = type === 'ed25519' ? [0xed, 1, ...x] : [0x80, 0x24, 2 + (Buffer.from(jwk.y, 'base64url').at(-1) & 1), ...x];
  const multikey = 'z' + toBase58(Uint8Array.from(coded));
  const make = (message) => (type === 'ed25519' ? sign(null, message, privateKey) : sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
  return { type, multikey, make };
}

test('signatures of both kinds hold, and only their own', async () => {
  for (const type of ['ed25519', 'p256', 'p256', 'p256']) {
    const me = person(type);
    const key = parseKey(me.multikey);
    const message = Buffer.from('register');
    assert.equal(await verify(key, message, me.make(message)), true, type);
    assert.equal(await verify(key, Buffer.from('Register'), me.make(message)), false);
    assert.equal(await verify(key, message, new Uint8Array(64)), false);
    assert.equal(await verify(key, message, new Uint8Array(3)), false);
    assert.equal(await verify(parseKey(person(type).multikey), message, me.make(message)), false);
  }
});

const multihash = (text) => toBase58(Uint8Array.from([0x12, 32, ...sha(text)]));

/** A key log of some periods; `spoil` may change an entry before it is signed. */
function keyLog(people, spoil = () => {}) {
  let scid = '{SCID}';
  let version = '';
  const lines = [];
  people.slice(0, -1).forEach((me, i) => {
    const next = people[i + 1];
    const parameters = { updateKeys: [me.multikey], nextKeyHashes: [multihash(next.multikey)], ...(i === 0 && { method: 'did:webvh:1.0', scid, portable: false }) };
    let entry = { versionTime: `2026-0${i + 1}-01T00:00:00Z`, parameters, state: { id: `did:webvh:${scid}:hub.local` } };
    if (i === 0) {
      scid = multihash(canonical({ ...entry, versionId: '{SCID}' }));
      entry = JSON.parse(JSON.stringify(entry).replaceAll('{SCID}', scid));
      version = scid;
    }
    entry.versionId = `${i + 1}-${multihash(canonical({ ...entry, versionId: version }))}`;
    version = entry.versionId;
    spoil(entry, i);
    const proof = {
      type: 'DataIntegrityProof', cryptosuite: me.type === 'ed25519' ? 'eddsa-jcs-2022' : 'ecdsa-jcs-2019',
      verificationMethod: `did:key:${me.multikey}#${me.multikey}`, proofPurpose: 'assertionMethod', created: entry.versionTime,
    };
    const proofValue = 'z' + toBase58(me.make(Buffer.concat([sha(canonical(proof)), sha(canonical(entry))])));
    lines.push(canonical({ ...entry, proof: [{ ...proof, proofValue }] }) + '\n');
  });
  return { did: `did:webvh:${scid}:hub.local`, bytes: Buffer.from(lines.join('')) };
}

test('a key log is believed as a whole or not at all', async () => {
  const people = [person(), person('p256'), person(), person()];
  const log = keyLog(people);
  const read = await readKeyLog(log.bytes);
  assert.equal(read.did, log.did);
  assert.deepEqual(read.periods.map((p) => p.key.multikey), people.slice(0, 3).map((p) => p.multikey));
  const spoilt = [
    (e, i) => i === 1 && (e.state = { id: 'did:webvh:other:hub.local' }),
    (e, i) => i === 1 && (e.parameters.updateKeys = [person().multikey]),
    (e, i) => i === 1 && (e.versionTime = '2025-01-01T00:00:00Z'),
    (e, i) => i === 0 && (e.parameters.scid = multihash('x')),
    (e, i) => i === 2 && (e.versionId = '3-' + multihash('x')),
    (e, i) => i === 2 && (e.parameters.nextKeyHashes = []),
  ];
  for (const spoil of spoilt) await assert.rejects(readKeyLog(keyLog(people, spoil).bytes), undefined, String(spoil));
  for (const part of [Buffer.alloc(0), log.bytes.subarray(5), Buffer.from('{}'), Buffer.from(log.bytes.toString().replace(/z[^"]{80,}/, 'z' + '1'.repeat(88)))]) {
    await assert.rejects(readKeyLog(part));
  }
});

/** Merkle tree as RFC 9162, section 2.1, defines it: recursively, another way than it is checked. */
const leaf = (data) => sha([0], data);
const rootOf = (leaves) => {
  if (leaves.length === 1) return leaves[0];
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha([1], rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
};
const pathOf = (leaves, m) => {
  if (leaves.length === 1) return [];
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return m < k ? [...pathOf(leaves.slice(0, k), m), rootOf(leaves.slice(k))] : [...pathOf(leaves.slice(k), m - k), rootOf(leaves.slice(0, k))];
};

test('Merkle paths of all trees up to 20 leaves lead to the root, and no other ones do', async () => {
  for (let n = 1; n <= 20; n++) {
    const leaves = Array.from({ length: n }, (_, i) => leaf([i]));
    for (let m = 0; m < n; m++) {
      const path = pathOf(leaves, m);
      assert.equal(await included(leaves[m], m, n, path, rootOf(leaves)), true, `${m} of ${n}`);
      assert.equal(await included(leaves[m], m, n, [...path, leaf([1])], rootOf(leaves)), false);
      assert.equal(await included(leaf([99]), m, n, path, rootOf(leaves)), false);
      if (n > 1) assert.equal(await included(leaves[m], (m + 1) % n, n, path, rootOf(leaves)), false);
    }
  }
  // The published tree of certificate-transparency's tests: 8 leaves.
  const known = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((h) => leaf(bytes(h)));
  assert.equal(rootOf(known).toString('hex'), '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
});

const cose = (me, type, payload) => {
  const header = cbor(new Map([[1, me.type === 'ed25519' ? -8 : -7], [3, `application/vnd.commonshub.${type}+cbor`]]));
  const signature = me.make(cbor(['Signature1', header, new Uint8Array(), payload]));
  return cbor(new Tagged(18, [header, new Map([[4, Buffer.from(me.multikey)]]), payload, signature]));
};

/** A receipt for entry 5 of 9; `change` may alter its parts. */
function receipt(change = () => {}) {
  const people = [person(), person()];
  const log = keyLog(people);
  const content = cbor(new Map([
    [1, Buffer.from('8d7c1f0e3b5a4c2d9e8f001122334455', 'hex')], [2, 1767225600000], [3, 0],
    [4, [['1-0:1.8.0', 1767226500000, 12345678, -1, 0], ['1-0:2.8.0', 1767226500000, 42, 1, 1]]],
  ]));
  const salt = Buffer.alloc(32, 5);
  const leafData = cbor([5, 1, 1767226501000, Buffer.alloc(32), sha(salt, content)]);
  const leaves = Array.from({ length: 9 }, (_, i) => (i === 5 ? leaf(leafData) : leaf([i])));
  const payload = cbor(new Map([[1, log.did], [2, 1], [3, 9], [4, rootOf(leaves)], [5, 1767226502000]]));
  const others = [rootOf(leaves), Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const anchor = (anchored, path) => cbor(new Map([[1, 'Ethereum, chain 246'], [2, 'root/7'], [3, anchored], [4, path], [5, Buffer.alloc(3)]]));
  const together = others.map((o) => leaf(o));
  const anchorOf = (proof) => new Map([[1, 9], [2, rootOf(leaves)], [3, pathOf(leaves, 5)], [4, proof]]);
  const parts = new Map([
    [1, 1], [2, content], [3, salt], [4, leafData], [5, pathOf(leaves, 5)], [6, cose(people[0], 'checkpoint', payload)],
    [7, [cose(person('p256'), 'cosignature', payload), cose(person(), 'cosignature', payload)]], [8, log.bytes],
    [9, [anchorOf(anchor(rootOf(leaves), [])), anchorOf(anchor(rootOf(together), [0, 3, pathOf(together, 0)]))]],
  ]);
  change(parts, { people, payload, leaves, log });
  return cbor(parts);
}

const words = (report) => report.findings.map((f) => f.level + '.' + f.word);

test('a whole receipt is proven, and says what it does not prove', async () => {
  const report = await check(receipt());
  assert.equal(report.verdict, 'proven');
  assert.deepEqual(words(report), [
    'proven.content', 'proven.included', 'proven.signed', 'open.hub', 'proven.cosigned', 'open.anchored', 'open.together',
  ]);
  assert.equal(report.findings[4].values.n, 2);
  const said = readings(report.content);
  assert.equal(said.device, '8d7c1f0e-3b5a-4c2d-9e8f-001122334455');
  assert.deepEqual(said.registers.map((r) => [r.quantity, r.value, r.quality.join()]), [['energy.import', '1234567.8', ''], ['energy.export', '420', 'estimated']]);
});

test('whatever is changed in a receipt is found', async () => {
  const table = [
    ['content', (p) => p.set(2, cbor(new Map([[1, 2]]))), 'broken.content'],
    ['salt', (p) => p.set(3, Buffer.alloc(32)), 'broken.content'],
    ['leaf', (p) => p.set(4, cbor([5, 1, 1, Buffer.alloc(32), Buffer.alloc(32)])), 'broken.included'],
    ['path', (p) => p.set(5, []), 'broken.included'],
    ['other hub signs', (p, { payload }) => p.set(6, cose(person(), 'checkpoint', payload)), 'broken.nobody'],
    ['other purpose', (p, { people, payload }) => p.set(6, cose(people[0], 'delegation', payload)), 'broken.signed'],
    ['other log', (p) => p.set(8, keyLog([person(), person()]).bytes), 'broken.hub'],
    ['no log', (p) => p.set(8, Buffer.from('x')), 'broken.keylog'],
    ['co-signature of something else', (p) => p.set(7, [cose(person(), 'cosignature', cbor(1))]), 'broken.cosigned'],
    ['anchor of another root', (p) => p.get(9)[0].set(2, Buffer.alloc(32)), 'broken.anchored'],
    ['anchored together, wrongly', (p) => p.get(9)[1].set(4, cbor(new Map([[1, 'x'], [2, 'y'], [3, Buffer.alloc(32)], [4, [0, 3, []]], [5, null]]))), 'broken.anchored'],
  ];
  for (const [name, change, word] of table) {
    const report = await check(receipt(change));
    assert.equal(report.verdict, 'broken', name);
    assert.ok(words(report).includes(word), name + ': ' + words(report));
  }
});

test('what is missing is said, not hidden', async () => {
  const bare = await check(receipt((p) => {
    for (const key of [2, 3, 9]) p.delete(key);
    p.set(7, []);
  }));
  assert.equal(bare.verdict, 'proven');
  assert.deepEqual(words(bare).filter((w) => w.startsWith('open')), ['open.erased', 'open.hub', 'open.alone', 'open.unanchored']);
});

test('no bit can be turned unnoticed, and nothing but a refusal comes of nonsense', async () => {
  const file = receipt();
  let seed = 11;
  for (let i = 0; i < 300; i++) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    const bad = Uint8Array.from(file);
    bad[seed % bad.length] ^= 1 << (seed >> 20) % 8;
    try {
      const report = await check(bad);
      // What is not signed are a ledger's own words and proof, and the names of unknown keys.
      if (report.verdict !== 'broken') assert.ok(words(report).length >= 7, words(report).join());
    } catch (e) {
      assert.ok(e instanceof Malformed, String(e?.stack));
    }
  }
  for (const bad of [Buffer.alloc(0), Buffer.from('PK'), cbor(new Map([[1, 2]])), file.subarray(0, 99), Buffer.alloc((1 << 20) + 1)]) {
    await assert.rejects(check(new Uint8Array(bad)), Malformed);
  }
});

test('amounts are exact', () => {
  const table = [['1', '3', '2'], ['0.1', '0.3', '0.2'], ['9007199254740993', '9007199254740994.5', '1.5'], ['5', '2.25', '-2.75'], ['1.10', '1.1', '0'], ['x', '1', null]];
  for (const [a, b, c] of table) assert.equal(difference(a, b), c, a + ' ' + b);
  for (const [m, e, text] of [[12345, -2, '123.45'], [7, 3, '7000'], [-5, -3, '-0.005'], [100, -2, '1'], [9007199254740993n, -1, '900719925474099.3'], [0, 0, '0']]) {
    assert.equal(decimal(m, e), text);
  }
  assert.equal(cost('1234', 'µ€', 'en'), '1,234\u00a0µ€');
  assert.equal(cost('1230000000000000', 'wei', 'en'), '0.00123');
  assert.equal(readings(new Map()), null);
  assert.equal(readings(7), null);
});

test('a receipt that the hub itself made is understood', async () => {
  const file = readFileSync(new URL('../src/test/resources/mock/sample.receipt', import.meta.url));
  const report = await check(new Uint8Array(file));
  assert.equal(report.verdict, 'proven');
  assert.equal(report.index, 1230);
  assert.deepEqual(words(report), ['proven.content', 'proven.included', 'proven.signed', 'open.hub', 'proven.cosigned', 'open.anchored']);
  assert.equal(report.findings[2].values.fingerprint, 'd6b1 c1e4 16f0 156c 380f 5868 98e7 b0fd');
  assert.deepEqual(readings(report.content).registers.map((r) => r.value), ['1272697.8', '609309']);
});
