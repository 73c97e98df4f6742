// The settings that every connection over the network has; an adapter spreads them into its own.
import { z } from 'zod';
import { marked, text } from '../settings/marks.ts';

export const networkSettings = {
  allowPrivate: marked(
    z.boolean().default(false),
    'Its server may have an address of the inner network (10.…, 192.168.…, 127.…): needed for a server in the office',
  ),
  allowHttp: marked(z.boolean().default(false), 'It may be asked without TLS (http://…)'),
  caFile: marked(
    text(1000).optional(),
    'Certificate (PEM) to trust besides the usual ones: for a server that signs its certificate itself',
    { file: true, sample: '/etc/patchcord/crm-ca.pem' },
  ),
};
