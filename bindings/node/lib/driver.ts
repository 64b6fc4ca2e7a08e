// `Driver`: pulls turns into the event loop, has handlers called, and hands their answers back.

import { binding, type Engine, type HttpAnswer } from './binding';
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
  | { type: 'told'; number: number }
  | { type: 'ended' };

/** Of what came under a number: `null` is a piece of a body that is wanted. */
export type Told = string | HttpAnswer | null;

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
  #turns = new Map<string, Turn>();
  #waiting = new Map<number, (told: Told) => void>();
  #isPulling = false;
  /** The door's last answer. */
  #said: HttpAnswer | undefined;

  constructor(engine: Engine, tasks: Tasks) {
    this.engine = engine;
    this.isGuest = engine.isGuest;
    this.#tasks = tasks;
  }

  /** Takes what there is. Called when something has come, and not again before nothing was left. */
  pull = (): void => {
    if (!this.#isPulling && this.#some() === AT_ONCE) this.soon();
  };

  /** Takes what there is once others in the loop have had their turn. For what this loop brings about
   * itself, nobody wakes it. */
  soon(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    setImmediate(this.#later);
  }

  #later = (): void => {
    this.#isPulling = false;
    this.pull();
  };

  /** Takes some of it; how many things that were. */
  #some(): number {
    const text = this.engine.pull(AT_ONCE);
    if (text === null) return 0;
    const all: Pulled[] = JSON.parse(text);
    for (const each of all) this.#take(each);
    return all.length;
  }

  /** Hands a request to the door: its answer, or a number to wait under. */
  knock(...request: Parameters<Engine['knock']>): HttpAnswer | number {
    const said = native(() => this.engine.knock(...request));
    // A turn may have come of it.
    this.soon();
    if (said === 0 && this.#said !== undefined) return this.#said;
    if (typeof said !== 'number') this.#said = said;
    return said;
  }

  /** Calls back with all that comes under a number, up to the first thing that is not `null`. */
  wait(number: number, come: (told: Told) => void): void {
    this.#waiting.set(number, come);
  }

  /** The first thing that comes under a number. */
  told(number: number): Promise<Told> {
    return new Promise((resolve) => this.wait(number, resolve));
  }

  /** Nobody waits under this number any more. */
  forget(number: number): void {
    this.#waiting.delete(number);
  }

  /** After the engine's end: nobody waits for those that are still at it. */
  close(): void {
    while (this.#some() === AT_ONCE);
    for (const turn of this.#turns.values()) turn.abandon('the bot has stopped');
    this.#turns.clear();
    for (const [number, come] of this.#waiting) {
      this.#waiting.delete(number);
      come(JSON.stringify({ error: { kind: 'ended', message: 'the bot has stopped' } }));
    }
    this.#showLines();
  }

  #take(pulled: Pulled): void {
    switch (pulled.type) {
      case 'turn':
        this.#begin(new Turn(this.engine, pulled.envelope, pulled.deadline));
        break;
      case 'told':
        this.#tell(pulled.number);
        break;
      case 'abandoned': {
        const key = `${pulled.turn}/${pulled.attempt}`;
        const turn = this.#turns.get(key);
        this.#turns.delete(key);
        turn?.abandon('nobody waits for this attempt any more');
        break;
      }
      case 'ended':
        this.#tasks.ended();
    }
  }

  #tell(number: number): void {
    if (number === 0) return this.#showLines();
    const come = this.#waiting.get(number);
    // It is taken from there in any case.
    const told = this.engine.result(number);
    if (come === undefined) return;
    if (told !== null) this.#waiting.delete(number);
    come(told);
  }

  #begin(turn: Turn): void {
    const key = `${turn.id}/${turn.attempt}`;
    this.#turns.set(key, turn);
    const done = () => {
      if (this.#turns.delete(key)) this.#answer(turn);
    };
    const failed = async (error: unknown) => {
      await this.#tasks.failed(turn, error);
      if (this.#turns.delete(key)) this.#fail(turn, error);
    };
    try {
      const handled = this.#tasks.handle(turn);
      if (isThenable(handled)) Promise.resolve(handled).then(done, failed);
      else done();
    } catch (error) {
      failed(error);
    }
  }

  #answer(turn: Turn): void {
    try {
      const reply = turn.close();
      native(() => this.engine.answer(turn.id, turn.attempt, reply));
      this.soon();
    } catch (error) {
      this.#tasks.logger?.error(`the answer to turn ${turn.id} can't be sent: ${error}`);
      this.#fail(turn, error);
    }
  }

  #fail(turn: Turn, error: unknown): void {
    turn.close();
    this.engine.fail(turn.id, turn.attempt, error instanceof Error ? `${error}` : 'not an Error');
    this.soon();
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
