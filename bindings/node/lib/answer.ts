// `HttpAnswer`: what requests are answered with. Many are answered alike, and share one.

/** Of a request to a bot's door. */
export class HttpAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array;
  #measured: string[] | undefined;

  constructor(status: number, headers: string[], body: string | Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** The headers, with the body's length among them. */
  get measured(): string[] {
    this.#measured ??= this.headers.includes('content-length')
      ? [...this.headers]
      : [...this.headers, 'content-length', String(Buffer.byteLength(this.body))];
    return this.#measured;
  }
}
