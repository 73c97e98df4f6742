import type { Call } from '../../calls/call.ts';

/** An inbound call of half a minute, answered by 101, with a talk. */
export function talkedCall(about: Partial<Call> = {}): Call {
  return {
    id: 'main-1795199403.487',
    pbx: 'main',
    linkedIds: ['1795199403.487'],
    direction: 'inbound',
    origin: null,
    client: { number: '79161234567', e164: '+79161234567', name: null },
    line: { number: '74951000200', trunk: 'trunk' },
    startedAt: '2026-11-20T18:30:03.276Z',
    answeredAt: '2026-11-20T18:30:05.000Z',
    endedAt: '2026-11-20T18:30:35.000Z',
    answered: true,
    stage: null,
    lostStage: null,
    result: { code: 200, cause: 16, dialStatus: 'ANSWER' },
    responsible: { extension: '101', operatorId: null },
    legs: [],
    transfers: [],
    talkMs: 30_000,
    waitMs: 2000,
    hangupBy: 'client',
    recordings: [],
    ...about,
  };
}

/** What Asterisk told of a recording; its times in seconds after the start of the call. */
export function recorded(file: string, fromSec = 2, toSec = 32): Call['recordings'][number] {
  const at = (sec: number): string => new Date(Date.parse('2026-11-20T18:30:03.276Z') + sec * 1000).toISOString();
  return { file, startedAt: at(fromSec), endedAt: at(toSec) };
}
