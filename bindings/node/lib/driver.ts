// `Driver`: pulls turns into the event loop, has handlers called, and hands their answers back.

import type { Settled } from './actions';
import { HttpAnswer } from './answer';
import { binding, type Engine } from './binding';
import type { Envelope } from './envelope';
import { native } from './errors';
import type { Logger } from './options';
import { Turn } from './turn';

/** How many things are pulled before others in the loop get their turn. */
const AT_ONCE = 64;

/** What an engine tells. */
type Pulled =
  | { type: 'turn'; envelope: Envelope; deadline: number }
  | { type: 'abandoned'; turn: string; attempt: number }
  | { type: 'sent'; number: number; settled: Settled }
  | { type: 'wanted'; number: number }
  | Answered
  | { type: 'lines' }
  | { type: 'ended' };

/** What requests are to be answered with. */
interface Answered {
  type: 'answer';
  numbers: number[];
  status: number;
  headers: string[];
  /** `null`: it is no text. */
  body: string | null;
}

/** Who waits at the door. */
export interface Visitor {
  /** The next piece of the body is wanted. */
  wanted(number: number): void;
  /** The answer; `null`: there will be none. */
  answered(answer: HttpAnswer | null): void;
  /** The door can't be asked. */
  failed(error: unknown): void;
}

/** What a driver has done. */
export interface Tasks {
  /** A promise, or nothing when all is done. */
  handle(turn: Turn): unknown;
  /** A handler has failed; never rejects. */
  failed(turn: Turn, error: unknown): Promise<void>;
  /** The engine has come to its end, by whoever's wish. */
  ended(): void;
  logger: Logger | null;
}

/** One for each bot that runs. */
export class Driver {
  readonly engine: Engine;
  /** Whether the accounts are another process's. */
  readonly isGuest: boolean;
  #tasks: Tasks;
  /** Those that handlers are at, by id. */
  #turns = new Map<string, Turn>();
  #sends = new Map<number, (settled: Settled) => void>();
  #visitors = new Map<number, Visitor>();
  /** Ends of attempts that the engine has not heard of yet, in JSON. */
  #answers: string[] = [];
  /** Requests that the door has not heard of yet. */
  #knocks: { head: string; body: Uint8Array | undefined; visitor: Visitor }[] = [];
  /** The loop comes back to this. */
  #isComing = false;
  /** Keeps the process alive while somebody waits at the door. */
  #held = setInterval(() => {}, 2 ** 30).unref();

  constructor(engine: Engine, tasks: Tasks) {
    this.engine = engine;
    this.isGuest = engine.isGuest;
    this.#tasks = tasks;
  }

  /** Takes what there is. Called when something has come, and not again before nothing was left. */
  pull = (): void => {
    if (!this.#some()) this.#soon();
  };

  /** Goes on once others in the loop have had their turn. */
  #soon(): void {
    if (this.#isComing) return;
    this.#isComing = true;
    setImmediate(this.#later);
  }

  #later = (): void => {
    this.#isComing = false;
    this.#handIn();
    this.pull();
  };

  /** Takes some of it; whether that was all. */
  #some(): boolean {
    const pulled = this.engine.pull(AT_ONCE);
    if (pulled === null) return true;
    const { things, raws, bodies, isAll } = pulled;
    let [turns, binaries] = [0, 0];
    for (const each of JSON.parse(things) as Pulled[]) {
      if (each.type === 'turn') {
        const raw = raws[turns++] as string;
        this.#begin(new Turn(this.engine, each.envelope, raw, each.deadline));
      } else if (each.type === 'answer') {
        this.#answered(each, each.body ?? (bodies[binaries++] as Uint8Array));
      } else {
        this.#take(each);
      }
    }
    return isAll;
  }

  /** Hands a request to the door, with all others that have come until the loop comes round. */
  knock(head: string, body: Uint8Array | undefined, visitor: Visitor): void {
    this.#knocks.push({ head, body, visitor });
    this.#soon();
  }

