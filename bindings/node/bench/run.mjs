// Prints what the package costs, beside bare servers in the same run:
// `run.mjs [--short] [--json] [--pack FILE]`.
// `--short`: a second a measurement, and better-sqlite3 only where it is already.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { line, load } from './load.mjs';

const { values: chosen } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    pack: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    // Where better-sqlite3 is kept from run to run: it may have to be compiled.
    sqlite: { type: 'string', default: join(tmpdir(), 'zaloxide-better-sqlite3') },
  },
});
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const ms = chosen.short ? 1_000 : 3_000;
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** A module to require better-sqlite3 from, or why there is none. */
function peer() {
  const from = resolve(chosen.sqlite, 'package.json');
  if (!existsSync(join(chosen.sqlite, 'node_modules/better-sqlite3'))) {
    if (chosen.short) return { missing: 'not installed; bench/run.mjs without --short does' };
    mkdirSync(chosen.sqlite, { recursive: true });
    writeFileSync(from, '{"private":true,"allowScripts":{"better-sqlite3":true}}');
    const install = ['install', '--no-audit', '--no-fund', 'better-sqlite3@12'];
    try {
      execFileSync('npm', install, { cwd: chosen.sqlite, stdio: 'ignore', timeout: 900_000 });
    } catch {
      return { missing: 'npm could not install it' };
    }
  }
  try {
    const code = `new (require('better-sqlite3'))(':memory:')`;
    execFileSync(process.execPath, ['-e', code], { cwd: chosen.sqlite, stdio: 'ignore' });
  } catch {
    return { missing: 'npm could not build it' };
  }
  return { from };
}

const { from, missing } = peer();
const names = ['bare', 'zaloxide', 'zaloxide-sqlite', ...(from ? ['better-sqlite3'] : [])];

/** One server under a load; what it says of itself, and what the load saw. */
async function one(name, options) {
  const environment = { ...process.env, BETTER_SQLITE3: from };
  const server = spawn(process.execPath, [here('server.mjs'), name], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment,
  });
  try {
    const port = Number(await line(server));
    // Until the compiler has seen it all.
    await load(port, { ...options, ms: 1_500 });
    server.stdin.write('reset\n');
    const seen = await load(port, { ms, ...options });
    server.stdin.write('report\n');
    const own = JSON.parse(await line(server));
    if (seen.wrong > 0) throw new Error(`${name}: ${seen.wrong} answers were no 200`);
    return { ...seen, ...own, cpuUs: (own.cpu * 1e6) / seen.answered };
  } finally {
    server.kill('SIGKILL');
  }
}

/** Medians of some rounds, each with all servers; `of` has those of the ratios to another server in the
 * same round: a machine is not as fast in one minute as in the next. */
async function rounds(servers, options) {
  const all = [];
  for (let n = 0; n < Number(chosen.rounds); n++) {
    const round = {};
    for (const name of servers) round[name] = await one(name, options);
    all.push(round);
  }
  const medians = { of: (key, ours, theirs) => median(all.map((r) => r[ours][key] / r[theirs][key])) };
  for (const name of servers) {
    medians[name] = {};
    for (const key of ['perSecond', 'p99', 'cpuUs']) {
      medians[name][key] = median(all.map((round) => round[name][key]));
    }
  }
  return medians;
}

const fast = await rounds(names, {});
const again = await rounds(['bare', 'zaloxide'], { isAgain: true });
// The same load for both: half of what the bare server takes.
const perSecond = Math.round(fast.bare.perSecond / 2);
const even = await rounds(['bare', 'zaloxide'], { perSecond });
const [alone, whole] = JSON.parse(execFileSync(process.execPath, [here('core.mjs')], { encoding: 'utf8' }));
const code = `const t = performance.now(); require('zaloxide'); console.log(performance.now() - t)`;
const loads = Array.from({ length: 9 }, () =>
  Number(execFileSync(process.execPath, ['-e', code], { cwd: here('.'), encoding: 'utf8' })),
);

const show = (number, digits = 0) => number.toFixed(digits);
const rows = [
  ...names.map((name) => [
    `webhooks, ${name}`,
    `${show(fast[name].perSecond)}/s, ${show(fast[name].cpuUs)} µs`,
  ]),
  [
    'memory, of the bare server (goal: at least 0.6)',
    show(fast.of('perSecond', 'zaloxide', 'bare'), 2),
  ],
  [
    'the same, one message again and again',
    show(again.of('perSecond', 'zaloxide', 'bare'), 2),
  ],
  [
    'SQLite, of better-sqlite3 (goal: at least 1)',
    from
      ? show(fast.of('perSecond', 'zaloxide-sqlite', 'better-sqlite3'), 2)
      : `missing: ${missing}`,
  ],
  [`event loop, p99 at ${perSecond}/s: bare`, `${show(even.bare.p99, 2)} ms`],
  ['the same, zaloxide', `${show(even.zaloxide.p99, 2)} ms`],
  ['of the bare server (goal: at most 2)', show(even.of('p99', 'zaloxide', 'bare'), 2)],
  ['channel.handle (goal: at most 3)', `${show(alone, 1)} µs`],
  ['the same with its actions (goal: at most 10)', `${show(whole, 1)} µs`],
  ["require('zaloxide') (goal: under 30)", `${show(median(loads))} ms`],
];
if (chosen.pack) rows.push(['the package', `${show(statSync(chosen.pack).size / 1e6, 1)} MB`]);

/** A figure beside its peer's, in the same rounds. */
function beside(name, unit, seen, key, ours, theirs, of) {
  return { name: `node/${name}`, value: seen[ours][key], unit, of, ratio: seen.of(key, ours, theirs) };
}

/** Figures for programs. */
function figures() {
  const bare = ['zaloxide', 'bare', 'bare node:http'];
  const durable = ['zaloxide-sqlite', 'better-sqlite3', 'better-sqlite3'];
  return [
    beside('memory/rate', '1/s', fast, 'perSecond', ...bare),
    beside('duplicates/rate', '1/s', again, 'perSecond', ...bare),
    from
      ? beside('sqlite/rate', '1/s', fast, 'perSecond', ...durable)
      : { name: 'node/sqlite/rate', value: null, unit: '', missing: `better-sqlite3: ${missing}` },
    beside('loop/p99', 'ms', even, 'p99', ...bare),
    { name: 'node/handle', value: alone, unit: 'us' },
    { name: 'node/handle with actions', value: whole, unit: 'us' },
    { name: 'node/require', value: median(loads), unit: 'ms' },
  ];
}

if (chosen.json) for (const figure of figures()) console.log(JSON.stringify(figure));
else for (const [what, number] of rows) console.log(`${what.padEnd(52)} ${number.padStart(10)}`);
