// A development node of our own on a free port, and the contracts on it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ContractFactory, JsonRpcProvider } from 'ethers';
import { target } from '../build.mjs';

const program = (name) => fileURLToPath(new URL(`../node_modules/@foundry-rs/${name}-linux-amd64/bin/${name}`, import.meta.url));
export const forge = program('forge');

/** Why the programs of Foundry can't run here; undefined if they can. */
export const missing = existsSync(program('anvil')) && existsSync(forge)
  ? undefined
  : `npm installed no @foundry-rs programs for ${process.platform}-${process.arch}`;

export const artifact = (name) => JSON.parse(readFileSync(`${target}/${name}.json`, 'utf8'));

export async function startAnvil() {
  const node = spawn(program('anvil'), ['--port', '0', '--accounts', '10'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let text = '';
    node.on('exit', (code) => reject(new Error(`anvil ended with ${code}: ${text}`)));
    node.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
      const found = /Listening on (\S+)/.exec(text);
      if (found) resolve(`http://${found[1]}`);
    });
  });
  return { url, stop: () => new Promise((resolve) => { node.removeAllListeners('exit').on('exit', resolve); node.kill(); }) };
}

export function connect(url) {
  const provider = new JsonRpcProvider(url, undefined, { batchMaxCount: 1, cacheTimeout: -1, staticNetwork: true });
  provider.pollingInterval = 10;
  return provider;
}

export async function deploy(artifact, signer, ...args) {
  const contract = await new ContractFactory(artifact.abi, artifact.bytecode, signer).deploy(...args);
  return contract.waitForDeployment();
}