  /** How a send ends. */
  settled(number: number): Promise<Settled> {
    return new Promise((resolve) => this.#sends.set(number, resolve));
  }

  /** After the engine's end: nobody waits for those that are still at it, and nothing of it stays. */
  close(): void {
    this.#handIn();
    while (!this.#some());
    for (const turn of this.#turns.values()) turn.abandon('the bot has stopped');
    this.#turns.clear();
    const settled: Settled = { error: { kind: 'ended', message: 'the bot has stopped' } };
    for (const tell of this.#sends.values()) tell(settled);
    this.#sends.clear();
    for (const visitor of this.#visitors.values()) visitor.answered(null);
    this.#visitors.clear();
    clearInterval(this.#held);
    this.#showLines();
    this.engine.close();
  }

  #take(pulled: Exclude<Pulled, { type: 'turn' } | { type: 'answer' }>): void {
    switch (pulled.type) {
      case 'wanted':
        this.#visitors.get(pulled.number)?.wanted(pulled.number);
        break;
      case 'sent': {
        const tell = this.#sends.get(pulled.number);
        this.#sends.delete(pulled.number);
        tell?.(pulled.settled);
        break;
      }
      case 'abandoned': {
        const turn = this.#turns.get(pulled.turn);
        if (turn?.attempt !== pulled.attempt) break;
        this.#turns.delete(turn.id);
        turn.abandon('nobody waits for this attempt any more');
        break;
      }
      case 'lines':
        this.#showLines();
        break;
      case 'ended':
        this.#tasks.ended();
    }
  }

  #answered({ numbers, status, headers }: Answered, body: string | Uint8Array): void {
    const answer = new HttpAnswer(status, headers, body);
    for (const number of numbers) {
      const visitor = this.#visitors.get(number);
      this.#visitors.delete(number);
      visitor?.answered(answer);
    }
    if (this.#visitors.size === 0) this.#held.unref();
  }

  #begin(turn: Turn): void {
    this.#turns.set(turn.id, turn);
    try {
      const handled = this.#tasks.handle(turn);
      if (!isThenable(handled)) return this.#done(turn);
      Promise.resolve(handled).then(
        () => this.#done(turn),
        (error) => this.#failed(turn, error),
      );
    } catch (error) {
      this.#failed(turn, error);
    }
  }

  /** Takes a turn from those that handlers are at; whether somebody still waits for it. */
  #over(turn: Turn): boolean {
    return this.#turns.get(turn.id) === turn && this.#turns.delete(turn.id);
  }

  #done(turn: Turn): void {
    if (this.#over(turn)) this.#answer(turn);
  }

  async #failed(turn: Turn, error: unknown): Promise<void> {
    await this.#tasks.failed(turn, error);
    if (this.#over(turn)) this.#fail(turn, error);
  }

  #answer(turn: Turn): void {
    const { id, attempt } = turn;
    try {
      // Put together by hand: half the time, and an id is hex digits.
      const reply = JSON.stringify(turn.close());
      this.#ended(`{"turn":"${id}","attempt":${attempt},"reply":${reply}}`);
    } catch (error) {
      this.#tasks.logger?.error(`the answer to turn ${id} can't be sent: ${error}`);
      this.#fail(turn, error);
    }
  }

  #fail(turn: Turn, error: unknown): void {
    turn.close();
    const { id, attempt } = turn;
    const why = error instanceof Error ? `${error}` : 'not an Error';
    this.#ended(JSON.stringify({ turn: id, attempt, error: why }));
  }

  #ended(answer: string): void {
    this.#answers.push(answer);
    this.#soon();
  }

  /** Many at once: each crossing has its price. */
  #handIn(): void {
    if (this.#answers.length > 0) {
      this.engine.answer(`[${this.#answers.join()}]`);
      this.#answers = [];
    }
    if (this.#knocks.length > 0) this.#knock();
  }

  #knock(): void {
    const knocks = this.#knocks;
    this.#knocks = [];
    try {
      const heads = knocks.map(({ head }) => head);
      const bodies = knocks.map(({ body }) => body);
      const first = native(() => this.engine.knock(heads, bodies));
      for (const [at, { visitor }] of knocks.entries()) this.#visitors.set(first + at, visitor);
      this.#held.ref();
    } catch (error) {
      for (const { visitor } of knocks) visitor.failed(error);
    }
  }

  #showLines(): void {
    const { logger } = this.#tasks;
    if (logger === null) return;
    for (const [level, text] of JSON.parse(binding.takeLines()) as [number, string][]) {
      if (level >= 40) logger.error(text);
      else if (level >= 30) logger.warn(text);
      else if (level >= 20) logger.info(text);
      else logger.debug(text);
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
