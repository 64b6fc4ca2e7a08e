// What must not pass: each line that is expected to be wrong is.

import { Bot, Channel, command, webhookHandler } from 'zaloxide';
import { Zalo } from 'zaloxide/testing';

// @ts-expect-error a policy that there is not
new Bot({ dmPolicy: 'opne' });
// @ts-expect-error a key that there is not
new Bot({ dmPolcy: 'open' });
// @ts-expect-error a key of a nested object that there is not
new Bot({ turn: { timeoutSecs: 1 } });
// @ts-expect-error the file's name for it; here it is `token`
new Bot({ botToken: '1:x' });
// @ts-expect-error a store that there is not
new Bot({ store: 'redis' });

const bot = new Bot('1:x');
// @ts-expect-error a filter alone is no handler
bot.onText(command('start'), 'answer');
// @ts-expect-error a kind that there is not
bot.on('video', () => {});
// @ts-expect-error a text may have nothing attached
bot.onText((turn) => turn.media[0].path);
// @ts-expect-error it can't be changed
bot.onText((turn) => void (turn.text = 'x'));
// @ts-expect-error a reply is a text or what is sent
bot.onText((turn) => turn.reply(1));
// @ts-expect-error not what Zalo can send
bot.send('an', { buttons: ['yes'] });
// @ts-expect-error ids come when it is awaited
bot.send('an', 'x').length;
// @ts-expect-error a framework that there is not
webhookHandler(bot, 'rails');
// @ts-expect-error for Hono
webhookHandler(bot, 'koa')(new Request('https://a.example'));

const config = { account: 'a', botId: '1' };
// @ts-expect-error no id of a bot
new Channel({ account: 'a' }, new Uint8Array(32), 0);
// @ts-expect-error a seed is bytes
new Channel(config, 'seed', 0);
const channel = new Channel(config, new Uint8Array(32), 0);
// @ts-expect-error an event that there is not
channel.handle(0, { type: 'dance' });
// @ts-expect-error a field is missing
channel.handle(0, { type: 'committed' });
// @ts-expect-error a ticket is text
channel.handle(0, { type: 'update_received', ticket: 1, body: '' });
const action = channel.pollAction();
// @ts-expect-error there may be none
action.type;
// @ts-expect-error not of each action
action?.upto;
if (action?.type === 'commit') {
  // @ts-expect-error of another action
  action.envelope;
}
// @ts-expect-error a fault that there is not
new Zalo().fault('flood');
// @ts-expect-error it is for the package's own modules
Bot.inside;
