// A call in words: who, by whom, how it ended.
import { phone, t } from './speak.js';

/** The client as a person would name it: the main text, and what stands below it (or null). `known`: the name that we know the number by. */
export function clientOf(call, known = null) {
  if (call.direction === 'internal') {
    const [from, ...to] = call.legs.map(whoOf);
    return { main: [from, to.join(', ')].filter(Boolean).join(' → ') || t('direction.internal'), below: null };
  }
  const number = call.client?.e164 ?? call.client?.number ?? null;
  const shown = number === null ? t('client.withheld') : phone(number);
  const name = known ?? call.client?.name?.trim();
  return name && name !== number ? { main: name, below: shown } : { main: shown, below: null };
}

/** Whom a leg reaches: the extension, else the number (with the extension whose mobile it is). */
export function whoOf(leg) {
  if (leg.extension !== null) return leg.extension;
  if (leg.number !== null) return leg.of === null ? phone(leg.number) : `${leg.of} · ${phone(leg.number)}`;
  return leg.device ?? t('client.unknown');
}

export const lineOf = (call) => (call.line?.number ? phone(call.line.number) : (call.line?.trunk ?? ''));

/** Who took the call; of one that nobody took, who was rung. */
export function operatorsOf(call) {
  if (call.direction === 'internal') return '';
  if (call.responsible) return call.responsible.extension;
  const rung = new Set(call.legs.map((leg) => leg.extension ?? leg.of).filter((extension) => extension !== null));
  return [...rung].join(', ');
}

export const isMissed = (call) => call.direction === 'inbound' && !call.answered && call.endedAt !== null;

const codes = [200, 404, 405, 408, 480, 484, 486, 488, 500, 603];
/** Where Asterisk's cause says nothing (code 0), what became of the dialling does. */
const codeByOutcome = { 'no-answer': 408, busy: 486, rejected: 603, unavailable: 480, failed: 500 };

/** How the call ended: `tone` is good, bad, calm (nobody's fault) or open. */
export function resultOf(call) {
  if (call.endedAt === null) return { tone: 'open', text: t('result.open') };
  if (call.answered) {
    if (call.direction === 'inbound') return { tone: 'good', text: t('result.talked') };
    return { tone: 'good', text: t(call.direction === 'outbound' ? 'result.called' : 'result.internalAnswered') };
  }
  if (call.direction === 'inbound') {
    if (call.voicemail?.leftMessage) return { tone: 'bad', text: t('result.message') };
    return { tone: 'bad', text: t(call.lostStage === null ? 'result.missed' : `result.${call.lostStage}`) };
  }
  if (call.direction === 'internal') return { tone: 'calm', text: t('result.internalMissed') };
  if (call.hangupBy === 'operator' && [200, 480, 408].includes(call.result.code)) {
    return { tone: 'calm', text: t('result.cancelled') };
  }
  const code = codes.includes(call.result.code) ? call.result.code : codeByOutcome[call.legs.at(-1)?.outcome];
  return { tone: 'calm', text: t(code === undefined ? 'result.unreached' : `result.${code}`) };
}

/** Whether a leg goes on, and how: `rings`, `talks`, or null when it has ended. */
export function legNow(leg) {
  if (leg.endedAt !== null) return null;
  return leg.answeredAt === null ? 'rings' : 'talks';
}

/** Where an open call is, as one of the stages; a client who waits in the queue while phones ring is in the queue. */
export const stageOf = (call) => call.stage ?? 'dialplan';

/** Whether the client of an open call waits for somebody. */
export const waits = (call) => call.direction === 'inbound' && stageOf(call) !== 'talking';
