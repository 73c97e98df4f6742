// A call of a client in a line, with its recording.
import { foreign, h, icon } from './dom.js';
import { player } from './player.js';
import { sheetLink } from './sheet.js';
import { operatorName } from './people.js';
import { dateAndClock, duration, phone, t } from './speak.js';

const codes = [404, 405, 408, 480, 484, 486, 488, 500, 603];

/** How the call ended, from the result that the built-in CRM keeps: 304 is a missed call. */
function resultOf({ status, direction }) {
  if (status === 304) return { tone: 'bad', text: t('result.missed') };
  if (status === 200) return { tone: 'good', text: t(direction === 'outbound' ? 'result.called' : 'result.talked') };
  return { tone: 'calm', text: t(codes.includes(status) ? `result.${status}` : 'result.unreached') };
}

export function activityRow(activity) {
  const { callId, direction, talkSec, waitSec, line, startedAt, recorded, responsible } = activity;
  const { tone, text } = resultOf(activity);
  const sign = activity.status === 304 ? 'missed' : direction;
  const times = [
    talkSec > 0 && `${t('call.talked')} ${duration(talkSec * 1000)}`,
    waitSec > 0 && `${t('call.waited')} ${duration(waitSec * 1000)}`,
    line !== null && phone(line),
  ].filter(Boolean);
  return h(
    'div',
    { class: 'activity' },
    h(
      'a',
      { ...sheetLink('call', callId), class: 'activity-call' },
      h('span', { class: `direction direction-${sign}` }, icon(sign, t(`direction.${direction}`))),
      h(
        'span',
        { class: 'names' },
        h('span', { class: 'main' }, dateAndClock(startedAt)),
        h('span', { class: 'below' }, foreign([operatorName(responsible), ...times].filter(Boolean).join(' · '))),
      ),
      h('span', { class: `result result-${tone}` }, text),
    ),
    recorded && player(callId),
  );
}
