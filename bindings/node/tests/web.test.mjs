// Webhooks: in the servers that people have, and by a listener of the bot's own.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { webhookHandler } from 'zaloxide';
import { Zalo } from 'zaloxide/testing';
import { freePort, post, SECRET, WEBHOOK } from './servers.mjs';
import './surroundings.mjs';

/** The server on a port, and how it is closed. */
async function listening(server, port) {
  if (!server.listening) await once(server.listen(port, '127.0.0.1'), 'listening');
  return () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
}

/** How each framework is given the door, with a route of its own beside it. */
const FRAMEWORKS = {
  node: (bot, port) => {
    const door = webhookHandler(bot);
    const server = createServer((request, response) => {
      if (request.url === '/shop') response.end('a shop');
      else door(request, response);
    });
    return listening(server, port);
  },
  express: (bot, port) => {
    const app = express();
    app.use(webhookHandler(bot, 'express'));
    app.get('/shop', (_request, response) => response.send('a shop'));
    return listening(createServer(app), port);
  },
  'express, after a parser, mounted': (bot, port) => {
    const app = express();
    app.set('env', 'test');
    app.use(express.json({ limit: '2mb' }));
    app.use('/zalo', webhookHandler(bot));
    app.get('/shop', (_request, response) => response.send('a shop'));
    return listening(createServer(app), port);
  },
  fastify: async (bot, port) => {
    const app = fastify();
    app.get('/shop', async () => 'a shop');
    app.post('/echo', async (request) => request.body);
    app.register(webhookHandler(bot, 'fastify'));
    await app.listen({ port, host: '127.0.0.1' });
    return () => app.close();
  },
  koa: (bot, port) => {
    const app = new Koa();
    app.silent = true;
    app.use(webhookHandler(bot, 'koa'));
    app.use((context) => {
      if (context.path === '/shop') context.body = 'a shop';
    });
    return listening(createServer(app.callback()), port);
  },
  hono: (bot, port) => {
    const app = new Hono();
    app.use(webhookHandler(bot, 'hono'));
    app.get('/shop', (context) => context.text('a shop'));
    return listening(serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }), port);
  },
  'Request -> Response': (bot, port) => {
    const door = webhookHandler(bot, 'fetch');
    const take = async (request) =>
      new URL(request.url).pathname === '/shop' ? new Response('a shop') : door(request, '192.0.2.1');
    return listening(serve({ fetch: take, port, hostname: '127.0.0.1' }), port);
  },
};

function echo(zalo, options = {}) {
  const bot = zalo.bot({ ...WEBHOOK, ...options });
  bot.onText((turn) => turn.reply(`Bạn nói: ${turn.text}`));
  return bot;
}

async function converse(zalo) {
  const set = await zalo.waitForCall('setWebhook');
  assert(set.response.result.verification.ok, JSON.stringify(set));
  const an = zalo.user('an', { name: 'An' });
  assert.equal(await an.sends('Xin chào'), 'delivered');
  assert.equal((await an.receives()).text, 'Bạn nói: Xin chào');
}

describe('the door in', () => {
  for (const [name, serves] of Object.entries(FRAMEWORKS)) {
    test(name, async () => {
      const port = await freePort();
      const zalo = new Zalo({ deliverTo: `http://127.0.0.1:${port}` });
      const bot = echo(zalo);
      const close = await serves(bot, port);
      try {
        await bot.start({ mounted: true }).catch((error) => assert.match(error.message, /runs already/));
        await converse(zalo);
        assert.equal((await post(port, '/shop', '', {}, 'GET'))[1], 'a shop');
        const status = async (...request) => (await post(port, ...request))[0];
        assert.equal(await status('/else'), 404);
        const parsed = name.includes('parser');
        assert.equal(await status('/zalo', '[1]'), 400);
        assert.equal(await status('/zalo', '{"x":1}', { 'X-Bot-Api-Secret-Token': 'guess' }), 401);
        assert.equal(await status('/zalo/?x=1', ''), 200);
        assert.equal(await status('/zalo', '{}', {}, 'PUT'), 405);
        assert.equal(await status('/zalo', '{}', { 'Content-Type': 'text/plain' }), 415);
        // A large one comes piece by piece; what is too large is not read.
        const large = JSON.stringify({ message: { text: 'x'.repeat(300_000) } });
        assert.equal(await status('/zalo', large), 200);
        const halves = [large.slice(0, 100_000), large.slice(100_000)];
        assert.equal(await status('/zalo', halves, { 'Transfer-Encoding': 'chunked' }), 200);
        assert.equal(await status('/zalo', ' '.repeat((1 << 20) + 1)), parsed ? 400 : 413);
        const shown = JSON.stringify(zalo.calls());
        assert(!shown.includes(SECRET));
      } finally {
        await close();
        await bot.stop();
        await zalo.stop();
      }
    });
  }

  test('none that there is not', () => {
    assert.throws(() => webhookHandler({}, 'rails'), /no framework: rails; there are node/);
  });
});

