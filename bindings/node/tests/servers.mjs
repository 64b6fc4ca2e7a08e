// Servers and programs for tests: each is awaited by what it says, and ended.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

export const SECRET = 'a-long-random-secret';
export const WEBHOOK = {
  webhookUrl: 'https://bot.example.com/zalo',
  webhookSecret: SECRET,
};

/** A port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Sends a request on a connection of its own; the status and text of its answer. `body`: text, or
 * pieces; `null`: it is announced and never comes. */
export function post(port, path, body = '{}', headers = {}, method = 'POST') {
  return new Promise((resolve, reject) => {
    const all = {
      'X-Bot-Api-Secret-Token': SECRET,
      'Content-Type': 'application/json',
      ...(typeof body === 'string' ? { 'Content-Length': Buffer.byteLength(body) } : {}),
      ...headers,
    };
    const options = { port, path, method, headers: all, host: '127.0.0.1', agent: false };
    const sent = request(options, async (answer) => {
      const read = [];
      try {
        for await (const piece of answer) read.push(piece);
      } catch (error) {
        return reject(error);
      }
      resolve([answer.statusCode, Buffer.concat(read).toString(), answer.headers]);
      sent.destroy();
    });
    sent.on('error', reject);
    if (body === null) sent.flushHeaders();
    else if (typeof body === 'string') sent.end(body);
    else {
      for (const piece of body) sent.write(piece);
      sent.end();
    }
  });
}

/** A program. What it prints is read line by line. */
export class Program {
  #seen = [];
  #lines;

  constructor(script, args = [], environment = {}) {
    this.process = spawn(process.execPath, [script, ...args.map(String)], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.closed = once(this.process, 'close');
    this.#lines = createInterface(this.process.stdout)[Symbol.asyncIterator]();
  }

  /** Reads on to the line that has these words; the line. */
  async says(words) {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`it ended without ${words}: ${this.#seen.join('\n')}`);
      this.#seen.push(value);
      if (value.includes(words)) return value;
    }
  }

  /** Sends a signal; the exit code, or the signal that ended it. */
  async ends(signal) {
    if (signal !== undefined) this.process.kill(signal);
    const [code, by] = await this.closed;
    return code ?? by;
  }

  kill() {
    this.process.kill('SIGKILL');
  }
}
