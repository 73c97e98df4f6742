import { entityName } from './crm-entities.ts';
import { html } from './page-html.ts';
import type { Html } from './page-html.ts';
import { toText } from './php.ts';
import type { FakePortal } from './portal.ts';
import type { Entity, EntityType } from './state.ts';
import type { CallView } from './view.ts';
import { entityText } from './view.ts';

const SHOWN = 100;
const TYPES = ['', 'out', 'in', 'in, redirected', 'callback', 'info'];

/** A row with the key by which the page finds it again. */
export type Row = [key: string, cells: string];
const row = (key: string | number, cells: Html): Row => [String(key), cells.text];

const newest = <T>(list: T[]): T[] => list.slice(-SHOWN).reverse();

const clock = (portal: FakePortal, ms: number): string =>
  new Date(ms + portal.settings.utcOffsetMinutes * 60_000).toISOString().slice(11, 19);

const userName = (portal: FakePortal, id: number): string => {
  const user = portal.state.users.get(id);
  return user ? `${user.name} ${user.lastName}` : `user ${id}`;
};

const duration = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

const status = (call: CallView): Html =>
  call.live
    ? html`<b class="pill live">live</b>`
    : html`<b class="pill ${call.code === '200' ? 'good' : 'bad'}">${call.code}</b>`;

const players = (call: CallView): Html[] =>
  call.records.map(
    ({ id, name, bytes }) =>
      html`<audio controls preload="none" src="/fake/record/${id}"></audio><small>${name}, ${bytes} B</small>`,
  );

function callRows(portal: FakePortal): Row[] {
  return newest(portal.calls().sort((a, b) => a.startMs - b.startMs)).map((call) =>
    row(
      call.callId,
      html`<td>${clock(portal, call.startMs)}</td>
        <td>${status(call)}</td>
        <td>${TYPES[call.type]}</td>
        <td>${call.phone}</td>
        <td>${call.line}</td>
        <td>${call.live ? '' : duration(call.durationSeconds)}</td>
        <td>${userName(portal, call.userId)}</td>
        <td>${entityText(call.primary)}${call.created.length > 0 && ' (new)'}</td>
        <td>${call.activities.map(({ ID, COMPLETED }) => `${toText(ID)}${COMPLETED === 'Y' ? ' done' : ' open'} `)}</td>
        <td>${players(call)}</td>
        <td><small>${call.externalCallId || call.callId.slice(13, 21)}</small></td>`,
    ),
  );
}

const state = ({ fields, type }: Entity): string =>
  toText(type === 'DEAL' ? fields['STAGE_ID'] : type === 'LEAD' ? fields['STATUS_ID'] : '');

function entityRows(portal: FakePortal, type: EntityType): Row[] {
  return newest(portal.state.entities[type].all()).map((entity) =>
    row(
      entity.id,
      html`<td>${entity.id}</td>
        <td>${entityName(entity)}</td>
        <td>${entity.phones.map(({ value }) => value).join(', ')}</td>
        <td>${userName(portal, Number(entity.fields['ASSIGNED_BY_ID']))}</td>
        <td>${state(entity)} ${entity.fields['IS_RETURN_CUSTOMER'] === 'Y' && 'repeat'}</td>`,
    ),
  );
}

const TASK_STATES: Record<string, string> = {
  2: 'waiting',
  3: 'in progress',
  4: 'supervised',
  5: 'done',
  6: 'deferred',
};

function taskRows(portal: FakePortal): Row[] {
  return newest(portal.tasks()).map((task) =>
    row(
      toText(task['id']),
      html`<td>${toText(task['id'])}</td>
        <td>${toText(task['title'])}</td>
        <td>${userName(portal, Number(task['responsibleId']))}</td>
        <td>${toText(task['deadline'])}</td>
        <td>${TASK_STATES[toText(task['status'])]}</td>
        <td>${JSON.stringify(task['ufCrmTask'] ?? [])}</td>`,
    ),
  );
}

function userRows(portal: FakePortal): Row[] {
  const cards = portal.cards();
  return [...portal.state.users.values()].map((user) => {
    const shown = (cards.get(user.id) ?? []).map((callId) => portal.state.live.where('callId', callId)[0]?.phone ?? '');
    return row(
      user.id,
      html`<td>${user.id}</td>
        <td>${user.name} ${user.lastName}${user.active ? '' : ' (dismissed)'}</td>
        <td>${user.inner}</td>
        <td>${user.personalMobile}</td>
        <td>${user.timeman}</td>
        <td>${shown.map((phone) => html`<b class="pill live">☎ ${phone}</b> `)}</td>`,
    );
  });
}

function requestRows(portal: FakePortal): Row[] {
  const last = portal.requests.length;
  return portal.requests
    .slice(-40)
    .map((request, index, some) =>
      row(
        last - some.length + index,
        html`<td>${clock(portal, request.atMs)}</td>
          <td>
            ${request.method}${request.method === 'batch' && ` ×${request.batchSize}: ${request.methods.slice(0, 4).join(', ')}`}
          </td>
          <td><b class="pill ${request.status === 200 ? 'good' : 'bad'}">${request.status || 'cut'}</b></td>
          <td>${request.ms.toFixed(1)} ms</td>
          <td>${request.struck.join(', ')}</td>`,
      ),
    )
    .reverse();
}

function eventRows(portal: FakePortal): Row[] {
  const last = portal.state.deliveries.length;
  return portal.state.deliveries
    .slice(-20)
    .map((sent, index, some) =>
      row(
        last - some.length + index,
        html`<td>${clock(portal, sent.atMs)}</td>
          <td>${sent.event}</td>
          <td>${sent.url}</td>
          <td><b class="pill ${sent.status === 200 ? 'good' : 'bad'}">${sent.status || 'no answer'}</b></td>
          <td>${sent.ms.toFixed(0)} ms</td>`,
      ),
    )
    .reverse();
}

const ruleRows = (portal: FakePortal): Row[] =>
  portal.unkind.rules().map((rule, index) =>
    row(
      index,
      html`<td>${rule.kind}</td>
        <td>${rule.method ?? '*'}</td>
        <td>${rule.probability ?? 1}</td>
        <td>${rule.times ?? 'for ever'}</td>
        <td>${rule.ms !== undefined && `${rule.ms} ms`}</td>`,
    ),
  );

/** Everything the page shows, table by table. */
export const pageTables = (portal: FakePortal): Record<string, Row[]> => ({
  calls: callRows(portal),
  leads: entityRows(portal, 'LEAD'),
  contacts: entityRows(portal, 'CONTACT'),
  companies: entityRows(portal, 'COMPANY'),
  deals: entityRows(portal, 'DEAL'),
  tasks: taskRows(portal),
  users: userRows(portal),
  requests: requestRows(portal),
  events: eventRows(portal),
  rules: ruleRows(portal),
});
