// What only the CDR knows: whose unconditional forward a mobile was (FreePBX leaves the extension in `dst` alone). Pure.
import type { Call, Leg } from '../../calls/call.ts';
import { parseChannelName } from '../../calls/channel-name.ts';
import type { CdrEntry } from './cdr-row.ts';

/** Contexts whose `dst` is a group or a queue and nobody's number (FreePBX). */
const groupContexts = new Set(['ext-group', 'ext-queues', 'from-queue', 'ext-group-custom']);

/**
 * The call with the owner of each mobile that had none, as the rows of its linkedids tell; null when they tell nothing new.
 * @param isExtension whether a short number is a person's
 */
export function withOwners(
  call: Call,
  rows: readonly CdrEntry[],
  isExtension: (number: string) => boolean,
): Call | null {
  let isNew = false;
  const legs = call.legs.map((leg): Leg => {
    if (leg.number === null || leg.of !== null || leg.extension !== null) return leg;
    const row = rows.find(
      ({ dst, dstChannel, dcontext }) =>
        isExtension(dst) &&
        dst !== call.queue?.name &&
        !groupContexts.has(dcontext) &&
        deviceOf(dstChannel) === leg.device,
    );
    if (!row) return leg;
    isNew = true;
    return { ...leg, of: row.dst };
  });
  if (!isNew) return null;
  const talker = legs
    .filter((leg) => leg.talkMs > 0 && leg.role !== 'caller')
    .reduce<Leg | null>(
      (last, leg) => (last === null || (leg.answeredAt ?? '') >= (last.answeredAt ?? '') ? leg : last),
      null,
    );
  const extension = talker?.extension ?? talker?.of ?? null;
  const responsible = extension === null ? call.responsible : { extension, operatorId: null };
  // An operator that somebody set by hand stays with the extension that did not change.
  const isSame = responsible?.extension === call.responsible?.extension;
  return { ...call, legs, responsible: isSame ? call.responsible : responsible };
}

function deviceOf(channel: string): string | null {
  if (channel === '') return null;
  const { tech, endpoint } = parseChannelName(channel);
  return `${tech}/${endpoint}`;
}
