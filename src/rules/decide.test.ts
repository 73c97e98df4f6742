import { describe, expect, it } from 'vitest';
import { aCall, aLeg, anOpenCall } from '../../test/store/a-call.ts';
import type { Call } from '../calls/call.ts';
import { changed } from '../people/change.ts';
import type { Directory } from '../people/directory.ts';
import { emptyDirectory } from '../people/empty.ts';
import { importWanted, type DirectoryContent } from '../people/exchange.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';

const operators = [
  { id: 'anna', name: 'Anna', extensions: ['101'], groups: ['sales'], crmUsers: { b24: '1' } },
  {
    id: 'boris',
    name: 'Boris',
    extensions: ['102'],
    groups: ['support'],
    mobiles: ['+7 916 000-00-02'],
    crmUsers: { b24: '2' },
  },
  { id: 'gone', name: 'Gone', extensions: ['103'], active: false },
];
const groups = [
  { id: 'sales', name: 'Sales', crms: ['b24'] },
  { id: 'support', name: 'Support', crms: ['amo'] },
];

function directoryOf(content: DirectoryContent = {}): Directory {
  const wanted = importWanted(emptyDirectory(), { operators, groups, ...content }, { prune: false });
  return changed(emptyDirectory(), wanted, { byPerson: false }).directory;
}

const decided = (call: Call, content: DirectoryContent = {}, crm = 'b24', pbxs: string[] | null = null): Decision =>
  decide(call, directoryOf(content), { crm, region: 'RU', pbxs });

const missed = (about: Partial<Call> = {}): Call =>
  aCall('m', {
    answered: false,
    answeredAt: null,
    responsible: null,
    talkMs: 0,
    lostStage: 'ringing',
    result: { code: 480, cause: 19, dialStatus: 'NOANSWER' },
    legs: [aLeg('101', { outcome: 'no-answer', answeredAt: null, talkMs: 0 })],
    ...about,
  });

describe('a decision', () => {
  it('says who had to do with the call, in the CRM’s own terms', () => {
    const call = aCall('c', {
      responsible: { extension: '102', operatorId: null },
      legs: [
        aLeg('101'),
        aLeg('102', { role: 'transfer-target' }),
        aLeg('104', { outcome: 'unavailable', ringMs: 0, answeredAt: null }),
      ],
    });
    expect(decided(call)).toMatchObject({
      registered: true,
      why: null,
      clientNumber: '+79161234567',
      lineNumber: '+74951112233',
      missed: false,
      resultCode: 200,
      talkSec: 60,
      waitSec: 5,
      talked: { id: 'boris' },
      talkedExtension: '102',
      rangLast: { id: 'boris' },
      tookPart: [{ id: 'anna' }, { id: 'boris' }],
    });
  });

  it('knows whose mobile it was, by the tracker’s word or by the number alone', () => {
    const mobile = { extension: null, number: '89160000002', device: 'PJSIP/trunk', role: 'mobile' } as const;
    const byTracker = aCall('c', {
      responsible: { extension: '102', operatorId: null },
      legs: [aLeg('', { ...mobile, of: '102' })],
    });
    const byNumber = aCall('c', { responsible: null, legs: [aLeg('', mobile)] });
    for (const call of [byTracker, byNumber])
      expect(decided(call)).toMatchObject({ talked: { id: 'boris' }, talkedExtension: '102' });
  });

  it('takes the caller of an outbound call for who talked, answered or not, until it is taken over', () => {
    const legs = [aLeg('101', { role: 'caller' })];
    const call = aCall('c', {
      direction: 'outbound',
      answered: false,
      responsible: { extension: '101', operatorId: null },
      legs,
    });
    expect(decided(call)).toMatchObject({
      missed: false,
      talked: { id: 'anna' },
      tookPart: [{ id: 'anna' }],
      rangLast: null,
    });
  });

  it('says who rang last, and passes over phones that did not ring', () => {
    const rang = aLeg('102', { outcome: 'rejected', answeredAt: null });
    const busy = aLeg('101', { outcome: 'busy', answeredAt: null, ringMs: 0 });
    expect(decided(missed({ legs: [rang, busy] }))).toMatchObject({
      missed: true,
      rangLast: { id: 'boris' },
      talked: null,
    });
    // From CEL: what the phone took to say so.
    const busyByCel = { ...busy, ringMs: 300 };
    expect(decided(missed({ legs: [rang, busyByCel] }))).toMatchObject({ rangLast: { id: 'boris' } });
    const rejected = { ...busy, ringMs: 3_000 };
    expect(decided(missed({ legs: [rang, rejected] }))).toMatchObject({ rangLast: { id: 'anna' } });
    const off = aLeg('101', { outcome: 'unavailable', answeredAt: null, ringMs: 0 });
    expect(decided(missed({ legs: [off] }))).toMatchObject({ rangLast: null, rangLastExtension: null, tookPart: [] });
    const stranger = aLeg('199', { outcome: 'no-answer', answeredAt: null });
    expect(decided(missed({ legs: [stranger] }))).toMatchObject({ rangLast: null, rangLastExtension: '199' });
  });
});

