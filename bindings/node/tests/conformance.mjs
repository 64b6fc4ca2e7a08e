// Runs conformance cases (`tests/conformance/README.md`) against the package's `Channel`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Channel, Damaged, Refused } from 'zaloxide';
import { ROOT } from './root.mjs';

export const CASES = join(ROOT, 'tests/conformance');
const NAME = /^\$([a-z0-9_]+)$/;
const WORD = /\$\{([a-z0-9_]+)\}/g;

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value) => JSON.stringify(value);

/** A case, its preludes' steps before its own. */
export function load(path) {
  const loaded = json(path);
  let name = loaded.prelude;
  while (name !== undefined) {
    const prelude = json(join(CASES, 'preludes', `${name}.json`));
    loaded.steps = [...prelude.steps, ...(loaded.steps ?? [])];
    name = prelude.prelude;
  }
  return loaded;
}

/** The operator and argument of an object that is one. */
function operator(value) {
  if (!isObject(value)) return undefined;
  const [entry, ...more] = Object.entries(value);
  return entry !== undefined && more.length === 0 && entry[0].startsWith('$') ? entry : undefined;
}

function words(text, names) {
  const plain = text.startsWith('$$') ? text.slice(1) : text;
  return plain.replace(WORD, (_, name) => {
    const value = names[name];
    return typeof value === 'string' ? value : shown(value);
  });
}

/** The value that a case writes down. */
function build(value, names) {
  if (typeof value === 'string') {
    const name = NAME.exec(value);
    return name ? names[name[1]] : words(value, names);
  }
  if (Array.isArray(value)) return value.map((item) => build(item, names));
  const [kind, argument] = operator(value) ?? [];
  switch (kind) {
    case '$json':
      return shown(build(argument, names));
    case '$concat':
      return argument.map((part) => build(part, names)).join('');
    case '$repeat':
      return build(argument[0], names).repeat(argument[1]);
    case '$list':
      return Array.from({ length: argument[1] }, (_, at) =>
        build(argument[0], { ...names, i: at + 1 }),
      );
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, build(item, names)]));
}

/** What differs, a line each. */
export function* differ(pattern, actual, names, path = '.') {
  if (typeof pattern === 'string') {
    if (pattern === '$any') return;
    const name = NAME.exec(pattern)?.[1];
    if (name !== undefined) {
      names[name] ??= actual;
      if (!isDeepStrictEqual(names[name], actual)) {
        yield `${path}: $${name} is ${shown(names[name])}, got ${shown(actual)}`;
      }
      return;
    }
  }
  const found = operator(pattern);
  if (found) {
    yield* operate(...found, actual, names, path);
  } else if (isObject(pattern) && isObject(actual)) {
    yield* has(pattern, actual, names, path);
    for (const key of Object.keys(actual)) {
      if (!(key in pattern)) yield `${path}: unexpected ${key}`;
    }
  } else if (Array.isArray(pattern) && Array.isArray(actual)) {
    if (pattern.length !== actual.length) {
      yield `${path}: expected ${pattern.length} elements, got ${actual.length}`;
    }
    for (const [at, each] of pattern.slice(0, actual.length).entries()) {
      yield* differ(each, actual[at], names, `${path}[${at}]`);
    }
  } else {
    const expected = typeof pattern === 'string' ? words(pattern, names) : pattern;
    if (expected !== actual) yield `${path}: expected ${shown(expected)}, got ${shown(actual)}`;
  }
}

function* has(pattern, actual, names, path) {
  for (const [key, value] of Object.entries(pattern)) {
    if (key in actual) yield* differ(value, actual[key], names, `${path}.${key}`);
    else yield `${path}: ${key} is missing`;
  }
}

function* operate(kind, argument, actual, names, path) {
  switch (kind) {
    case '$has':
      yield* has(argument, actual, names, path);
      break;
    case '$json':
      yield* differ(argument, JSON.parse(actual), names, path);
      break;
    case '$between':
      if (actual < argument[0] || actual > argument[1]) {
        yield `${path}: expected between ${argument}, got ${actual}`;
      }
      break;
    case '$len':
      if (actual.length !== argument) {
        yield `${path}: expected ${argument} elements, got ${actual.length}`;
      }
      break;
    case '$contains':
      for (const text of build(argument, names)) {
        if (!actual.includes(text)) yield `${path}: ${shown(text)} is not in ${shown(actual)}`;
      }
      break;
    case '$concat':
    case '$repeat':
    case '$list': {
      const expected = build({ [kind]: argument }, names);
      if (!isDeepStrictEqual(expected, actual)) {
        yield `${path}: expected ${shown(expected)}, got ${shown(actual)}`;
      }
      break;
    }
    default:
      yield `${path}: ${kind} is no pattern`;
  }
}

/** One channel, and the journal it offers. */
class Driver {
  constructor(config, seed, now, records) {
    this.config = config;
    this.journal = new Map(records ?? []);
    this.durable = Math.max(0, ...this.journal.keys());
    const bytes = Buffer.from(seed, 'hex');
    this.channel =
      records === undefined
        ? new Channel(config, bytes, now)
        : Channel.restore(config, bytes, now, this.numbered());
  }

  numbered() {
    return [...this.journal].sort(([one], [other]) => one - other);
  }

  restarted({ keep = 'durable', config, seed }, at, names) {
    let journal = this.numbered();
    if (keep === 'durable') journal = journal.filter(([number]) => number <= this.durable);
    if (keep === 'nothing') journal = undefined;
    if (keep === 'snapshot') {
      const { upto, record } = this.channel.snapshot();
      journal = [[upto, record]];
    }
    const changed = config === undefined ? this.config : build(config, names);
    return new Driver(changed, seed, at, journal);
  }

  handle(at, event) {
    try {
      this.channel.handle(at, event);
    } catch (error) {
      if (error instanceof Refused) return { refused: { type: error.kind } };
      throw error;
    }
    if (event.type === 'committed') this.durable = Math.max(this.durable, event.upto);
    return 'ok';
  }

  actions() {
    const all = [];
    for (let action = this.channel.pollAction(); action; action = this.channel.pollAction()) {
      if (action.type === 'commit') {
        for (const [at, record] of action.records.entries()) {
          const number = action.upto - action.records.length + 1 + at;
          if (!this.journal.has(number)) this.journal.set(number, record);
        }
      }
      all.push(action);
    }
    return all;
  }
}

/** What is not as expected, a line each; nothing when the case holds. */
export function run({ config, seed, now, records, damaged, steps = [] }) {
  const names = {};
  let driver;
  try {
    driver = new Driver(config, seed, now, records);
  } catch (error) {
    if (!(error instanceof Damaged) || !damaged) throw error;
    return [...differ({ $has: { type: damaged.type } }, { type: error.kind }, names)];
  }
  if (damaged) return ['the journal was restored'];
  let at = now;
  for (const [index, step] of steps.entries()) {
    at = step.at ?? at;
    const lines = [];
    if (step.restart) driver = driver.restarted(step.restart, at, names);
    if (step.event) {
      const answer = driver.handle(at, build(step.event, names));
      let expected = step.expect ?? 'ok';
      // The reason is for people: an error's message.
      if (expected.refused?.type) expected = { refused: { type: expected.refused.type } };
      lines.push(...differ(expected, answer, names));
    }
    lines.push(...differ(step.actions ?? [], driver.actions(), names));
    if ('timeout' in step) lines.push(...differ(step.timeout, driver.channel.pollTimeout(), names));
    if (lines.length > 0) return lines.map((line) => `step ${index + 1}: ${line}`);
  }
  return [];
}
