// Deliveries of the connection `recordings`: our own work before a recording can go to a CRM.
import { cdrRecordings, type MediaTable } from '../recordings/media-table.ts';
import { isForCrms, prepareRecording, type RecordingsGiven } from '../recordings/recordings.ts';
import type { Delivery, NewDelivery } from '../store/delivery.ts';
import type { Dialect } from '../store/dialect.ts';
import { DeliveryError, type Worker } from './worker.ts';

/** Most of the time they wait for files; they are encoded one at a time whatever this says. */
const concurrency = 16;

/** Makes the recording of a call, remembers what came of it, and lets a delivery follow for each connection that wants it. */
export function recordingsWorker(
  given: Omit<RecordingsGiven, 'cdrNames'> & { media: MediaTable; database: Dialect },
): Worker {
  const { media, patience } = given;
  const recordings: RecordingsGiven = { ...given, cdrNames: (about) => cdrRecordings(given.database, about) };
  return {
    name: 'recordings',
    concurrency,
    async work({ delivery, call, signal }) {
      if (call === null) return { outcome: 'dropped', note: 'the history does not know the call' };
      const prepared = await prepareRecording(recordings, call, delivery.createdAtMs, signal);
      if (prepared.kind === 'later') {
        const { message, mend, retryAfterMs } = prepared;
        throw new DeliveryError('retry', message, { retryAfterMs, ...(mend === undefined ? {} : { mend }) });
      }
      await media.put(prepared.media, patience.now());
      if (prepared.kind === 'never') throw new DeliveryError('rejected', prepared.message, { mend: prepared.mend });
      const { note, file } = prepared.media;
      return {
        outcome: 'done',
        ...(note === null ? {} : { note }),
        // oxlint-disable-next-line unicorn/no-thenable -- a list, which nobody can await
        then: file !== null && isForCrms(file) ? recordsFor(delivery) : [],
      };
    },
  };
}

function recordsFor(delivery: Delivery): NewDelivery[] {
  const crms: unknown = delivery.payload['crms'];
  const names = Array.isArray(crms) ? crms.filter((name) => typeof name === 'string') : [];
  return [...new Set(names)].map((crm) => ({
    crm,
    kind: 'record',
    callId: delivery.callId,
    // A long upload must not hold up the same client's next card.
    number: null,
    live: false,
    payload: {},
    staleAtMs: null,
  }));
}
