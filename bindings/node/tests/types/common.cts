// The same types for who requires.

import zaloxide = require('zaloxide');
import testing = require('zaloxide/testing');

const bot = new zaloxide.Bot('1:x');
bot.onText(async (turn) => {
  await turn.reply(turn.text);
});
const zalo = new testing.Zalo();
const made: zaloxide.Bot = zalo.bot();
void [bot, made];
