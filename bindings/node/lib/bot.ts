// `Bot`: a whole bot.

import { binding, type Engine, type Plan } from './binding';
import { Composer } from './composer';
import { Driver } from './driver';
import { awaited, BadValue, EngineFailed, native, NotRunning, StartError } from './errors';
import type { BotOptions, Logger, Surroundings } from './options';
import { Pairing } from './pairing';
import { Sending } from './sending';
import { type Content, type Media, message, type Turn } from './turn';

/** Told of a handler that threw or rejected. */
export type ErrorHandler = (error: unknown, turn: Turn) => unknown;

/** Where a started bot's webhooks come from. */
export interface StartOptions {
  /** Through `webhookHandler`, not through a listener of the bot's own. */
  mounted?: boolean;
}

/** What a bot is while it runs. */
interface Running {
  engine: Engine;
  driver: Driver;
  /** Settles when the engine has come to its end, whoever wished it. */
  ended: Promise<void>;
  isMounted: boolean;
}

/** A whole bot: it polls or takes webhooks, pairs strangers, hands messages to your handlers and
 * sends what they answer, across restarts. It runs on threads of its own: the event loop waits for
 * nothing.
 *
 * `options` are the keys of a configuration file, nested as there; a text is the token alone. Throws
 * `ConfigError`, with all that is wrong. */
export class Bot extends Composer {
  #plan: Plan;
  #paths: string[];
  #replan: (change: object, state: string | undefined) => Plan;
  #isDurable: boolean;
  #isLocal = false;
  #logger: Logger | null;
  #catch: ErrorHandler | undefined;
  #running: Running | undefined;
  #starting: Promise<void> | undefined;
  #alive: NodeJS.Timeout | undefined;
  #wantsLife = true;

  /** Who may talk to the bot. */
  readonly pairing = new Pairing(async (wish) => {
    const { engine } = this.#running ?? this.#isNotRunning();
    return JSON.parse(await awaited(() => engine.ask(JSON.stringify(wish))));
  });

