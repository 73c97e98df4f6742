// A call told step by step.
import { lineOf, whoOf } from './describe.js';
import { phone, duration, t } from './speak.js';

/** [{at, text, kind}] in order of time; `kind` picks the mark beside it. */
export function stepsOf(call) {
  const steps = [beginning(call)];
  for (const leg of call.legs) steps.push(...legSteps(leg));
  if (call.direction === 'outbound' && call.answeredAt !== null && call.legs.every((leg) => leg.number === null)) {
    const time = duration(Date.parse(call.answeredAt) - Date.parse(call.startedAt));
    steps.push({ at: call.answeredAt, text: t('step.clientAnswered', { time }), kind: 'answer' });
  }
  for (const transfer of call.transfers) steps.push(transferStep(transfer));
  if (call.endedAt !== null)
    steps.push({ at: call.endedAt, text: t(`step.ended.${call.hangupBy ?? 'unknown'}`), kind: 'end' });
  // Sorting keeps the order of steps of the same moment.
  return steps.sort((a, b) => a.at.localeCompare(b.at));
}

function beginning(call) {
  const line = lineOf(call);
  const caller = call.legs.find((leg) => leg.role === 'caller');
  const who = caller ? whoOf(caller) : '';
  const text = {
    inbound: () => (line === '' ? t('step.inboundNoLine') : t('step.inbound', { line })),
    outbound: () => t('step.outbound', { who }),
    internal: () => t('step.internal', { who }),
  };
  return { at: call.startedAt, text: text[call.direction]().trim(), kind: 'start' };
}

function legSteps(leg) {
  if (leg.role === 'caller') return [];
  const who = `${whoOf(leg)}${leg.role === 'called' ? '' : ` (${t(`role.${leg.role}`)})`}`;
  if (leg.answeredAt === null) {
    if (leg.endedAt === null) {
      const time = duration(Date.now() - Date.parse(leg.startedAt));
      return [{ at: leg.startedAt, text: t('step.ringing', { who, time }), kind: 'ring' }];
    }
    const outcome = t(`leg.${leg.outcome ?? 'failed'}`);
    const text =
      leg.ringMs > 0 ? t('step.rang', { who, time: duration(leg.ringMs), outcome }) : t('step.tried', { who, outcome });
    return [{ at: leg.startedAt, text, kind: 'ring' }];
  }
  const times = [
    leg.talkMs > 0 && t('step.talked', { time: duration(leg.talkMs) }),
    leg.holdMs > 0 && t('step.held', { time: duration(leg.holdMs) }),
    leg.consultMs > 0 && t('step.consulted', { time: duration(leg.consultMs) }),
  ].filter(Boolean);
  const answered =
    leg.ringMs > 0 ? t('step.answered', { who, time: duration(leg.ringMs) }) : t('step.answeredAtOnce', { who });
  return [{ at: leg.answeredAt, text: [answered, ...times].join(', '), kind: 'answer' }];
}

function transferStep(transfer) {
  const name = (number) => (number === null ? '?' : phone(number));
  const outcome = transfer.completed ? (transfer.blonde ? 'step.blonde' : 'step.done') : 'step.notDone';
  const text = `${t(`transfer.${transfer.type}`)}: ${name(transfer.by)} → ${name(transfer.to)}. ${t(outcome)}`;
  return { at: transfer.at, text, kind: 'transfer' };
}
