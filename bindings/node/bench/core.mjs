// What the bare core's calls take: `handle` alone, and with the actions that come of it. Prints both in
// microseconds a call.

import { body, channel, id, NOW, settle } from './world.mjs';

/** Microseconds a call of `handle`, and the same with its actions. */
export function measure(count) {
  const measured = channel();
  const bodies = Array.from({ length: count }, (_, n) => body(n));
  const ids = bodies.map((_, n) => id(n));
  let [alone, calls] = [0n, 0];
  const handle = (event) => {
    const began = process.hrtime.bigint();
    measured.handle(NOW, event);
    alone += process.hrtime.bigint() - began;
    calls++;
  };
  const began = process.hrtime.bigint();
  for (const [n, each] of bodies.entries()) {
    handle({ type: 'update_received', ticket: String(n), body: each });
    settle(measured, handle, ids[n]);
  }
  const whole = process.hrtime.bigint() - began;
  return [Number(alone) / calls / 1000, Number(whole) / calls / 1000];
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  measure(2_000);
  const rounds = Array.from({ length: 5 }, () => measure(10_000));
  const median = (at) => rounds.map((round) => round[at]).sort((a, b) => a - b)[2];
  console.log(JSON.stringify([median(0), median(1)]));
}