describe('the door', () => {
  const table = [
    ['/else', 'POST', SECRET, 9, 404],
    ['/zalo', 'PUT', SECRET, 9_000_000, 405],
    ['/zalo', 'POST', 'guess', 70_000, 401],
    ['/zalo', 'POST', SECRET, 0, 200],
    ['/zalo', 'POST', SECRET, (1 << 20) + 1, 413],
  ];

  test('waits for no body that it does not want', async () => {
    const zalo = new Zalo();
    const bot = echo(zalo);
    const server = createServer(webhookHandler(bot));
    const close = await listening(server, 0);
    const { port } = server.address();
    for (const [path, method, secret, length, status] of table) {
      if (length === 9) continue;
      const headers = { 'X-Bot-Api-Secret-Token': secret, 'Content-Length': length };
      assert.equal((await post(port, path, null, headers, method))[0], status, path);
    }
    await close();
    await bot.stop();
    await zalo.stop();
  });

  test('forgets a client that goes away in the middle of a body', async () => {
    const zalo = new Zalo();
    const bot = echo(zalo);
    const server = createServer(webhookHandler(bot));
    const close = await listening(server, 0);
    const { port } = server.address();
    for (const length of [100, 500_000]) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`POST /zalo HTTP/1.1\r\nHost: x\r\nX-Bot-Api-Secret-Token: ${SECRET}\r\n`);
      socket.write(`Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{`);
      const [request] = await once(server, 'request');
      const closed = new Promise((resolve) => request.on('close', resolve));
      socket.destroy();
      await closed;
    }
    assert.equal((await post(port, '/zalo'))[0], 200);
    await close();
    await bot.stop();
    await zalo.stop();
  });

  test('is there only with a webhook', async () => {
    const zalo = new Zalo();
    const bot = zalo.bot({ logger: null });
    const server = createServer(webhookHandler(bot));
    const close = await listening(server, 0);
    const [status, , headers] = await post(server.address().port, '/zalo');
    assert.deepEqual([status, headers['retry-after']], [503, '10']);
    await close();
    await bot.stop();
    await zalo.stop();
  });

  test('hosts pictures below its path', async () => {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    const { folder } = await import('./surroundings.mjs');
    const roots = folder();
    mkdirSync(roots, { recursive: true });
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
      'base64',
    );
    writeFileSync(`${roots}/a.png`, png);
    const port = await freePort();
    const zalo = new Zalo({ deliverTo: `http://127.0.0.1:${port}` });
    const bot = zalo.bot({ ...WEBHOOK, media: { roots: [roots] } });
    bot.onText((turn) => turn.reply('look', { photo: `${roots}/a.png` }));
    const close = await FRAMEWORKS.express(bot, port);
    await bot.start({ mounted: true });
    await zalo.waitForCall('setWebhook');
    const an = zalo.user('an');
    await an.sends('show me');
    const { pathname, search } = new URL((await an.receives()).photo);
    const fetched = await fetch(`http://127.0.0.1:${port}${pathname}${search}`);
    assert.equal(fetched.headers.get('content-type'), 'image/png');
    assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), png);
    await close();
    await bot.stop();
    await zalo.stop();
  });

  test('may be a listener of its own', async () => {
    const port = await freePort();
    const zalo = new Zalo({ deliverTo: `http://127.0.0.1:${port}` });
    const bot = echo(zalo, { webhook: { listen: `127.0.0.1:${port}` } });
    await zalo.runs(bot, async () => {
      assert.equal(bot.address, `127.0.0.1:${port}`);
      await converse(zalo);
    });
    await zalo.stop();
  });
});
