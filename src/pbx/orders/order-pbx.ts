import type { PbxSettings, Settings } from '../../settings/schema.ts';
import { amiOptionsOf } from '../ami-options.ts';
import type { Devices } from '../endpoints.ts';
import { dialler } from './dialler.ts';
import type { OrderPbx } from './orders.ts';

/**
 * What ordering calls needs of a PBX of the settings.
 * @param devices as the live connection knows them
 */
export function orderPbx(pbx: PbxSettings, settings: Settings, devices: () => Devices): OrderPbx {
  return {
    name: pbx.name,
    ami: amiOptionsOf(pbx),
    dialler: pbx.dial ? dialler(pbx.dial, settings) : null,
    has(extension) {
      const known = devices();
      const named = ['PJSIP', 'SIP'].some((tech) => known.has(`${tech}/${extension}`));
      return named || [...known.values()].some(({ hint }) => hint === extension);
    },
  };
}
