// Makes the packages of a release: `release.mjs OUT [BINARIES]`. For each `zaloxide.<system>.node` in
// BINARIES (else `native`) one with that binary, and the main one without any, which names them as
// `optionalDependencies`: whoever installs it gets the one for their system. No scripts, no compiler.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const [, , out, binaries = join(HERE, 'native')] = process.argv;
if (out === undefined) {
  console.error('usage: release.mjs OUT [BINARIES]');
  process.exit(2);
}

const whole = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));
const write = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
rmSync(out, { recursive: true, force: true });

const optionalDependencies = {};
for (const file of readdirSync(binaries)) {
  const [, system] = /^zaloxide\.(.+)\.node$/.exec(file) ?? [];
  if (system === undefined) continue;
  const [os, cpu, abi] = system.split('-');
  const name = `zaloxide-${system}`;
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  cpSync(join(binaries, file), join(folder, file));
  write(join(folder, 'package.json'), {
    name,
    version: whole.version,
    description: `The binary of zaloxide for ${system}`,
    license: whole.license,
    engines: whole.engines,
    main: file,
    files: [file],
    os: [os],
    cpu: [cpu],
    ...(abi === undefined ? {} : { libc: [abi === 'gnu' ? 'glibc' : 'musl'] }),
  });
  optionalDependencies[name] = whole.version;
}

const main = join(out, 'zaloxide');
mkdirSync(join(main, 'native'), { recursive: true });
for (const part of ['bin', 'dist', 'README.md', 'CHANGELOG.md', 'native/index.d.ts']) {
  cpSync(join(HERE, part), join(main, part), { recursive: true });
}
const { scripts, devDependencies, napi, ...shipped } = whole;
shipped.files = shipped.files.filter((each) => each !== 'native/*.node');
write(join(main, 'package.json'), { ...shipped, optionalDependencies });
