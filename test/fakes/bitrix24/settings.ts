import type { EntityType, User } from './state.ts';

export interface AppSettings {
  clientId: string;
  clientSecret: string;
  name: string;
  /** Where the authorize page sends the browser back to. */
  handlerUrl: string;
  scopes: string[];
  applicationToken: string;
  /** Apps whose installer never called `installFinish` get no events. */
  installed: boolean;
}

export interface WebhookSettings {
  userId: number;
  secret: string;
  scopes: string[];
}

export interface SeedEntity {
  type: EntityType;
  id?: number;
  fields?: Record<string, string>;
  phones?: string[];
}

/** The knobs; every one may also be changed while the portal runs (`portal.settings`). */
export interface PortalSettings {
  /** A cloud portal counts operating time and rates; a box does neither. */
  edition: 'cloud' | 'box';
  crmMode: 'classic' | 'simple';
  /** A known client without an open deal or repeat lead gets a repeat lead. */
  autoRepeatLead: boolean;
  /** Whether register, finish and lines accept an incoming webhook. */
  webhookTelephonyAllowed: boolean;
  /** Domain errors carry the code "" (true, as real) or ERROR_CORE (false, as documented). */
  emptyErrorCodes: boolean;
  /** 403 where the docs say so, although the source answers 401. */
  documentedStatuses: boolean;
  /** The leaky bucket's X and Y; null switches it off. */
  rate: { threshold: number; drainPerSecond: number } | null;
  /** Seconds per method, application and ten minutes; null switches it off. */
  operatingLimitSeconds: number | null;
  /** What one request of a method adds to its operating time, whatever it really took. */
  operatingCostSeconds: Record<string, number>;
  /** What one run of a method takes in ms, by its name in lower case; a batch takes the sum of its commands. */
  takesMs: Record<string, number>;
  /** Cloud plan feature without which `event.offline.get` with clear=0 is refused. */
  offlineExtended: boolean;
  utcOffsetMinutes: number;
  accessTokenSeconds: number;
  codeSeconds: number;
  memberId: string;
  /** The name in events and tokens; null is the address that the server listens on. */
  domain: string | null;
  apps: AppSettings[];
  webhooks: WebhookSettings[];
  /** Statuses of the SOURCE directory. */
  sources: string[];
  /** Numbers on the CRM's exclusion list. */
  excludedNumbers: string[];
  /** The portal's default outgoing line; empty is the first application itself. */
  defaultLine: string;
  eventTimeoutMs: number;
  /** How many records keep their bytes for the player; the others keep length and hash. */
  keptRecords: number;
  users: (Partial<User> & { id: number })[];
  entities: SeedEntity[];
}

export const ALL_SCOPES = ['telephony', 'crm', 'user', 'task', 'im', 'timeman', 'call', 'placement'];

const employee = (id: number, name: string, lastName: string, inner: string): Partial<User> & { id: number } => ({
  id,
  name,
  lastName,
  inner,
});

const defaultUsers = (): (Partial<User> & { id: number })[] => [
  { ...employee(1, 'Anna', 'Orlova', ''), admin: true },
  { ...employee(11, 'Boris', 'Volkov', '101'), personalMobile: '+79161110011' },
  employee(12, 'Vera', 'Smirnova', '102'),
  employee(13, 'Gleb', 'Morozov', '103'),
  employee(14, 'Daria', 'Lebedeva', '104'),
  employee(15, 'Egor', 'Sokolov', '105'),
  employee(16, 'Zoya', 'Pavlova', '106'),
];

const defaultEntities = (): SeedEntity[] => [
  { type: 'COMPANY', fields: { TITLE: 'Romashka LLC', ASSIGNED_BY_ID: '12' }, phones: ['+74951000001'] },
  {
    type: 'CONTACT',
    fields: { NAME: 'Ivan', LAST_NAME: 'Petrov', ASSIGNED_BY_ID: '11', COMPANY_ID: '1' },
    phones: ['+79261000001'],
  },
  {
    type: 'CONTACT',
    fields: { NAME: 'Maria', LAST_NAME: 'Ivanova', ASSIGNED_BY_ID: '13' },
    phones: ['8 926 100-00-02'],
  },
  { type: 'LEAD', fields: { TITLE: 'From the site', NAME: 'Oleg', ASSIGNED_BY_ID: '14' }, phones: ['+79261000003'] },
  { type: 'DEAL', fields: { TITLE: 'Supply 2026', CONTACT_ID: '1', ASSIGNED_BY_ID: '11' } },
];

export const defaultSettings = (): PortalSettings => ({
  edition: 'cloud',
  crmMode: 'classic',
  autoRepeatLead: true,
  webhookTelephonyAllowed: true,
  emptyErrorCodes: true,
  documentedStatuses: false,
  rate: { threshold: 50, drainPerSecond: 2 },
  operatingLimitSeconds: 480,
  operatingCostSeconds: {},
  takesMs: {},
  offlineExtended: true,
  utcOffsetMinutes: 180,
  accessTokenSeconds: 3600,
  codeSeconds: 30,
  memberId: 'a223c6b3710f85df22e9377d6c4f7553',
  domain: null,
  apps: [
    {
      clientId: 'local.6650a1b2c3d4e5.10203040',
      clientSecret: 'fake-secret-of-the-local-application-0001',
      name: 'Patchcord',
      handlerUrl: 'http://127.0.0.1/',
      scopes: ALL_SCOPES,
      applicationToken: 'fake-application-token-0001',
      installed: true,
    },
  ],
  webhooks: [{ userId: 1, secret: 'fakewebhooksecret1', scopes: ALL_SCOPES }],
  sources: [
    'CALL',
    'EMAIL',
    'WEB',
    'ADVERTISING',
    'PARTNER',
    'RECOMMENDATION',
    'TRADE_SHOW',
    'WEBFORM',
    'CALLBACK',
    'RC_GENERATOR',
    'STORE',
    'OTHER',
  ],
  excludedNumbers: [],
  defaultLine: '',
  eventTimeoutMs: 5000,
  keptRecords: 200,
  users: defaultUsers(),
  entities: defaultEntities(),
});
