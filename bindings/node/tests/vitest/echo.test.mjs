// A bot's test as vitest runs it.

import { afterAll, expect, test } from 'vitest';
import { Zalo } from 'zaloxide/testing';

const zalo = new Zalo();
afterAll(() => zalo.stop());

test('it answers', async () => {
  const bot = zalo.bot();
  bot.onText((turn) => turn.reply(`Bạn nói: ${turn.text}`));
  await zalo.runs(bot, async () => {
    const an = zalo.user('an');
    await an.sends('Xin chào');
    expect((await an.receives()).text).toBe('Bạn nói: Xin chào');
  });
});
