// The load: raw connections, each with one request under way.

import { once } from 'node:events';
import { connect } from 'node:net';

const CHATS = 10_000;
/** No message is told twice, whichever run it comes in. */
let number = 0;

function request(isAgain) {
  if (!isAgain || number === 0) number++;
  const person = `person${String(number % CHATS).padStart(14, '0')}`;
  const id = number.toString(16).padStart(20, '0');
  const body =
    `{"event_name":"message.text.received","message":{"message_id":"${id}","date":${Date.now()},` +
    `"from":{"id":"${person}","display_name":"An","is_bot":false},` +
    `"chat":{"id":"${person}","chat_type":"PRIVATE"},"text":"Cua hang may gio mo cua?"}}`;
  return (
    'POST /zalo HTTP/1.1\r\nHost: bot.example.com\r\nUser-Agent: bench\r\n' +
    'Content-Type: application/json\r\nX-Bot-Api-Secret-Token: a-long-random-secret\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

/** Asks a server for so many ms: how many answers a second, and what was not a 200. `perSecond`: no
 * faster than that; `isAgain`: the same message each time. */
export async function load(port, options = {}) {
  const { connections = 64, ms = 2_000, perSecond = Infinity, isAgain = false } = options;
  let [answered, wrong, open] = [0, 0, connections];
  const began = performance.now();
  const until = began + ms;
  const finished = new Promise((resolve, reject) => {
    for (let n = 0; n < connections; n++) {
      const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
      let asked = 0;
      const ask = () => {
        if (performance.now() < until) {
          asked++;
          socket.write(request(isAgain));
          return;
        }
        socket.destroy();
        if (--open === 0) resolve();
      };
      socket.on('connect', ask);
      socket.on('error', reject);
      socket.on('data', (text) => {
        answered++;
        if (!text.startsWith('HTTP/1.1 200')) wrong++;
        const due = began + ((asked * connections + n) * 1000) / perSecond;
        const wait = due - performance.now();
        if (wait > 0) setTimeout(ask, wait);
        else ask();
      });
    }
  });
  await finished;
  return { perSecond: (answered * 1000) / (performance.now() - began), wrong, answered };
}

/** A line that a process prints. */
export async function line(process) {
  const [text] = await once(process.stdout, 'data');
  return String(text).trim();
}
