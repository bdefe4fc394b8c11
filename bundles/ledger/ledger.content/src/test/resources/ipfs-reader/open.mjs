// node open.mjs FILE.car PRIVATE-KEY-HEX OUT: reads sealed content as a recipient would and tells what it saw as JSON.
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { CarBlockIterator, CarWriter } from '@ipld/car';
import * as dagCbor from '@ipld/dag-cbor';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';

const [file, privateKey, out] = process.argv.slice(2);

const car = await CarBlockIterator.fromIterable(createReadStream(file));
const roots = await car.getRoots();
const blocks = [];
for await (const block of car) {
  const again = CID.createV1(block.cid.code, await sha256.digest(block.bytes));
  if (!again.equals(block.cid)) throw new Error(`${block.cid} is not ${again}`);
  blocks.push(block);
}
if (roots.length !== 1 || !blocks[0].cid.equals(roots[0]) || blocks[0].cid.code !== dagCbor.code) throw new Error('root');

// The library's own writer makes the same file of the same blocks.
const { writer, out: bytes } = CarWriter.create(roots);
const copy = createWriteStream(`${out}.car`);
const copied = finished(Readable.from(bytes).pipe(copy));
for (const block of blocks) await writer.put(block);
await writer.close();
await copied;
if (!readFileSync(`${out}.car`).equals(readFileSync(file))) throw new Error('the file is not what @ipld/car writes');

const root = dagCbor.decode(blocks[0].bytes);
if (!Buffer.from(dagCbor.encode(root)).equals(Buffer.from(blocks[0].bytes))) throw new Error('the root is not strict DAG-CBOR');
const { to, ...bound } = root;
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const recipientKey = await suite.kem.importKey('raw', new Uint8Array(Buffer.from(privateKey, 'hex')).buffer, false);
let key;
for (const { enc, key: sealed } of to) {
  try {
    key = await suite.open(
      { recipientKey, enc: new Uint8Array(enc).buffer, info: new TextEncoder().encode('commonshub sealed content 1').buffer },
      new Uint8Array(sealed).buffer, new Uint8Array(dagCbor.encode(bound)).buffer);
    break;
  } catch (e) { /* somebody else's */ }
}
if (!key) throw new Error('not sealed to this key');

const aes = await webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
const plain = [];
for (const [i, cid] of root.parts.entries()) {
  const block = blocks[i + 1];
  if (!cid.equals(block.cid) || block.cid.code !== raw.code) throw new Error(`part ${i}`);
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(7, i);
  iv[11] = i === root.parts.length - 1 ? 1 : 0;
  plain.push(Buffer.from(await webcrypto.subtle.decrypt({ name: 'AES-GCM', iv }, aes, block.bytes)));
}
writeFileSync(out, Buffer.concat(plain));
console.log(JSON.stringify({ root: roots[0].toString(), blocks: blocks.map((b) => b.cid.toString()), recipients: to.length,
  largest: Math.max(...blocks.map((b) => b.bytes.length)) }));
