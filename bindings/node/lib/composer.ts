// `Composer`: handlers in their order. Each may pass a turn on with `next()`; the one that does not is
// the last.

import type { Medium } from './envelope';
import { ZaloxideError } from './errors';
import { command, type Filter, isFilter, regex } from './filters';
import type { Kind, Turn } from './turn';

/** Calls what comes behind, and is done when that is. */
export type Next = () => Promise<void>;

/** A handler, or middleware: what it returns is awaited. */
export type Handler<T extends Turn = Turn> = (turn: T, next: Next) => unknown;

/** A turn with something attached. */
export type MediaTurn = Turn & { readonly media: readonly [Medium, ...Medium[]] };

type Handlers<T extends Turn> = [first: Handler<T>, ...more: Handler<T>[]];

/** Handlers in their order. A `Bot` is one; others join it with `use`. */
export class Composer {
  #handlers: { wants: (turn: Turn) => boolean; call: Handler }[] = [];
  #kinds = new Set<Kind>();
  #inner: Composer[] = [];

  /** Has functions, or other composers, called with every turn: they look at it, add to `turn.state`,
   * and pass it on with `await next()`. */
  use(...handlers: (Handler | Composer)[]): this {
    for (const each of handlers) {
      if (each instanceof Composer) {
        this.#inner.push(each);
        this.#handlers.push({ wants: all, call: (turn, next) => each.handle(turn, next) });
      } else if (typeof each === 'function') {
        this.#handlers.push({ wants: all, call: each });
      } else {
        throw new TypeError(`a handler is a function, not ${each === null ? 'null' : typeof each}`);
      }
    }
    return this;
  }

  /** Has functions called with turns that a filter wants, or any function of a turn. */
  filter(wants: (turn: Turn) => boolean, ...handlers: Handlers<Turn>): this {
    const inner = new Composer().use(...handlers);
    this.#inner.push(inner);
    this.#handlers.push({ wants, call: (turn, next) => inner.handle(turn, next) });
    return this;
  }

  /** Has functions called with turns of a kind, or of some kinds. */
  on(kinds: 'text' | readonly 'text'[], ...handlers: Handlers<Turn>): this;
  on(
    kinds: Exclude<Kind, 'text'> | readonly Exclude<Kind, 'text'>[],
    ...handlers: Handlers<MediaTurn>
  ): this;
  on(kinds: Kind | readonly Kind[], ...handlers: Handlers<Turn>): this;
  on(kinds: Kind | readonly Kind[], ...handlers: Handlers<never>): this {
    return this.#on([kinds].flat() as Kind[], handlers);
  }

  /** Has functions called with texts: `onText(handler)`, or `onText(filter, handler)`. */
  onText(...handlers: Handlers<Turn>): this;
  onText(filter: Filter, ...handlers: Handlers<Turn>): this;
  onText(...handlers: unknown[]): this {
    return this.#on(['text'], handlers);
  }

  /** The same with pictures; `turn.media[0].path` is the file. */
  onImage(...handlers: Handlers<MediaTurn>): this;
  onImage(filter: Filter, ...handlers: Handlers<MediaTurn>): this;
  onImage(...handlers: unknown[]): this {
    return this.#on(['image'], handlers);
  }

  /** The same with stickers; they are then delivered, whatever `inbound.sticker` says. */
  onSticker(...handlers: Handlers<MediaTurn>): this;
  onSticker(filter: Filter, ...handlers: Handlers<MediaTurn>): this;
  onSticker(...handlers: unknown[]): this {
    return this.#on(['sticker'], handlers);
  }

  /** The same with recordings; they are then delivered, whatever `inbound.voice` says. */
  onVoice(...handlers: Handlers<MediaTurn>): this;
  onVoice(filter: Filter, ...handlers: Handlers<MediaTurn>): this;
  onVoice(...handlers: unknown[]): this {
    return this.#on(['voice'], handlers);
  }

  /** Has functions called with `/name`; `turn.args` is what stands behind it. */
  command(names: string | readonly string[], ...handlers: Handlers<Turn>): this {
    return this.onText(command(names), ...handlers);
  }

  /** Has functions called with texts in which a pattern is found; `turn.match` is what was. */
  hears(pattern: RegExp | string, ...handlers: Handlers<Turn>): this {
    return this.onText(regex(pattern), ...handlers);
  }

  /** Calls the handlers; what is behind is called when the last of them passes the turn on. What it
   * returns is to be awaited. */
  handle(turn: Turn, behind: Next = nothing): unknown {
    let called = -1;
    const step = (from: number): unknown => {
      if (from <= called) throw new ZaloxideError('a handler called next() twice');
      called = from;
      const at = this.#handlers.findIndex(({ wants }, index) => index >= from && wants(turn));
      const handler = this.#handlers[at];
      if (handler === undefined) return behind();
      return handler.call(turn, () => promised(() => step(at + 1)));
    };
    return step(0);
  }

  /** Whether some handler is for this kind. @internal */
  hasFor(kind: Kind): boolean {
    return this.#kinds.has(kind) || this.#inner.some((each) => each.hasFor(kind));
  }

  #on(kinds: Kind[], handlers: unknown[]): this {
    for (const kind of kinds) this.#kinds.add(kind);
    const [first, ...rest] = handlers;
    const wanted = isFilter(first) ? first : undefined;
    const all = (wanted === undefined ? handlers : rest) as Handlers<Turn>;
    return this.filter(
      (turn) => kinds.includes(turn.kind) && (wanted === undefined || wanted(turn)),
      ...all,
    );
  }
}

const all = () => true;

async function nothing(): Promise<void> {}

/** What `next` is: a promise, whatever is called. */
async function promised(call: () => unknown): Promise<void> {
  await call();
}
