// What a receipt proves, found out in this browser alone: docs/data-structure.md, section 10.
import { Malformed, Tagged, decode, encode, equal, hex } from './cbor.js';
import { readKeyLog } from './keylog.js';
import { Unsupported, fingerprint, parseKey, sha256, verify } from './keys.js';
import { included, leafHash } from './merkle.js';

export const MAX_BYTES = 1 << 20;

/** Kinds of entries by their number on the wire. */
export const KINDS = ['', 'READINGS', 'GAP', 'BACKFILL', 'CONTRADICTION', 'CONSENT', 'LICENCE', 'ORDER', 'SETTLEMENT', 'HUB'];

const bytes = (x) => x instanceof Uint8Array;
const list = (x, most, of = bytes) => Array.isArray(x) && x.length <= most && x.every(of);
const need = (good, what) => {
  if (!good) throw new Malformed(what);
};

/** Takes a COSE_Sign1 (RFC 9052, section 4.2) apart. */
function cose(data) {
  const sign1 = decode(data);
  need(sign1 instanceof Tagged && sign1.tag === 18 && list(sign1.value, 4, () => true) && sign1.value.length === 4, 'no COSE_Sign1');
  const [header, unprotected, payload, signature] = sign1.value;
  need(bytes(header) && unprotected instanceof Map && bytes(payload) && bytes(signature), 'no COSE_Sign1');
  const known = decode(header);
  need(known instanceof Map && [...known.keys()].every((k) => k === 1 || k === 3 || k === 4), 'an unknown header');
  const kid = unprotected.get(4);
  return { header, algorithm: known.get(1), type: known.get(3), kid: bytes(kid) && kid.length <= 128 ? new TextDecoder().decode(kid) : '', payload, signature };
}

/** Whether that key signed it for that purpose. */
const signed = async (sign1, key, purpose) =>
  key.algorithm.cose === sign1.algorithm && sign1.type === `application/vnd.commonshub.${purpose}+cbor`
  && verify(key, encode(['Signature1', sign1.header, new Uint8Array(), sign1.payload]), sign1.signature);

function checkpointOf(sign1) {
  const map = decode(sign1.payload);
  need(map instanceof Map && typeof map.get(1) === 'string' && bytes(map.get(4)), 'no checkpoint');
  return { origin: map.get(1), epoch: map.get(2), size: map.get(3), root: map.get(4), instant: map.get(5) };
}

/**
 * Checks a receipt. Throws Malformed if the file is none.
 *
 * Findings say what follows from the file by arithmetic alone (proven), what somebody else has to be asked
 * (open), and what is wrong (broken); `unknown` is what this browser cannot check.
 */
export async function check(file) {
  need(file.length <= MAX_BYTES, 'a receipt has at most ' + MAX_BYTES + ' bytes');
  const map = decode(file);
  need(map instanceof Map && map.get(1) === 1, 'no receipt of version 1');
  const leafData = map.get(4);
  need(bytes(leafData) && bytes(map.get(6)) && bytes(map.get(8)) && list(map.get(5), 128) && list(map.get(7), 64), 'parts are missing');
  const leaf = decode(leafData);
  need(list(leaf, 5, () => true) && leaf.length === 5 && bytes(leaf[3]) && bytes(leaf[4]), 'no leaf');
  const [index, kind, instant, , commitment] = leaf;
  const findings = [];
  const find = (level, word, values) => findings.push({ level, word, values });

  let content = null;
  if (bytes(map.get(2)) && bytes(map.get(3))) {
    const good = equal(await sha256(map.get(3), map.get(2)), commitment);
    if (good) content = decode(map.get(2));
    find(good ? 'proven' : 'broken', 'content');
  } else {
    find('open', 'erased');
  }

  const sign1 = cose(map.get(6));
  const checkpoint = checkpointOf(sign1);
  const hash = await leafHash(leafData);
  const inside = await included(hash, index, checkpoint.size, map.get(5), checkpoint.root);
  find(inside ? 'proven' : 'broken', 'included', { index, size: checkpoint.size });

  await signature(sign1, checkpoint, map.get(8), find);
  await cosignatures(sign1, map.get(7), find);
  await anchors(map.get(9) ?? [], hash, index, find);
  const worst = ['broken', 'unknown', 'proven'].find((level) => findings.some((f) => f.level === level));
  return { index, kind: KINDS[kind] ?? '', instant, content, checkpoint, findings, verdict: worst };
}

async function signature(sign1, checkpoint, keyLog, find) {
  const { origin, instant } = checkpoint;
  let key;
  try {
    if (origin.startsWith('did:key:')) {
      key = parseKey(origin);
    } else {
      const log = await readKeyLog(keyLog);
      if (log.did !== origin) return find('broken', 'hub', { did: origin });
      key = log.periods.map((p) => p.key).find((k) => k.multikey === sign1.kid);
    }
  } catch (e) {
    if (e instanceof Unsupported) return find('unknown', 'signed');
    return find('broken', 'keylog', { why: e.message });
  }
  if (!key) return find('broken', 'nobody', { did: origin });
  try {
    find((await signed(sign1, key, 'checkpoint')) ? 'proven' : 'broken', 'signed', { fingerprint: await fingerprint(key), instant });
  } catch (e) {
    if (!(e instanceof Unsupported)) throw e;
    find('unknown', 'signed');
  }
  find('open', 'hub', { did: origin });
}

async function cosignatures(sign1, all, find) {
  const seen = new Set();
  let broken = 0;
  for (const data of all) {
    try {
      const own = cose(data);
      const key = parseKey(own.kid);
      if (!equal(own.payload, sign1.payload) || !(await signed(own, key, 'cosignature'))) broken++;
      else seen.add(key.multikey);
    } catch (e) {
      if (e instanceof Unsupported) return find('unknown', 'cosigned');
      broken++;
    }
  }
  if (broken) find('broken', 'cosigned');
  if (seen.size) find('proven', 'cosigned', { n: seen.size, keys: [...seen] });
  else if (!broken) find('open', 'alone');
}

async function anchors(all, leaf, index, find) {
  need(list(all, 16, (x) => x instanceof Map), 'no anchors');
  for (const anchor of all) {
    const [size, root, path] = [anchor.get(1), anchor.get(2), anchor.get(3)];
    const proof = bytes(anchor.get(4)) ? decode(anchor.get(4)) : null;
    need(proof instanceof Map && bytes(root) && list(path, 128) && bytes(proof.get(3)), 'no anchor');
    const anchored = proof.get(3);
    let under = await included(leaf, index, size, path, root);
    const together = !equal(anchored, root);
    if (under && together) {
      const [i, n, up] = Array.isArray(proof.get(4)) ? proof.get(4) : [];
      under = list(up, 128) && (await included(await leafHash(root), i, n, up, anchored));
    }
    const values = { ledger: String(proof.get(1)).slice(0, 200), key: String(proof.get(2)).slice(0, 200), root: hex(anchored) };
    find(under ? 'open' : 'broken', under && together ? 'together' : 'anchored', values);
  }
  if (!all.length) find('open', 'unanchored');
}

/** A file's bytes. */
export const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());
