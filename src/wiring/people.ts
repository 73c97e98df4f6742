// Who is who, for the trackers: employees' mobiles of the settings and of the directory, as both are at the moment.
import { mobilesOf, operatorByExtension } from '../people/lookups.ts';
import type { Directory } from '../people/directory.ts';
import { type MobileOwner, mobileOwners } from '../phones/mobiles.ts';
import type { People } from '../pbx/pbx.ts';
import type { Settings } from '../settings/schema.ts';

export function peopleOf(current: () => Directory, settings: Pick<Settings, 'mobiles' | 'region'>): People {
  let known: { directory: Directory; ownerOf: MobileOwner } | null = null;
  const ownerOf = (): MobileOwner => {
    const directory = current();
    if (known?.directory !== directory) {
      const mobiles = [...settings.mobiles, ...mobilesOf(directory)];
      known = { directory, ownerOf: mobileOwners(mobiles, settings.region) };
    }
    return known.ownerOf;
  };
  return {
    ownerOf: (number) => ownerOf()(number)?.extension ?? null,
    operatorOf: (extension) => operatorByExtension(current(), extension)?.id ?? null,
  };
}
