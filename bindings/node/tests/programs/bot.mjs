// A bot as a program: `bot.mjs run|start|exit|unref`.

import { localBot } from './local.mjs';

const [, , way] = process.argv;
const bot = localBot();
bot.onText(async (turn) => {
  console.log('asked', turn.id, turn.attempt);
  if (turn.text === 'die' && turn.attempt === 1) process.kill(process.pid, 'SIGKILL');
  if (turn.text === 'stop') setImmediate(() => bot.stop().then(() => console.log('bye')));
  await turn.reply(`attempt ${turn.attempt}`);
});

if (way === 'run') {
  const ended = bot.run();
  while (!bot.isRunning) await new Promise(setImmediate);
  console.log('started');
  await ended;
  console.log('bye');
} else {
  await bot.start();
  console.log('started');
  if (way === 'exit') process.exit(0);
  if (way === 'unref') bot.unref();
}
