// The page over made-up calls, for working on it: `node src/http/testing/page-server.ts [--demo] [--empty]`. Calls come, change and end.
import { parseArgs } from 'node:util';
import { sampleCall, sampleDay, sampleLeg } from './sample-calls.ts';
import { testServer } from './test-server.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8091' }, demo: { type: 'boolean' }, empty: { type: 'boolean' } },
});
const server = testServer(values.demo);
const { store, live } = server;

if (!values.empty) {
  for (const call of sampleDay(Date.now())) {
    store.put(call, call.endedAt === null ? 'call.started' : 'call.ended');
    if (call.endedAt === null) live.calls.push(call);
  }
  let count = 0;
  setInterval(() => {
    const startMs = Date.now();
    const id = `played-${(count += 1)}`;
    const client = {
      number: `8925${String(1_000_000 + count)}`,
      e164: `+7925${String(1_000_000 + count)}`,
      name: null,
    };
    const open = {
      client,
      answered: false,
      answeredAt: null,
      responsible: null,
      endedAt: null,
      hangupBy: null,
      talkMs: 0,
    };
    const ringing = sampleLeg(startMs, null, { answeredAt: null, outcome: null, extension: '107' });
    const ring = sampleCall(id, startMs, { ...open, stage: 'ringing', legs: [ringing] });
    live.calls.push(ring);
    store.put(ring, 'call.started');
    setTimeout(() => {
      live.calls = live.calls.filter((call) => call.id !== id);
      const leg = { ...ringing, outcome: 'no-answer' as const, endedAt: new Date().toISOString(), ringMs: 9000 };
      const lost = { ...ring, stage: null, lostStage: 'ringing' as const, waitMs: 9000, legs: [leg] };
      store.put({ ...lost, endedAt: new Date().toISOString(), hangupBy: 'client' }, 'call.ended');
    }, 9000);
  }, 14_000);
}
await server.app.listen({ host: '127.0.0.1', port: Number(values.port) });
console.log(`http://127.0.0.1:${values.port}/  token ${server.token}`);
