// Calls to show and to test with: one of each kind that a person meets in the history.
import type { Call, Leg } from '../../calls/call.ts';

const minute = 60_000;

/** ISO text of a time. */
const iso = (atMs: number): string => new Date(atMs).toISOString();

/** A leg of 101 that rang for 5 s from `startMs` and talked until `endMs`, unless told otherwise. */
export function sampleLeg(startMs: number, endMs: number | null, changes: Partial<Leg> = {}): Leg {
  return {
    extension: '101',
    number: null,
    of: null,
    device: 'PJSIP/101',
    role: 'called',
    outcome: endMs === null ? null : 'answered',
    startedAt: iso(startMs),
    answeredAt: iso(startMs + 5000),
    endedAt: endMs === null ? null : iso(endMs),
    ringMs: 5000,
    talkMs: endMs === null ? 0 : endMs - startMs - 5000,
    consultMs: 0,
    holdMs: 0,
    ...changes,
  };
}

/** An inbound call that 101 answered after 10 s and that lasted 3 minutes, unless told otherwise. */
export function sampleCall(id: string, startMs: number, changes: Partial<Call> = {}): Call {
  return {
    id,
    pbx: 'main',
    linkedIds: [`${Math.floor(startMs / 1000)}.1`],
    direction: 'inbound',
    origin: null,
    client: { number: '89161234567', e164: '+79161234567', name: null },
    line: { number: '84950001122', trunk: 'trunk-mts' },
    startedAt: iso(startMs),
    answeredAt: iso(startMs + 10_000),
    endedAt: iso(startMs + 3 * minute),
    answered: true,
    stage: null,
    lostStage: null,
    result: { code: 200, cause: 16, dialStatus: 'ANSWER' },
    responsible: { extension: '101', operatorId: null },
    legs: [sampleLeg(startMs + 5000, startMs + 3 * minute)],
    transfers: [],
    talkMs: 3 * minute - 10_000,
    waitMs: 10_000,
    hangupBy: 'client',
    recordings: [],
    ...changes,
  };
}

/** What an unanswered call has instead. */
const unanswered = { answered: false, answeredAt: null, responsible: null, talkMs: 0, hangupBy: 'client' } as const;

/** Calls of a small company around `nowMs`: those in progress first. */
export function sampleDay(nowMs: number): Call[] {
  return [...liveCalls(nowMs), ...pastCalls(nowMs)];
}

function liveCalls(nowMs: number): Call[] {
  const open = { endedAt: null, hangupBy: null, result: { code: null, cause: null, dialStatus: null } } as const;
  const ringing = { answeredAt: null, outcome: null, talkMs: 0, ringMs: 8000 } as const;
  return [
    sampleCall('live-talking', nowMs - 4 * minute, {
      ...open,
      stage: 'talking',
      client: { number: '89031112233', e164: '+79031112233', name: 'Ольга Смирнова' },
      legs: [sampleLeg(nowMs - 4 * minute + 9000, null, { extension: '104', device: 'PJSIP/104' })],
      responsible: { extension: '104', operatorId: null },
      talkMs: 0,
    }),
    sampleCall('live-ringing', nowMs - 25_000, {
      ...unanswered,
      ...open,
      stage: 'ringing',
      client: { number: '+442079460123', e164: '+442079460123', name: 'A. Whitfield' },
      legs: ['101', '102', '103'].map((extension) =>
        sampleLeg(nowMs - 8000, null, { ...ringing, extension, device: `PJSIP/${extension}` }),
      ),
    }),
    sampleCall('live-queue', nowMs - 95_000, {
      ...unanswered,
      ...open,
      stage: 'queue',
      client: { number: null, e164: null, name: null },
      queue: { name: 'sales', waitMs: 80_000 },
      legs: [],
    }),
    sampleCall('live-out', nowMs - 12_000, {
      ...unanswered,
      ...open,
      direction: 'outbound',
      origin: 'click_to_call',
      stage: 'ringing',
      client: { number: '88123334455', e164: '+78123334455', name: null },
      legs: [
        sampleLeg(nowMs - 12_000, null, { role: 'caller', extension: '105', device: 'PJSIP/105', ringMs: 0 }),
        sampleLeg(nowMs - 9000, null, {
          ...ringing,
          extension: null,
          number: '88123334455',
          device: 'PJSIP/trunk-mts',
        }),
      ],
    }),
    sampleCall('live-ivr', nowMs - 6000, { ...unanswered, ...open, stage: 'ivr', legs: [] }),
  ];
}

