// The package as it is installed: what is in it, its types, its program, and what is said where no
// binary fits.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NoBinary, VERSION } from 'zaloxide';
import { ROOT } from './root.mjs';
import { folder } from './surroundings.mjs';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGE = join(dirname(require.resolve('zaloxide')), '..');
const SOURCE = join(ROOT, 'bindings/node');
const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));

/** A tool of this repository's, among what its lock file pins. */
const tool = (name) => join(SOURCE, 'node_modules/.bin', name);

describe('the package', () => {
  test('has this system’s binary, no sources, and no install scripts', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: SOURCE });
    const [packed] = Object.values(JSON.parse(stdout));
    const files = packed.files.map(({ path }) => path);
    assert.equal(files.filter((path) => path.endsWith('.node')).length, 1, files.join(' '));
    for (const path of files) assert.match(path, /^(bin|dist|native)\/|^[A-Z]+\.md$|^package\.json$/);
    for (const name of ['preinstall', 'install', 'postinstall']) assert(!(name in manifest.scripts));
    assert.equal(manifest.dependencies, undefined);
    assert.equal(manifest.version, VERSION);
    const cargo = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8');
    assert.equal(/^version = "(.*)"$/m.exec(cargo)[1], VERSION);
  });

  test('is clean under publint', async () => {
    const { stdout } = await run(tool('publint'), ['--strict', '--pack', 'false'], { cwd: SOURCE });
    assert.match(stdout, /All good/);
  });

  test('has types that pass what is right and nothing that is wrong', async () => {
    for (const config of ['tsconfig.json', 'tsconfig.declarations.json']) {
      await run(tool('tsc'), ['-p', join(HERE, 'types', config)]).catch(({ stdout }) => assert.fail(stdout));
    }
  });

  test('works in vitest', async () => {
    const vitest = createRequire(join(SOURCE, 'package.json')).resolve('vitest/package.json');
    const args = [join(dirname(vitest), 'vitest.mjs'), 'run', '--root', join(HERE, 'vitest')];
    const { NODE_TEST_CONTEXT, ...env } = process.env;
    const done = await run(process.execPath, args, { env }).catch((error) => error);
    assert.match(done.stdout, /1 passed/, done.stdout + done.stderr);
  });

  test('has the program', async () => {
    const program = join(PACKAGE, manifest.bin.zaloxide);
    const { stdout } = await run(process.execPath, [program, '--version']);
    assert.equal(stdout.trim(), `zaloxide ${VERSION}`);
    await assert.rejects(run(process.execPath, [program, 'dance']), { code: 2 });
  });

  test('says what to do where no binary fits', () => {
    const { find } = require(join(PACKAGE, 'dist/binding.js'));
    const missing = (path) => {
      throw Object.assign(new Error(`Cannot find module '${path}'`), { code: 'MODULE_NOT_FOUND' });
    };
    const broken = (path) => {
      if (path.includes('musl')) missing(path);
      throw new Error('GLIBC_2.99 not found');
    };
    for (const [load, words] of [
      [missing, /not there/],
      [broken, /GLIBC_2\.99/],
    ]) {
      assert.throws(
        () => find(load),
        (error) => {
          assert(error instanceof NoBinary);
          for (const each of [words, /--omit=optional/, /npm install/, /Node v/]) assert.match(error.message, each);
          return true;
        },
      );
    }
  });

  test('is released as one with scripts for nobody and one a system', async () => {
    if (!existsSync(join(SOURCE, 'dist'))) return;
    const out = folder();
    await run(process.execPath, [join(SOURCE, 'scripts/release.mjs'), out]);
    const [main, binary] = readdirSync(out).sort();
    const shipped = JSON.parse(readFileSync(join(out, main, 'package.json'), 'utf8'));
    assert.deepEqual(Object.keys(shipped.optionalDependencies), [binary]);
    assert.equal(shipped.scripts, undefined);
    const tarballs = await Promise.all(
      [binary, main].map(async (name) => {
        const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', out], { cwd: join(out, name) });
        return join(out, Object.values(JSON.parse(stdout))[0].filename);
      }),
    );
    const project = join(out, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{"private":true}');
    const install = ['install', '--offline', '--no-audit', '--no-fund', ...tarballs];
    await run('npm', install, { cwd: project });
    assert(!existsSync(join(project, 'node_modules/zaloxide/native', `${binary}.node`)));
    const code = "console.log(require('zaloxide').VERSION)";
    const { stdout } = await run(process.execPath, ['-e', code], { cwd: project });
    assert.equal(stdout.trim(), VERSION);
    // Without the binary's package.
    rmSync(join(project, 'node_modules', binary), { recursive: true });
    await assert.rejects(run(process.execPath, ['-e', code], { cwd: project }), /has no binary for/);
  });
});
