// `Sending`: a message on its way.

import type { Settled } from './actions';
import { Refused, SendFailed } from './errors';

/** A message on its way. It goes out whether or not anybody waits for it.
 *
 * Awaited, it is the ids of the messages it became; it throws `SendFailed` when Zalo did not take it,
 * or not all, and `Refused` when it was not tried. Not awaited, a failure is nobody's. */
export class Sending implements PromiseLike<string[]> {
  #settled: Promise<Settled>;
  #promise: Promise<string[]> | undefined;

  /** `settled`: how it ends. @internal */
  constructor(settled: Promise<Settled>) {
    this.#settled = settled;
  }

  then<A = string[], B = never>(
    kept?: ((ids: string[]) => A | PromiseLike<A>) | null,
    broken?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#promise ??= this.#settled.then(read);
    return this.#promise.then(kept, broken);
  }

  catch<B = never>(broken?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<string[] | B> {
    return this.then(undefined, broken);
  }

  finally(done?: (() => void) | null): Promise<string[]> {
    return this.then().finally(done);
  }
}

function read(settled: Settled): string[] {
  if ('error' in settled) throw new Refused(settled.error.message, settled.error.kind);
  if (!('ok' in settled) || settled.ok.type !== 'sent') throw new Refused(JSON.stringify(settled), 'refused');
  const { sent, error } = settled.ok;
  if (error !== undefined) throw new SendFailed(error.message, error.index, error.code, sent);
  return sent;
}