  constructor(options?: string | BotOptions);
  constructor(options: string | BotOptions = {}, path?: { file: string | undefined }) {
    super();
    const all: BotOptions = typeof options === 'string' ? { token: options } : options;
    const { store = 'sqlite', stateDir, logger = console, token, ...keys } = all;
    if (store !== 'sqlite' && store !== null) {
      throw new BadValue('store: expected "sqlite", or null for memory');
    }
    this.#isDurable = store !== null;
    this.#logger = logger;
    const asked = { ...keys, botToken: token };
    this.#replan = (change, state) =>
      path === undefined
        ? native(() => binding.Plan.fromKeys(JSON.stringify({ ...asked, ...change }), state))
        : native(() => binding.Plan.fromFile(path.file, state));
    this.#plan = this.#replan({}, stateDir);
    this.#paths = this.#plan.paths.map((path) => path.replace(/\/$/, ''));
    for (const warning of this.#plan.warnings) logger?.warn(warning);
  }

  /** A bot, or several, from a configuration file: `zaloxide.json5`, an `openclaw.json`.
   *
   * Without a path the file is looked for where `zaloxide run` does. State lies where it does too.
   * Throws `ConfigError`, with file, line and column of all that is wrong. */
  static fromConfig(path?: string, surroundings: Surroundings = {}): Bot {
    const Made = Bot as new (options: BotOptions, path: { file: string | undefined }) => Bot;
    return new Made(surroundings, { file: path });
  }

  /** The names of the accounts that run; `['default']` for a bare token. */
  get accounts(): string[] {
    return this.#plan.accounts;
  }

  /** Where state lies: `zaloxide --state-dir` reaches this bot with it. */
  get stateDir(): string {
    return this.#plan.stateDir;
  }

  /** Whether it runs in this process. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Where the bot's own listener is, `host:port`; `null` without one. */
  get address(): string | null {
    return this.#running?.engine.addresses()[0] ?? null;
  }

  /** Has a function told of handlers that throw or reject, instead of the log.
   *
   * The turn is tried again all the same: after 1 s, then 10 s; after the third try it is a dead
   * letter, see `zaloxide turns list`. */
  catch(handler: ErrorHandler): this {
    this.#catch = handler;
    return this;
  }

  /** Sends a message: it is on its way when this returns, whether or not it is awaited. Awaited, it
   * is the ids of what was sent. Throws `NotRunning`, `Refused` and `BadValue`. */
  send(chatId: string, content: Content, options: Media & { account?: string } = {}): Sending {
    const { account = this.accounts[0] ?? '', ...media } = options;
    const form = JSON.stringify(message(content, media));
    const { engine, driver } = this.#running ?? this.#isNotRunning();
    const number = native(() => engine.send(account, chatId, form));
    return new Sending(driver.settled(number));
  }

  /** Starts the bot; done when it runs. It keeps the process alive until `stop`, as a server does,
   * unless it is mounted in one. Throws `StartError`. */
  async start(options: StartOptions = {}): Promise<void> {
    if (this.#running !== undefined || this.#starting !== undefined) {
      throw new StartError('the bot runs already');
    }
    await this.#begin(options.mounted ?? false);
  }

  /** Ends the bot; done when it has ended: what is under way is finished first, within 8 s. A second
   * call meanwhile ends it at once. Throws `EngineFailed` if it could not go on by itself. */
  async stop(): Promise<void> {
    await this.#starting?.catch(() => {});
    const running = this.#running;
    if (running === undefined) return;
    // Whoever waits for the end sees it.
    this.#alive?.ref();
    running.engine.stop();
    await running.ended;
  }

  /** Starts the bot, and is done when it has ended: by SIGINT, SIGTERM, `stop`, or because it could
   * not go on, which throws `EngineFailed`. A second signal ends it at once. */
  async run(options: StartOptions = {}): Promise<void> {
    // Also one that comes while it starts; of a failure its end tells.
    const stop = () => void this.stop().catch(() => {});
    process.on('SIGINT', stop).on('SIGTERM', stop);
    try {
      await this.start(options);
      await this.#running?.ended;
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  }

  /** Has the running bot keep the process alive, which it does unless it is mounted. */
  ref(): this {
    this.#wantsLife = true;
    this.#alive?.ref();
    return this;
  }

  /** Lets the process end although the bot runs. */
  unref(): this {
    this.#wantsLife = false;
    this.#alive?.unref();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Bot { ${this.accounts.join(', ')}, ${this.isRunning ? 'running' : 'not running'} }`;
  }

  #isNotRunning(): never {
    throw new NotRunning('the bot does not run: await bot.start()');
  }

  /** Starts it once, whoever asks meanwhile. */
  #begin(isMounted: boolean): Promise<void> {
    this.#starting ??= this.#start(isMounted).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(isMounted: boolean): Promise<void> {
    let driver: Driver | undefined;
    const how = {
      durable: this.#isDurable,
      stickers: this.hasFor('sticker'),
      voices: this.hasFor('voice'),
      mounted: isMounted,
      local: this.#isLocal,
      ...(this.#logger === null ? {} : { level: 20 }),
    };
    const engine = await awaited(() => binding.start(this.#plan, how, () => driver?.pull()));
    let ends = () => {};
    const came = new Promise<void>((resolve) => {
      ends = resolve;
    });
    driver = new Driver(engine, {
      handle: (turn) => this.handle(turn),
      failed: (turn, error) => this.#failed(turn, error),
      ended: ends,
      logger: this.#logger,
    });
    const ended = came.then(() => this.#end(engine, driver as Driver));
    // Whoever stops it hears of a failure; else the log does.
    ended.catch((error) => this.#logger?.error(String(error)));
    this.#running = { engine, driver, ended, isMounted };
    this.#alive = setInterval(() => {}, 2 ** 30);
    if (isMounted || !this.#wantsLife) this.#alive.unref();
    // What has come before there was somebody to pull it.
    driver.pull();
  }

  async #end(engine: Engine, driver: Driver): Promise<void> {
    const ended = await engine.ended();
    driver.close();
    clearInterval(this.#alive);
    this.#running = undefined;
    const [cutShort, failed]: [string[], string | null] = JSON.parse(ended);
    if (failed !== null) throw new EngineFailed(failed);
    if (cutShort.length > 0) {
      this.#logger?.warn(`cut short, with work under way: ${cutShort.join(', ')}`);
    }
  }

  async #failed(turn: Turn, error: unknown): Promise<void> {
    try {
      if (this.#catch === undefined) {
        const shown = error instanceof Error ? (error.stack ?? error) : error;
        this.#logger?.error(`a handler failed at turn ${turn.id}: ${shown}`);
      } else {
        await this.#catch(error, turn);
      }
    } catch (another) {
      this.#logger?.error(`bot.catch failed at turn ${turn.id}: ${another}`);
    }
  }

  /** What the package's other modules do with a bot. @internal */
  static inside = {
    /** The paths that webhooks come to, without a `/` at the end. */
    paths: (bot: Bot): string[] => bot.#paths,
    /** Runs it mounted, if it does not run. */
    mounted: (bot: Bot): Running | Promise<Running> => {
      if (bot.#running !== undefined) return bot.#running;
      return bot.#begin(true).then(() => bot.#running ?? bot.#isNotRunning());
    },
    /** The owner may have gone: this guest's bot is the next, if nobody was faster. */
    promote: async (bot: Bot, guest: Engine): Promise<void> => {
      if (bot.#running?.engine !== guest) return;
      await bot.stop();
      await bot.#begin(true);
    },
    /** Has it talk to a Zalo on this machine; what undoes that. */
    localize: (bot: Bot, change: object, state: string): (() => void) => {
      const [plan, isLocal] = [bot.#plan, bot.#isLocal];
      bot.#plan = bot.#replan(change, state);
      bot.#isLocal = true;
      return () => {
        bot.#plan = plan;
        bot.#isLocal = isLocal;
      };
    },
    isLocal: (bot: Bot): boolean => bot.#isLocal,
    logger: (bot: Bot): Logger | null => bot.#logger,
  };
}
