// Whole calls as bytes. A call's JSON is 1 to 3 KB, nearly all of it the same words in every call; deflate with those words as its dictionary
// brings it to about a fifth, which is what keeps ten million calls and a month of the event log on an ordinary disk.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Call } from '../calls/call.ts';

/** Big enough for the dictionary and a call with many legs; small windows are quick to set up. */
const windowBits = 13;

const leg = (role: string, outcome: string): string =>
  `{"extension":"101","number":null,"of":null,"device":"PJSIP/101","role":"${role}","outcome":"${outcome}","startedAt":"2026-01-01T00:00:00.000Z","answeredAt":null,"endedAt":"2026-01-01T00:00:00.000Z","ringMs":0,"talkMs":0,"consultMs":0,"holdMs":0}`;

// What is likely comes last: deflate reaches back to it with shorter distances.
const words = [
  '"pickup":{"from":"101","by":"102"},"forward":{"from":"101","to":"7"},"voicemail":{"mailbox":"101","leftMessage":false},"spiedBy":["101"],"holds":1,"gap":true',
  '"queue":{"name":"sales","waitMs":0},"origin":"click_to_call","origin":"callback","direction":"internal","hangupBy":"system"',
  '"lostStage":"greeting","lostStage":"ivr","lostStage":"queue","lostStage":"voicemail","lostStage":"rejected","stage":"talking"',
  '"transfers":[{"type":"attended","by":"101","to":"102","completed":true,"blonde":false,"at":"2026-01-01T00:00:00.000Z"},{"type":"blind",',
  '"type":"redirect","type":"park","type":"threeway","type":"conference",',
  leg('transfer-recall', 'forwarded'),
  leg('forward-target', 'failed'),
  leg('consulted', 'unavailable'),
  leg('mobile', 'caller-cancelled'),
  leg('pickup', 'rejected'),
  '{"id":"main-1767225600.1","pbx":"main","linkedIds":["1767225600.1"],"direction":"outbound","origin":"dialed","client":null,"line":null,',
  '"answeredAt":null,"endedAt":null,"answered":false,"stage":"ringing","lostStage":"ringing","result":{"code":304,"cause":26,"dialStatus":"NOANSWER"},"responsible":null,',
  '"result":{"code":486,"cause":17,"dialStatus":"BUSY"},"result":{"code":603,"cause":21,"dialStatus":"CANCEL"},"dialStatus":"CHANUNAVAIL",',
  leg('transfer-target', 'busy'),
  leg('caller', 'no-answer'),
  '{"id":"main-1767225600.1","pbx":"main","linkedIds":["1767225600.1"],"direction":"inbound","origin":null,',
  '"client":{"number":"89160000000","e164":"+79160000000","name":null},"line":{"number":"74950000000","trunk":"trunk"},',
  '"startedAt":"2026-01-01T00:00:00.000Z","answeredAt":"2026-01-01T00:00:00.000Z","endedAt":"2026-01-01T00:00:00.000Z","answered":true,"stage":null,"lostStage":null,',
  '"result":{"code":200,"cause":16,"dialStatus":"ANSWER"},"responsible":{"extension":"101","operatorId":null},"legs":[',
  leg('called', 'elsewhere'),
  ',',
  leg('called', 'answered'),
  '],"transfers":[],"talkMs":0,"waitMs":0,"hangupBy":"client","recordings":[{"file":"/var/spool/asterisk/monitor/2026/01/01/in-74950000000-89160000000-20260101-000000-1767225600.1.wav",',
  '"startedAt":"2026-01-01T00:00:00.000Z","endedAt":null}],"recordings":[]}',
].join('');

/**
 * By the first byte of a body. A dictionary is never changed, or older bodies become unreadable: a better one is added under the next number.
 */
const dictionaries: ReadonlyMap<number, Buffer> = new Map([[1, Buffer.from(words)]]);
const newest = 1;

export function packCall(call: Call): Buffer {
  const packed = deflateRawSync(JSON.stringify(call), {
    dictionary: dictionaries.get(newest),
    windowBits,
    memLevel: 5,
    level: 4,
  });
  return Buffer.concat([Buffer.of(newest), packed]);
}

/** @throws Error when the bytes are not from `packCall` */
export function unpackCall(body: Uint8Array): Call {
  const dictionary = dictionaries.get(body[0] ?? -1);
  if (dictionary === undefined) throw new Error(`a call is packed with the unknown dictionary ${body[0]}`);
  return JSON.parse(inflateRawSync(body.subarray(1), { dictionary, windowBits }).toString()) as Call;
}
