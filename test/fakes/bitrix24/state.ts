import { toText } from './php.ts';
import type { PhpMap } from './php.ts';
import { phoneCode } from './phone.ts';
import { Table } from './table.ts';

export type EntityType = 'LEAD' | 'DEAL' | 'CONTACT' | 'COMPANY';
export interface EntityRef {
  type: EntityType;
  id: number;
}

export interface User {
  id: number;
  name: string;
  lastName: string;
  email: string;
  active: boolean;
  admin: boolean;
  inner: string;
  workPhone: string;
  personalMobile: string;
  personalPhone: string;
  departments: number[];
  online: boolean;
  userType: 'employee' | 'extranet' | 'email' | 'bot';
  /** The working day; NOT_INSTALLED and UNAVAILABLE are what the search shows when nobody keeps it. */
  timeman: 'OPENED' | 'CLOSED' | 'PAUSED' | 'EXPIRED' | 'UNAVAILABLE' | 'NOT_INSTALLED';
  /** The line chosen in the profile for outgoing calls; empty is the portal's default. */
  outgoingLine: string;
  crmRights: 'all' | 'own' | 'none';
  statisticRights: 'all' | 'own' | 'none';
}

export interface MultiField {
  id: number;
  value: string;
  valueType: string;
}

export interface Entity {
  id: number;
  type: EntityType;
  /** What `get` shows, but for the multi-fields. */
  fields: PhpMap;
  phones: MultiField[];
  emails: MultiField[];
}

export interface Line {
  id: number;
  appId: string | null;
  number: string;
  name: string;
  crmAutoCreate: boolean;
}

export interface LiveCall {
  id: number;
  callId: string;
  externalCallId: string;
  appId: string | null;
  userId: number;
  phone: string;
  type: number;
  startMs: number;
  registeredMs: number;
  line: string;
  /** The primary entity shown on the card. */
  primary: EntityRef | null;
  bindings: EntityRef[];
  created: EntityRef[];
  createdLead: number | null;
  leadError: string | undefined;
  /** Excluded numbers are bound to nothing, also at finish. */
  excluded: boolean;
  /** The planned call activity from which a click came. */
  plannedActivity: number | null;
}

export interface Statistic {
  id: number;
  callId: string;
  externalCallId: string;
  userId: number;
  phone: string;
  line: string;
  type: number;
  durationSeconds: number;
  startMs: number;
  finishedMs: number;
  code: string;
  reason: string;
  vote: number;
  cost: number;
  currency: string;
  appId: string | null;
  activityId: number | null;
  primary: EntityRef | null;
  created: EntityRef[];
  bindings: EntityRef[];
  fileId: number | null;
  transcriptId: number | null;
  registeredUserId: number;
}

export interface Activity {
  id: number;
  fields: PhpMap;
  bindings: EntityRef[];
  fileIds: number[];
}

export interface StoredFile {
  id: number;
  callId: string;
  name: string;
  folder: string;
  bytes: number;
  sha256: string;
  mime: string;
  /** Kept for the newest records only. */
  content: Buffer | null;
  storedMs: number;
  /** False when a later record took its place and this one was taken away. */
  present: boolean;
}

export interface Missed {
  id: number;
  callId: string;
  phone: string;
  open: boolean;
}

export interface Task {
  id: number;
  fields: PhpMap;
}

export interface Push {
  atMs: number;
  kind: 'show' | 'hide';
  callId: string;
  userId: number;
  cause: 'register' | 'show' | 'hide' | 'finish';
}

export interface Note {
  id: number;
  atMs: number;
  userId: number;
  message: string;
  tag: string;
}

export interface Comment {
  id: number;
  entity: string;
  text: string;
}

export interface Handler {
  id: number;
  appId: string;
  event: string;
  url: string;
  userId: number;
  offline: boolean;
  connector: string;
}

export interface OutgoingWebhook {
  url: string;
  events: string[];
  token: string;
}

export interface OfflineEvent {
  id: number;
  appId: string;
  key: string;
  atMs: number;
  event: string;
  data: PhpMap;
  connector: string;
  userId: number;
  processId: string;
  error: boolean;
}

/** One attempt to bring an event to a handler. */
export interface EventDelivery {
  atMs: number;
  event: string;
  url: string;
  data: PhpMap;
  /** HTTP status, or 0 when nothing answered. */
  status: number;
  ms: number;
}

const newEntities = (): Table<Entity, 'phone' | 'contact' | 'company'> =>
  new Table({
    phone: (row: Entity) => row.phones.map((phone) => phoneCode(phone.value)),
    contact: (row: Entity) => [toText(row.fields['CONTACT_ID'])],
    company: (row: Entity) => [toText(row.fields['COMPANY_ID'])],
  });

/** All that the portal remembers. */
export class PortalState {
  readonly users = new Map<number, User>();
  readonly entities = {
    LEAD: newEntities(),
    DEAL: newEntities(),
    CONTACT: newEntities(),
    COMPANY: newEntities(),
  };
  readonly lines = new Table<Line>({});
  readonly live = new Table<LiveCall, 'callId' | 'same'>({
    callId: (call: LiveCall) => [call.callId],
    same: (call: LiveCall) => [`${call.appId}|${call.userId}|${call.phone}|${call.type}`],
  });
  readonly statistics = new Table<Statistic, 'callId' | 'externalCallId'>({
    callId: (row: Statistic) => [row.callId],
    externalCallId: (row: Statistic) => [row.externalCallId],
  });
  readonly activities = new Table<Activity, 'origin'>({
    origin: (row: Activity) => [toText(row.fields['ORIGIN_ID'])],
  });
  readonly files = new Table<StoredFile, 'callId' | 'place'>({
    callId: (file: StoredFile) => [file.callId],
    place: (file: StoredFile) => (file.present ? [`${file.folder}/${file.name}`] : []),
  });
  readonly missed = new Table<Missed, 'phone'>({ phone: (row: Missed) => (row.open ? [row.phone] : []) });
  readonly tasks = new Table<Task, 'xmlId'>({ xmlId: (task: Task) => [toText(task.fields['XML_ID'])] });
  readonly notes = new Table<Note>({});
  readonly comments = new Table<Comment>({});
  readonly handlers = new Table<Handler>({});
  readonly offline = new Table<OfflineEvent>({});
  readonly outgoingWebhooks: OutgoingWebhook[] = [];
  readonly pushes: Push[] = [];
  readonly deliveries: EventDelivery[] = [];
  /** Of the addresses that were given out for records. */
  readonly uploadTokens: string[] = [];
  #multiField = 0;

  nextMultiField(): number {
    this.#multiField += 2;
    return this.#multiField;
  }
}