function pastCalls(nowMs: number): Call[] {
  const ago = (minutes: number): number => nowMs - minutes * minute;
  const gone = (startMs: number, waitMs: number) => ({ ...unanswered, waitMs, endedAt: iso(startMs + waitMs) });
  return [
    sampleCall('transferred', ago(12), {
      client: { number: '89161234567', e164: '+79161234567', name: 'Пётр Ильин' },
      responsible: { extension: '203', operatorId: null },
      legs: [
        sampleLeg(ago(12) + 5000, ago(12) + 95_000, { talkMs: 60_000, holdMs: 25_000, consultMs: 18_000 }),
        sampleLeg(ago(12) + 5000, ago(12) + 10_000, {
          extension: '102',
          device: 'PJSIP/102',
          outcome: 'elsewhere',
          answeredAt: null,
          talkMs: 0,
        }),
        sampleLeg(ago(12) + 70_000, ago(12) + 180_000, {
          extension: '203',
          device: 'PJSIP/203',
          role: 'transfer-target',
          talkMs: 85_000,
          consultMs: 18_000,
        }),
      ],
      transfers: [
        { type: 'attended', by: '101', to: '203', completed: true, blonde: false, at: iso(ago(12) + 95_000) },
      ],
      talkMs: 145_000,
      holds: 1,
      recordings: [
        { file: 'monitor/2026/11/20/in-89161234567.wav', startedAt: iso(ago(12) + 10_000), endedAt: iso(ago(9)) },
      ],
    }),
    sampleCall('lost-queue', ago(19), {
      ...gone(ago(19), 74_000),
      lostStage: 'queue',
      queue: { name: 'sales', waitMs: 61_000 },
      client: { number: '89267778899', e164: '+79267778899', name: null },
      legs: ['101', '102'].map((extension) =>
        sampleLeg(ago(19) + 20_000, ago(19) + 40_000, {
          extension,
          device: `PJSIP/${extension}`,
          outcome: 'no-answer',
          answeredAt: null,
          ringMs: 20_000,
          talkMs: 0,
        }),
      ),
    }),
    sampleCall('out-busy', ago(31), {
      ...gone(ago(31), 9000),
      direction: 'outbound',
      origin: 'dialed',
      hangupBy: 'system',
      client: { number: '84957654321', e164: '+74957654321', name: null },
      line: { number: null, trunk: 'trunk-mts' },
      result: { code: 486, cause: 17, dialStatus: 'BUSY' },
      responsible: { extension: '104', operatorId: null },
      legs: [
        sampleLeg(ago(31), ago(31) + 9000, {
          role: 'caller',
          extension: '104',
          device: 'PJSIP/104',
          ringMs: 0,
          talkMs: 0,
        }),
        sampleLeg(ago(31) + 1000, ago(31) + 9000, {
          extension: null,
          number: '84957654321',
          device: 'PJSIP/trunk-mts',
          outcome: 'busy',
          answeredAt: null,
          talkMs: 0,
        }),
      ],
    }),
    sampleCall('voicemail', ago(47), {
      ...gone(ago(47), 52_000),
      lostStage: 'voicemail',
      voicemail: { mailbox: '101', leftMessage: true },
      client: {
        number: '+4915112345678',
        e164: '+4915112345678',
        name: 'Müller & Söhne GmbH, Außenstelle Königswinter',
      },
    }),
    sampleCall('internal', ago(58), {
      direction: 'internal',
      client: null,
      line: null,
      legs: [
        sampleLeg(ago(58), ago(57), {
          role: 'caller',
          extension: '102',
          device: 'PJSIP/102',
          ringMs: 0,
          talkMs: 50_000,
        }),
        sampleLeg(ago(58), ago(57), { extension: '105', device: 'PJSIP/105', talkMs: 50_000 }),
      ],
      talkMs: 50_000,
      endedAt: iso(ago(57)),
      responsible: { extension: '102', operatorId: null },
    }),
    ...Array.from({ length: 70 }, (_, index) => {
      const startMs = ago(70 + index * 13);
      const number = `8916${String(2_000_000 + index * 7919).padStart(7, '0')}`;
      const client = { number, e164: `+7${number.slice(1)}`, name: null };
      if (index % 4 === 1)
        return sampleCall(`day-${index}`, startMs, { ...gone(startMs, 21_000), client, lostStage: 'ringing' });
      return sampleCall(`day-${index}`, startMs, { client, direction: index % 3 === 2 ? 'outbound' : 'inbound' });
    }),
  ];
}
