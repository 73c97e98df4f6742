import { bitrix24 } from '../../../src/crm/bitrix24/adapter.ts';
import { describeAdapter, hostileText } from '../../crm/contract.ts';
import type { Sample } from '../../crm/bench.ts';
import { aCall } from '../../store/a-call.ts';
import { Bitrix24Fake } from './bitrix24-fake.ts';

const ended = (id: string, client: { number: string; e164: string; name: string | null }): Sample => ({
  kind: 'ended',
  call: aCall(id, { client }),
});

describeAdapter({
  adapter: bitrix24,
  startFake: () => Bitrix24Fake.start(),
  sample: ended('c1', { number: '+79161112233', e164: '+79161112233', name: null }),
  hostile: ended('c2', { number: hostileText, e164: '+79161112244', name: hostileText }),
  namesCredentials: /webhook/,
  unmoved: { limited: '429 means that one method has used up its time in the portal, for minutes' },
});
