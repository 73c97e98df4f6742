import { expect, it } from 'vitest';
import type { Call } from '../calls/call.ts';
import { packCall, unpackCall } from './body.ts';

const call: Call = {
  id: 'main-1767225600.1',
  pbx: 'main',
  linkedIds: ['1767225600.1'],
  direction: 'inbound',
  origin: null,
  client: { number: '89161234567', e164: '+79161234567', name: 'Анна \u0000 😀' },
  line: { number: '74951112233', trunk: 'trunk-a' },
  startedAt: '2026-03-01T10:00:00.123Z',
  answeredAt: '2026-03-01T10:00:05.456Z',
  endedAt: '2026-03-01T10:01:05.789Z',
  answered: true,
  stage: null,
  lostStage: null,
  result: { code: 200, cause: 16, dialStatus: 'ANSWER' },
  responsible: { extension: '102', operatorId: null },
  legs: ['101', '102', '103'].map((extension) => ({
    extension,
    number: null,
    of: null,
    device: `PJSIP/${extension}`,
    role: 'called',
    outcome: extension === '102' ? 'answered' : 'elsewhere',
    startedAt: '2026-03-01T10:00:01.222Z',
    answeredAt: extension === '102' ? '2026-03-01T10:00:05.456Z' : null,
    endedAt: '2026-03-01T10:01:05.789Z',
    ringMs: 4_234,
    talkMs: extension === '102' ? 60_333 : 0,
    consultMs: 0,
    holdMs: 0,
  })),
  transfers: [],
  talkMs: 60_333,
  waitMs: 5_333,
  hangupBy: 'client',
  recordings: [
    { file: '/var/spool/asterisk/monitor/2026/03/01/1.wav', startedAt: '2026-03-01T10:00:05.456Z', endedAt: null },
  ],
};

it('gives a call back, from a fifth of its JSON', () => {
  const body = packCall(call);
  expect(unpackCall(body)).toEqual(call);
  expect(body.length).toBeLessThan(JSON.stringify(call).length / 5);
});

it('reads what earlier versions have packed', () => {
  // Packed with dictionary 1. When this fails, the dictionary was changed, and no stored call can be read any more.
  const stored =
    'ARvoQs3QyNjE1MwcrVBDiEJ76RcmXNh7Ye+FDQoxpaAAUfgwf0YDKHdjLeYMDQ2NjIyN0Ys53UTsBZ0xKNwMYeFmaGSMnvSwqDPVMzE1w1bQwRUZghSZW1gOjoIO1JfHXdDhzgJmBsbGxohsYArmEcwJsbUA';
  expect(unpackCall(Buffer.from(stored, 'base64'))).toEqual({ ...call, legs: [], recordings: [] });
});

it('refuses bytes that it did not pack', () => {
  expect(() => unpackCall(Buffer.of(9, 1, 2))).toThrow('unknown dictionary 9');
});
