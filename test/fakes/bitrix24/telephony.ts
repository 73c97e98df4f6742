import { badArgument } from './errors.ts';
import { emitCallback } from './clicks.ts';
import { toText, upperKeys } from './php.ts';
import { getStatistics } from './statistics.ts';
import { attachTranscription, hide, searchCrmEntities, show } from './telephony-cards.ts';
import { finish } from './telephony-finish.ts';
import { attachRecord } from './telephony-record.ts';
import { register } from './telephony-register.ts';
import type { Ctx, Methods } from './world.ts';

const TELEPHONY = { scopes: ['telephony'] };

/** On a line of ours the portal only tells the application to call back; there is no CALL_ID. */
function startCallback({ world, auth, params: sent }: Ctx): unknown {
  const params = upperKeys(sent);
  const phone = toText(params['TO_NUMBER']);
  if (phone === '') throw badArgument('TO_NUMBER');
  const text = toText(params['TEXT_TO_PRONOUNCE']);
  emitCallback(world, {
    phone,
    text,
    voice: toText(params['VOICE']),
    line: toText(params['FROM_LINE']),
    cause: { userId: auth.userId, byApp: auth.appId },
  });
  return { RESULT: true };
}

export const telephonyMethods: Methods = {
  'telephony.externalcall.register': { ...TELEPHONY, telephonyAuth: true, run: register },
  'telephony.externalcall.finish': { ...TELEPHONY, telephonyAuth: true, run: finish },
  'telephony.externalcall.show': { ...TELEPHONY, run: show },
  'telephony.externalcall.hide': { ...TELEPHONY, run: hide },
  'telephony.externalcall.searchcrmentities': { ...TELEPHONY, run: searchCrmEntities },
  'telephony.externalcall.attachrecord': { ...TELEPHONY, run: attachRecord },
  'telephony.call.attachtranscription': { ...TELEPHONY, run: attachTranscription },
  'voximplant.statistic.get': { ...TELEPHONY, run: getStatistics },
  'voximplant.callback.start': { scopes: ['telephony', 'call'], run: startCallback },
};
