// `Pairing`: who may talk to the bot. Each answer comes when its outcome is durable, in some ms.

/** A stranger with a code. Times are Unix ms; `name` is as they wrote it. */
export interface Pending {
  account: string;
  sender: string;
  name: string | null;
  code: string;
  issuedAt: number;
  expiresAt: number;
}

/** Somebody who was let in, and when (Unix ms). */
export interface Approved {
  account: string;
  sender: string;
  name: string | null;
  at: number;
}

/** Which account is meant, where there are several. */
export interface OfAccount {
  account?: string;
}

type Seen = {
  account: string;
  pending: { sender: string; name: string | null; code: string; issued_at: number; expires_at: number }[];
  approved: { sender: string; name: string | null; at: number }[];
}[];

/** Decides about strangers. A request that was not done is `Refused`, with a `kind`. */
export class Pairing {
  #ask: (wish: object) => Promise<unknown>;

  /** @internal */
  constructor(ask: (wish: object) => Promise<unknown>) {
    this.#ask = ask;
  }

  /** Who waits to be let in. */
  async list(of: OfAccount = {}): Promise<Pending[]> {
    return (await this.#seen(of)).flatMap(({ account, pending }) =>
      pending.map(({ sender, name, code, issued_at: issuedAt, expires_at: expiresAt }) => {
        return { account, sender, name, code, issuedAt, expiresAt };
      }),
    );
  }

  /** Who was let in by a code. */
  async approved(of: OfAccount = {}): Promise<Approved[]> {
    return (await this.#seen(of)).flatMap(({ account, approved }) =>
      approved.map(({ sender, name, at }) => ({ account, sender, name, at })),
    );
  }

  /** Lets in who has this code, from their next message on; their id. `notify` tells them so. The
   * kind `unknown_code` is one that is unknown, used or over an hour old. */
  approve(code: string, { account, notify = false }: OfAccount & { notify?: boolean } = {}) {
    return this.#sender({ request: 'pairing_approve', account, code, notify });
  }

  /** Turns somebody away for 24 hours, or for good with `block`; their id. */
  reject(codeOrSender: string, { account, block = false }: OfAccount & { block?: boolean } = {}) {
    const who = { either: codeOrSender };
    return this.#sender({ request: 'pairing_reject', account, who, block });
  }

  /** Takes an approval back: also what they wait for is given up. Their id. */
  revoke(sender: string, { account }: OfAccount = {}) {
    return this.#sender({ request: 'pairing_revoke', account, sender });
  }

  async #sender(wish: object): Promise<string> {
    return ((await this.#ask(wish)) as { sender: string }).sender;
  }

  async #seen({ account }: OfAccount): Promise<Seen> {
    const answer = await this.#ask({ request: 'pairing_list', account });
    return (answer as { accounts: Seen }).accounts;
  }
}
