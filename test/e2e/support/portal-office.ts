// A real Asterisk, a real Patchcord and an imitated Bitrix24 portal that know each other, with the firms of the lab as the portal's employees.
import { vi } from 'vitest';
import { freePort } from '../../../lab/child.ts';
import { companies, type Company } from '../../../lab/company.ts';
import type { Dialplan, ManagerUser } from '../../../lab/config/server.ts';
import { type Lab, openLab } from '../../../lab/lab.ts';
import type { AsteriskVersion } from '../../../lab/places.ts';
import { adapters } from '../../../src/crm/registry.ts';
import { dialSchema } from '../../../src/settings/dial.ts';
import { type Settings, settingsSchemaWith } from '../../../src/settings/schema.ts';
import { FakePortal, type PortalOptions } from '../../fakes/bitrix24/portal.ts';
import { advisedUser, dataFolder, labSettings, Patchcord } from './patchcord.ts';
import { allWell } from './scenario-suite.ts';

/** The manager user of the documentation, with the right that ordering calls needs. */
const user: ManagerUser = { ...advisedUser, username: 'clicks', write: 'system,call,reporting,originate' };

/** The user of the portal whose inner number this extension is. */
export const userOf = (extension: string): number => 1000 + Number(extension);
/** The portal's administrator gets what nobody else gets. */
export const adminUser = 1;

export interface PortalOffice {
  readonly lab: Lab;
  readonly portal: FakePortal;
  readonly settings: Settings;
  patchcord: Patchcord;
  /** Puts records into the directory, as an administrator would over the API. */
  directory(content: object): Promise<void>;
  close(): Promise<void>;
}

export interface OfficeOptions {
  version: AsteriskVersion;
  dialplan?: Dialplan;
  portal?: PortalOptions;
  /** Settings of the connection besides where the portal is. */
  connection?: object;
  /** Through a local application of the portal, which alone hears of clicks; else by an incoming webhook. */
  application?: boolean;
  /** The portal tells us of clicks at an address of ours; else an application is asked for them. */
  told?: boolean;
  /** How the PBX makes calls, besides how long the operator's phone rings. */
  dial?: object;
}

/** Started, and ready when every employee of the portal is an operator. */
export async function openPortalOffice(options: OfficeOptions): Promise<PortalOffice> {
  const place = dataFolder();
  const closing: (() => Promise<void> | void)[] = [() => place.remove()];
  const close = async (): Promise<void> => {
    for (const step of closing.toReversed()) await step();
  };
  try {
    const portal = new FakePortal({ users: officeUsers, entities: [], ...options.portal });
    await portal.listen();
    closing.push(() => portal.close());
    const lab = await openLab({
      version: options.version,
      dialplan: options.dialplan ?? 'plain',
      users: [user],
    });
    closing.push(() => lab.close());
    const settings = officeSettings(lab, portal, place.folder, options);
    if (options.told) await letBeTold(settings);
    const patchcord = await Patchcord.start(settings);
    const office: PortalOffice = {
      lab,
      portal,
      settings,
      patchcord,
      directory: (content) => office.patchcord.post('/directory/import', content),
      close,
    };
    closing.push(() => office.patchcord.stop());
    if (options.application) await installApplication(office);
    await office.directory({ policies: [{ id: '*', defaultUser: String(adminUser), missedOwner: 1 }] });
    await vi.waitFor(async () => {
      const { records } = (await office.patchcord.get('/directory/operators')) as { records: unknown[] };
      if (records.length < companies.length * 6) throw new Error(`${records.length} operators so far`);
    }, 20_000);
    await allWell(patchcord);
    return office;
  } catch (error) {
    await close();
    throw error;
  }
}

const admin = { id: adminUser, name: 'Anna', lastName: 'Orlova', admin: true };

function employees(firm: Company) {
  return [1, 2, 3, 4, 5, 6].map((person) => ({
    id: userOf(firm.extension(person)),
    name: `Person ${person}`,
    lastName: `of firm ${firm.index}`,
    inner: firm.extension(person),
    ...(person === 1 && { personalMobile: `+${firm.mobile()}` }),
  }));
}

/** The administrator and everybody of every firm. */
export const officeUsers = [admin, ...companies.flatMap(employees)];

function officeSettings(lab: Lab, portal: FakePortal, folder: string, options: OfficeOptions): Settings {
  const access = options.application
    ? { portal: portal.baseUrl(), clientId: portal.app().clientId, clientSecret: portal.app().clientSecret }
    : { webhook: portal.webhookUrl() };
  const connection = {
    name: 'portal',
    type: 'bitrix24',
    allowPrivate: true,
    allowHttp: true,
    ...access,
    ...(options.application
      ? { authServer: portal.baseUrl(), events: options.told ? 'url' : 'poll' }
      : { events: 'none' }),
    ...options.connection,
  };
  const { crm } = settingsSchemaWith(adapters).parse({ crm: [connection] });
  const plain = labSettings(lab.asterisk, folder, user);
  const { monitorFolder } = lab.asterisk;
  return {
    ...plain,
    // The mobiles come from the portal's employees.
    mobiles: [],
    crm,
    pbx: plain.pbx.map((pbx) => ({
      ...pbx,
      dial: dialSchema.parse({ operatorRingSec: 5, ...options.dial }),
      recordings: { folders: [{ asterisk: monitorFolder, here: monitorFolder }], names: [] },
    })),
  };
}

async function letBeTold(settings: Settings): Promise<void> {
  settings.listen = `127.0.0.1:${await freePort()}`;
  settings.publicUrl = `http://${settings.listen}`;
}

/** The administrator installs the local application: the portal tells Patchcord its first tokens. */
async function installApplication({ portal, patchcord }: PortalOffice): Promise<void> {
  const status = await portal.install(`http://${patchcord.address}/crm/portal/install`);
  if (status !== 200) throw new Error(`the installation was answered ${status}`);
}
