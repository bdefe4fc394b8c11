// Compiles src/ to one JSON per contract. The same bytes on every machine: no metadata, no paths, one compiler.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import solc from 'solc';

const here = fileURLToPath(new URL('.', import.meta.url));
export const target = join(here, '../src/main/resources/org/commonshub/ledger/ethereum/contracts');

const settings = {
  viaIR: true,
  optimizer: { enabled: true, runs: 1000000 },
  evmVersion: 'paris',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
};

/** Map of file name to text, of src/ and of other files that tests want. */
export function compile(...others) {
  const files = readdirSync(join(here, 'src')).filter((name) => name.endsWith('.sol')).sort()
    .map((name) => join(here, 'src', name)).concat(others);
  const names = files.map((file) => basename(file));
  const sources = Object.fromEntries(
    files.map((file) => [basename(file), { content: readFileSync(file, 'utf8') }]));
  const outputSelection = {
    '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.methodIdentifiers'] },
  };
  const output = JSON.parse(solc.compile(
    JSON.stringify({ language: 'Solidity', sources, settings: { ...settings, outputSelection } })));
  if (output.errors?.length) {
    throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  }
  return new Map(names.map((name) => {
    const contract = name.replace('.sol', '');
    const { abi, evm } = output.contracts[name][contract];
    const artifact = {
      contract,
      compiler: solc.version(),
      settings,
      bytecode: `0x${evm.bytecode.object}`,
      runtime: `0x${evm.deployedBytecode.object}`,
      selectors: evm.methodIdentifiers,
      abi,
    };
    return [`${contract}.json`, `${JSON.stringify(artifact, null, 1)}\n`];
  }));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync(target, { recursive: true });
  for (const [name, text] of compile()) writeFileSync(join(target, name), text);
}
