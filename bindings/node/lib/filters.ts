// Filters: which turns a handler is for. They join: `command('start').and(group().not())`.

import type { Turn } from './turn';

const FILTER = Symbol.for('zaloxide.filter');

/** Says of a turn whether it is wanted. */
export interface Filter {
  (turn: Turn): boolean;
  /** Both. */
  and(other: (turn: Turn) => boolean): Filter;
  /** Either. */
  or(other: (turn: Turn) => boolean): Filter;
  /** The opposite. */
  not(): Filter;
}

/** Makes a filter of a function. */
export function filter(wants: (turn: Turn) => boolean): Filter {
  const made = ((turn: Turn) => wants(turn)) as Filter;
  return Object.assign(made, {
    [FILTER]: true,
    and: (other: (turn: Turn) => boolean) => filter((turn) => made(turn) && other(turn)),
    or: (other: (turn: Turn) => boolean) => filter((turn) => made(turn) || other(turn)),
    not: () => filter((turn) => !made(turn)),
  });
}

/** Whether it was made by `filter`. */
export function isFilter(value: unknown): value is Filter {
  return typeof value === 'function' && FILTER in value;
}

/** Texts in which the pattern is found; `turn.match` is what was found. */
export function regex(pattern: RegExp | string): Filter {
  // Without its memory of where it was: each text is a new one.
  const stateless =
    typeof pattern === 'string'
      ? new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return filter((turn) => {
    turn.match = turn.text.match(stateless);
    return turn.match !== null;
  });
}

/** `/name`, then the end or white space, in any case; `turn.args` is the rest. */
export function command(names: string | readonly string[], prefix = '/'): Filter {
  const wanted = new Set([names].flat().map((name) => prefix + name.toLowerCase()));
  return filter((turn) => {
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([^]*)$/.exec(turn.text) ?? [];
    if (!wanted.has(name.toLowerCase())) return false;
    turn.args = rest.trim();
    return true;
  });
}

/** What these people write. */
export function sender(...ids: string[]): Filter {
  return filter((turn) => ids.includes(turn.sender.id));
}

/** What is written in groups: in these, or in any when none is named. */
export function group(...ids: string[]): Filter {
  return filter((turn) => turn.isGroup && (ids.length === 0 || ids.includes(turn.chat.id)));
}

/** What is written to the bot alone. */
export function privateChat(): Filter {
  return filter((turn) => !turn.isGroup);
}
