// Another implementation of The Update Framework: reads a repository with tuf-js, makes one with @tufjs/models.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Updater } = require('tuf-js');
const models = require('@tufjs/models');
const { canonicalize } = require('@tufjs/canonical-json');

/** Refreshes from a trusted root, demands that operator and provider list the same, and downloads. */
async function read(state, metadataBaseUrl, targetBaseUrl, target, provider) {
  const updater = new Updater({ metadataDir: state, metadataBaseUrl, targetDir: state, targetBaseUrl });
  await updater.refresh();
  const info = await updater.getTargetInfo(target);
  const own = (await updater.loadTargets(provider, 'targets')).signed.targets[target];
  if (!info || !own || info.length !== own.length || info.hashes.sha256 !== own.hashes.sha256) {
    throw new Error('operator and provider do not list the same');
  }
  await updater.downloadTarget(info, path.join(state, 'package.jar'));
  return { length: info.length, sha256: info.hashes.sha256, app: own.custom.manifest.id };
}

function signer() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ed25519');
  const hex = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const value = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } };
  const keyID = crypto.createHash('sha256').update(canonicalize(value)).digest('hex');
  return {
    keyID,
    key: new models.Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: hex } }),
    sign: (bytes) =>
      new models.Signature({ keyID, sig: crypto.sign(null, bytes, privateKey).toString('hex') }),
  };
}

function digest(bytes) {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}

/** Makes a repository with one app. */
function make(folder, jar, manifest, target, provider) {
  const expires = new Date(Date.now() + 86400000).toISOString().replace(/\.\d+Z$/, 'Z');
  const common = { specVersion: '1.0.31', expires };
  fs.mkdirSync(path.join(folder, 'metadata'), { recursive: true });
  const write = (name, signed, ...signers) => {
    const document = new models.Metadata(signed);
    signers.forEach((s) => document.sign(s.sign));
    const bytes = Buffer.from(JSON.stringify(document.toJSON(), null, 2) + '\n');
    fs.writeFileSync(path.join(folder, 'metadata', name), bytes);
    return new models.MetaFile({
      version: signed.version,
      length: bytes.length,
      hashes: { sha256: digest(bytes) },
    });
  };
  const [root1, root2, top, own, snap, stamp] = Array.from({ length: 6 }, signer);
  const role = (threshold, ...signers) => ({ keyids: signers.map((s) => s.keyID), threshold });
  const keys = (...signers) => Object.fromEntries(signers.map((s) => [s.keyID, s.key.toJSON()]));
  const root = (version) =>
    models.Root.fromJSON({
      _type: 'root',
      spec_version: common.specVersion,
      expires,
      version,
      consistent_snapshot: true,
      keys: keys(root1, root2, top, snap, stamp),
      roles: {
        root: role(2, root1, root2),
        targets: role(1, top),
        snapshot: role(1, snap),
        timestamp: role(1, stamp),
      },
      custom: { operator: 'Peer "\\ é €', licence_keys: [] },
    });
  write('1.root.json', root(1), root1, root2);
  write('2.root.json', root(2), root1, root2);

  const bytes = fs.readFileSync(jar);
  const file = (custom) =>
    new models.TargetFile({
      path: target,
      length: bytes.length,
      hashes: { sha256: digest(bytes), sha512: crypto.createHash('sha512').update(bytes).digest('hex') },
      unrecognizedFields: { custom },
    });
  const edition = new models.Targets({ ...common, version: 4 });
  edition.addTarget(file({ manifest: JSON.parse(fs.readFileSync(manifest, 'utf8')) }));
  const list = models.Targets.fromJSON({
    _type: 'targets',
    spec_version: common.specVersion,
    expires,
    version: 5,
    targets: {},
    delegations: {
      keys: keys(own),
      roles: [{ ...role(1, own), name: provider, terminating: true, paths: [`${provider}/*`] }],
    },
  });
  list.addTarget(file({ fee_permille: 100 }));
  const snapshot = new models.Snapshot({
    ...common,
    version: 6,
    meta: {
      'targets.json': write('5.targets.json', list, top),
      [`${provider}.json`]: write(`4.${provider}.json`, edition, own),
    },
  });
  const timestamp = new models.Timestamp({
    ...common,
    version: 7,
    snapshotMeta: write('6.snapshot.json', snapshot, snap),
  });
  write('timestamp.json', timestamp, stamp);
  const place = path.join(folder, 'targets', path.dirname(target));
  fs.mkdirSync(place, { recursive: true });
  fs.writeFileSync(path.join(place, `${digest(bytes)}.${path.basename(target)}`), bytes);
  return {};
}

const [command, ...args] = process.argv.slice(2);
Promise.resolve()
  .then(() => (command === 'read' ? read(...args) : make(...args)))
  .then((result) => console.log(JSON.stringify({ ok: true, ...result })))
  .catch((error) => console.log(JSON.stringify({ ok: false, error: String(error.message) })));
