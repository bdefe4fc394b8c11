// The signed history of a hub's keys, as did:webvh 1.0 has it: each entry names the hash of the one before
// and is signed with a key that the entry before had promised; the hub's name is the hash of the first.
import { base58, parseKey, sha256, toBase58, verify } from './keys.js';

const MAX_BYTES = 256 * 1024;
const MAX_ENTRIES = 256;
const utf8 = new TextEncoder();

/** RFC 8785 for what key logs hold: objects, lists, text, true and false. */
export function canonical(value) {
  if (Array.isArray(value)) return '[' + value.map(canonical).join(',') + ']';
  if (value !== null && typeof value === 'object') {
    return '{' + Object.keys(value).sort().map((k) => JSON.stringify(k) + ':' + canonical(value[k])).join(',') + '}';
  }
  return JSON.stringify(value);
}

/** SHA-256 multihash in base58btc. */
const hash = async (text) => toBase58(Uint8Array.from([0x12, 32, ...(await sha256(utf8.encode(text)))]));

/** Reads and checks a whole log; throws with the number of the entry and what is wrong with it. */
export async function readKeyLog(bytes) {
  if (bytes.length === 0 || bytes.length > MAX_BYTES) throw new Error('a key log has 1 to ' + MAX_BYTES + ' bytes');
  const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\n$/, '').split('\n');
  if (lines.length > MAX_ENTRIES) throw new Error('more than ' + MAX_ENTRIES + ' entries');
  const log = { did: '', periods: [] };
  let version = '';
  let promises = [];
  for (let i = 0; i < lines.length; i++) {
    const check = (good, what) => {
      if (!good) throw new Error(`entry ${i + 1}: ${what}`);
    };
    const { proof: proofs, ...entry } = JSON.parse(lines[i]);
    const { parameters = {}, state = {}, versionTime } = entry;
    if (i === 0) {
      const scid = parameters.scid;
      check(/^[1-9A-HJ-NP-Za-km-z]{46}$/.test(scid) && parameters.method === 'did:webvh:1.0', 'not did:webvh:1.0');
      const preliminary = canonical({ ...entry, versionId: '{SCID}' });
      check(!canonical(entry).includes('{SCID}'), 'its hash is not the name');
      check((await hash(preliminary.replaceAll(scid, '{SCID}'))) === scid, 'its hash is not the name');
      check(typeof state.id === 'string' && state.id.startsWith(`did:webvh:${scid}:`), 'its name is not its hash');
      log.did = state.id;
      version = scid;
    }
    check(state.id === log.did, 'it is about another name');
    check(parameters.updateKeys?.length === 1, 'not one key');
    const key = parseKey(parameters.updateKeys[0]);
    check(i === 0 || promises.includes(await hash(key.multikey)), 'its key was not promised by the entry before');
    const since = Date.parse(versionTime);
    check(since > (log.periods.at(-1)?.since ?? -Infinity), 'it is not younger than the entry before');
    const id = `${i + 1}-${await hash(canonical({ ...entry, versionId: version }))}`;
    check(entry.versionId === id, 'its hash does not match its content or the entry before');
    check(proofs?.length === 1, 'not one proof');
    const { proofValue, ...proof } = proofs[0];
    check(
      proof.type === 'DataIntegrityProof' && proof.proofPurpose === 'assertionMethod' && proof.cryptosuite === key.algorithm.suite
        && proof.verificationMethod === `did:key:${key.multikey}#${key.multikey}`,
      'its proof is by another key',
    );
    const signed = new Uint8Array([...(await sha256(utf8.encode(canonical(proof)))), ...(await sha256(utf8.encode(canonical(entry))))]);
    check(/^z/.test(proofValue) && (await verify(key, signed, base58(proofValue.slice(1)))), 'its signature does not hold');
    version = id;
    promises = parameters.nextKeyHashes ?? [];
    check(Array.isArray(promises) && promises.length > 0, 'it promises no next key');
    log.periods.push({ key, since });
  }
  return log;
}
