// Which device is an extension and which a trunk: found out from Asterisk, overruled by the settings.
import type { AmiClient, AmiMessage } from '../ami/index.ts';
import { guessExtension } from '../calls/channel-name.ts';
import { compilePatterns } from '../phones/pattern.ts';

/** What Asterisk says of one device. */
export interface Device {
  /** Extension whose hint watches the device. */
  hint: string | null;
  /** Whether a phone signs in as this device; a provider's trunk does not. Null when it is not told. */
  signsIn: boolean | null;
}

/** By technology and name, such as `PJSIP/101`. */
export type Devices = ReadonlyMap<string, Device>;

export interface Overrides {
  trunks: readonly string[];
  extensions: readonly string[];
}

/**
 * Classifies a device: settings first, then the hint (the administrator's own word for whose phone it is), then its name. A name of up to
 * six digits is an extension unless nobody signs in as it: providers give trunks names such as `100500`.
 */
export function classifier(
  overrides: Overrides,
  devices: () => Devices,
): (tech: string, endpoint: string) => string | null {
  const isTrunk = compilePatterns(overrides.trunks);
  const isExtension = compilePatterns(overrides.extensions);
  return (tech, endpoint) => {
    const name = `${tech}/${endpoint}`;
    const device = devices().get(name);
    if (isTrunk(endpoint) || isTrunk(name)) return null;
    if (isExtension(endpoint) || isExtension(name)) return device?.hint ?? endpoint;
    if (device?.hint) return device.hint;
    const guess = guessExtension(tech, endpoint);
    return guess !== null && device?.signsIn === false ? null : guess;
  };
}

/** Asks Asterisk for its devices and hints. A question that it refuses or does not know leaves that part unknown. */
export async function askDevices(client: AmiClient): Promise<Map<string, Device>> {
  const devices = new Map<string, Device>();
  const list = async (action: string): Promise<AmiMessage[]> => {
    try {
      return await client.list(action);
    } catch {
      // chan_sip is not in 21 and later, PJSIP not on every 16; the names of the devices serve then.
      return [];
    }
  };
  for (const item of await list('PJSIPShowEndpoints')) {
    if (item.name === 'EndpointList')
      devices.set(`PJSIP/${item.get('ObjectName')}`, { hint: null, signsIn: item.get('Auths') !== '' });
  }
  for (const item of await list('SIPpeers')) {
    if (item.name === 'PeerEntry')
      devices.set(`SIP/${item.get('ObjectName')}`, { hint: null, signsIn: item.get('Dynamic') === 'yes' });
  }
  for (const item of await list('ExtensionStateList')) addHint(devices, item);
  return devices;
}

/** `Hint: PJSIP/101&Custom:DND101` of extension 101. Feature codes have hints too, but they watch no device. */
function addHint(devices: Map<string, Device>, item: AmiMessage): void {
  const extension = item.get('Exten');
  if (!/^\d{1,10}$/.test(extension)) return;
  for (const name of item.get('Hint').split(/[&,]/)) {
    if (!/^(?:PJSIP|SIP|IAX2|SCCP|DAHDI)\//.test(name)) continue;
    const device = devices.get(name);
    if (device) device.hint ??= extension;
    else devices.set(name, { hint: extension, signsIn: null });
  }
}