describe('the line of a call', () => {
  const lines = [
    { id: 'main', name: 'Main', numbers: ['+7 495 111-22-33'], sources: { b24: 'WEB' }, firstResponsible: 'anna' },
    { id: 'city', name: 'City', numbers: ['7495XXXXXXX'] },
    { id: 'gsm', name: 'GSM', trunks: ['gsm*'], numbers: ['8 800 100-20-30'] },
  ];
  const of = (line: Call['line']): Decision => decided(aCall('c', { line }), { lines });

  it.each([
    ['84951112233', 'trunk-a', 'main', '+74951112233'],
    ['4951112233', 'gsm1', 'main', '+74951112233'],
    ['74950000000', 'trunk-a', 'city', '+74950000000'],
    ['12', 'gsm1', 'gsm', '12'],
    [null, 'gsm1', 'gsm', '+78001002030'],
    [null, 'trunk-a', undefined, 'trunk-a'],
  ])('by number %s and trunk %s', (number, trunk, line, lineNumber) => {
    const decision = of({ number, trunk });
    expect([decision.line?.id, decision.lineNumber]).toEqual([line, lineNumber]);
  });

  it('gives source and first responsible', () => {
    expect(of({ number: '84951112233', trunk: null })).toMatchObject({
      source: 'WEB',
      firstResponsible: { id: 'anna' },
    });
  });
});

describe('a call is registered', () => {
  const line = { id: 'main', name: 'Main', numbers: ['74951112233'] };

  it('where its PBX, its line and an operator’s group go', () => {
    expect(decided(aCall('c'), {}, 'b24', ['main']).registered).toBe(true);
    expect(decided(aCall('c'), {}, 'b24', ['branch'])).toMatchObject({
      registered: false,
      why: expect.stringContaining('the PBX main'),
    });
    expect(decided(aCall('c'), { lines: [{ ...line, crms: ['amo'] }] }).why).toContain('the line main');
    expect(decided(aCall('c'), {}, 'amo').why).toContain('groups');
    // As soon as somebody of the other group took part, it is theirs too.
    expect(decided(aCall('c', { legs: [aLeg('101'), aLeg('102')] }), {}, 'amo').registered).toBe(true);
    // One who is in no group, or whom the directory does not know, belongs to all; so does a call that rang nowhere.
    expect(decided(aCall('c', { legs: [aLeg('777')] }), {}, 'amo').registered).toBe(true);
    expect(decided(missed({ legs: [] }), {}, 'amo').registered).toBe(true);
  });

  it('when it is internal only where the policy says so', () => {
    const call = aCall('c', {
      direction: 'internal',
      client: null,
      line: null,
      legs: [aLeg('101', { role: 'caller' }), aLeg('102')],
      responsible: { extension: '102', operatorId: null },
    });
    expect(decided(call)).toMatchObject({ registered: false, why: expect.stringContaining('internalCalls') });
    expect(decided(call, { policies: [{ id: 'b24', internalCalls: true }] })).toMatchObject({
      registered: true,
      talked: { id: 'anna' },
      clientNumber: '102',
      leadWanted: false,
      task: null,
      lineNumber: null,
    });
  });

  describe('unless a list blocks it', () => {
    const blocked = (call: Call, ...lists: object[]): boolean =>
      !decided(call, {
        lines: [line],
        lists: lists.map((rule, index) => ({ id: `rule-${index}`, action: 'block', ...rule })),
      }).registered;

    it.each([
      ['the client in another form', { clients: ['8 (916) 123-45-67'] }, true],
      ['a pattern of clients', { clients: ['7916XXXXXXX'] }, true],
      ['another client', { clients: ['+79160000000'] }, false],
      ['the line', { lines: ['main'] }, true],
      ['the operator', { extensions: ['101'] }, true],
      ['a pattern of operators', { extensions: ['1XX'] }, true],
      ['another operator', { extensions: ['102'] }, false],
      ['the client, but another line’s operator', { clients: ['89161234567'], extensions: ['102'] }, false],
      ['everything, for another CRM', { crms: ['amo'] }, false],
      ['everything', {}, true],
    ])('by %s', (_what, rule, is) => {
      expect(blocked(aCall('c'), rule)).toBe(is);
    });

    it('and another allows it', () => {
      const all = { action: 'block' };
      expect(blocked(aCall('c'), all, { action: 'allow', clients: ['+79161234567'] })).toBe(false);
      expect(blocked(aCall('c'), all, { action: 'allow', clients: ['+79160000000'] })).toBe(true);
    });

    it('which an operator’s rule does only for calls that were nobody else’s', () => {
      const both = aCall('c', { legs: [aLeg('101'), aLeg('102')] });
      expect(blocked(both, { extensions: ['101'] })).toBe(false);
      expect(blocked(both, { extensions: ['10X'] })).toBe(true);
      expect(blocked(missed({ legs: [] }), { extensions: ['1XX'] })).toBe(false);
    });
  });
});

