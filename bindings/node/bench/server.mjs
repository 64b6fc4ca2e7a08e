// The servers that are measured, each in a process of its own: `server.mjs NAME`. It prints its port;
// a line `reset` on its standard input begins a measurement of its event loop, `report` prints it.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { Zalo } from 'zaloxide/testing';
import { webhookHandler } from 'zaloxide';

const [, , name] = process.argv;
const state = mkdtempSync(join(tmpdir(), 'zaloxide-bench-'));
process.on('exit', () => rmSync(state, { recursive: true, force: true }));

/** Reads the body and answers. */
function bare(take) {
  return (request, response) => {
    const read = [];
    request.on('data', (piece) => read.push(piece));
    request.on('end', () => {
      take(Buffer.concat(read));
      response.writeHead(200, ['content-type', 'text/plain; charset=utf-8', 'content-length', '2']);
      response.end('ok');
    });
  };
}

/** A row a request, durable when it is answered. */
function rows() {
  const Database = createRequire(process.env.BETTER_SQLITE3)('better-sqlite3');
  const database = new Database(join(state, 'rows.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE rows (number INTEGER PRIMARY KEY, body BLOB)');
  const insert = database.prepare('INSERT INTO rows (body) VALUES (?)');
  return bare((body) => insert.run(body));
}

/** 10,000 chats, each with a handler that answers nothing. */
async function bot(store) {
  const zalo = new Zalo();
  const made = zalo.bot({
    store,
    stateDir: state,
    webhookUrl: 'https://bot.example.com/zalo',
    webhookSecret: 'a-long-random-secret',
    rate: { chatPerSec: 0, accountPerSec: 0 },
    quota: { monthly: 0 },
    typing: false,
    turn: { parallel: 100 },
  });
  made.onText(() => {});
  await made.start({ mounted: true });
  return webhookHandler(made);
}

const handlers = {
  bare: () => bare(() => {}),
  'better-sqlite3': rows,
  zaloxide: () => bot(null),
  'zaloxide-sqlite': () => bot('sqlite'),
};

const server = createServer(await handlers[name]());
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let before;
createInterface(process.stdin)
  .on('line', (line) => {
    if (line === 'reset') {
      delay.reset();
      before = process.cpuUsage();
    } else {
      const { user, system } = process.cpuUsage(before);
      console.log(JSON.stringify({ p99: delay.percentile(99) / 1e6, cpu: (user + system) / 1e6 }));
    }
  })
  .on('close', () => process.exit());
