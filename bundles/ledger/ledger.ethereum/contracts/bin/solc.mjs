#!/usr/bin/env node
// solc of npm as forge calls it: `solc --version` and `solc --standard-json`.
import solc from 'solc';

if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else {
  let input = '';
  for await (const part of process.stdin.setEncoding('utf8')) input += part;
  process.stdout.write(solc.compile(input));
}