describe('leads, owners and tasks', () => {
  const line = { id: 'main', name: 'Main', numbers: ['74951112233'] };

  it.each([
    ['all', [true, true, true, true]],
    ['missed', [false, false, true, false]],
    ['answered', [false, true, false, false]],
    ['never', [false, false, false, false]],
  ])('policy %s wants a lead: ringing, answered, missed, outbound without answer: %j', (lead, wanted) => {
    const outbound = missed({ direction: 'outbound', legs: [aLeg('101', { role: 'caller' })] });
    const calls = [anOpenCall('c'), aCall('c'), missed(), outbound];
    expect(calls.map((call) => decided(call, { policies: [{ id: 'b24', lead }] }).leadWanted)).toEqual(wanted);
    // The line’s word is above the policy’s, and the connection’s own above that for all.
    const over = {
      lines: [{ ...line, lead }],
      policies: [
        { id: '*', lead: 'all' },
        { id: 'b24', lead: 'never' },
      ],
    };
    expect(calls.map((call) => decided(call, over).leadWanted)).toEqual(wanted);
  });

  it('makes no lead and no task of a caller whose number is withheld', () => {
    const call = missed({ client: { number: null, e164: null, name: null } });
    const decision = decided(call, {
      taskTemplates: [{ id: 't', title: 'T' }],
      policies: [{ id: '*', taskTemplate: 't' }],
    });
    expect(decision).toMatchObject({ registered: true, clientNumber: null, leadWanted: false, task: null });
  });

  it('makes none of one of ours who calls from his mobile either', () => {
    const call = missed({ client: { number: '89160000002', e164: '+79160000002', name: null } });
    const content = { taskTemplates: [{ id: 't', title: 'T' }], policies: [{ id: '*', taskTemplate: 't' }] };
    expect(decided(call, content)).toMatchObject({ registered: true, leadWanted: false, task: null });
    expect(decided(missed(), content)).toMatchObject({ leadWanted: true, task: { id: 't' } });
  });

  it('takes owner and template from the line before the policy, and keeps to the exceptions', () => {
    const taskTemplates = [
      { id: 't', title: 'T' },
      { id: 'own', title: 'Own', exceptNumbers: ['8 916 000 00 01'], exceptLines: [] },
    ];
    const policies = [{ id: 'b24', taskTemplate: 't', missedOwner: 1 }];
    expect(decided(missed(), { taskTemplates, policies })).toMatchObject({ task: { id: 't' }, missedOwner: 1 });
    const lines = [{ ...line, taskTemplate: 'own', missedOwner: 2 }];
    expect(decided(missed(), { taskTemplates, policies, lines })).toMatchObject({
      task: { id: 'own' },
      missedOwner: 2,
    });
    const excepted = missed({ client: { number: '89160000001', e164: '+79160000001', name: null } });
    expect(decided(excepted, { taskTemplates, policies, lines }).task).toBeNull();
    const exceptLine = [{ id: 't', title: 'T', exceptLines: ['main'] }];
    expect(decided(missed(), { taskTemplates: exceptLine, policies, lines: [line] }).task).toBeNull();
  });
});
