// A bot as one channel of a gateway that has others: the gateway knows channels by their names, what
// they do for it, and nothing of Zalo.

import { Bot } from 'zaloxide';

/** A gateway in twenty lines; yours is larger. */
class Gateway {
  channels = new Map();

  /** `channel`: how to start and stop it, and how to send. */
  register(name, channel) {
    this.channels.set(name, channel);
  }

  async start() {
    for (const [name, channel] of this.channels) {
      await channel.start((message) => this.answer(name, message));
    }
  }

  /** Whatever answers: a model, rules, a person. */
  async answer(name, { from, text }) {
    return `${name}/${from}: ${text}`;
  }

  async send(name, to, text) {
    return this.channels.get(name).send(to, text);
  }

  async stop() {
    await Promise.all([...this.channels.values()].map((channel) => channel.stop()));
  }
}

/** The channel. Conversations are kept by `turn.session`, things done once by `turn.id`. */
function zalo(options) {
  const bot = new Bot(options);
  return {
    async start(answer) {
      bot.onText(async (turn) => {
        const { session, id, sender, text, signal } = turn;
        await turn.reply(await answer({ session, id, from: sender.id, text, signal }));
      });
      await bot.start();
    },
    send: (to, text) => bot.send(to, text),
    stop: () => bot.stop(),
  };
}

const gateway = new Gateway();
gateway.register(
  'zalo',
  zalo({
    token: process.env.ZALO_BOT_TOKEN,
    dmPolicy: 'open',
    allowFrom: ['*'],
    session: { dmScope: 'per-chat' },
  }),
);
await gateway.start();
console.log('the gateway runs');
process.once('SIGINT', () => gateway.stop());
