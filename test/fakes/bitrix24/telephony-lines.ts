import { domainError } from './envelope.ts';
import { toText, upperKeys } from './php.ts';
import type { Line } from './state.ts';
import type { Ctx, Methods, World } from './world.ts';

const LINE_LENGTH = 50;

const findLine = (world: World, appId: string | null, number: string): Line | undefined =>
  world.state.lines.all().find((line) => line.appId === appId && line.number === number);

/** The line of a register: trimmed, cut to 50, made when it is unknown. Empty stays empty. */
export function lineFor(world: World, appId: string | null, sent: string): string {
  const number = sent.trim().slice(0, LINE_LENGTH);
  if (number !== '' && !findLine(world, appId, number))
    world.state.lines.add({ id: world.state.lines.nextId(), appId, number, name: '', crmAutoCreate: true });
  return number;
}

function add({ world, auth, params }: Ctx): unknown {
  const number = toText(params['NUMBER']).trim();
  if (number === '') throw domainError('NUMBER should not be empty');
  if (findLine(world, auth.appId, number)) throw domainError('Line already exists');
  const auto = params['CRM_AUTO_CREATE'] === undefined || params['CRM_AUTO_CREATE'] === 'Y';
  const id = world.state.lines.nextId();
  world.state.lines.add({ id, appId: auth.appId, number, name: toText(params['NAME']), crmAutoCreate: auto });
  return { ID: id };
}

function existing({ world, auth, params }: Ctx): Line {
  const number = toText(params['NUMBER']).trim();
  const line = findLine(world, auth.appId, number);
  if (!line) throw domainError(`Could not find line with number ${number}`);
  return line;
}

function update(ctx: Ctx): unknown {
  const { NAME, CRM_AUTO_CREATE } = ctx.params;
  if (NAME === undefined && CRM_AUTO_CREATE === undefined) throw domainError('There are no fields to update');
  const line = existing(ctx);
  if (NAME !== undefined) line.name = toText(NAME);
  if (CRM_AUTO_CREATE !== undefined) line.crmAutoCreate = CRM_AUTO_CREATE === 'Y';
  return { ID: String(line.id) };
}

function remove(ctx: Ctx): unknown {
  ctx.world.state.lines.remove(existing(ctx).id);
  return [];
}

const list = ({ world, auth }: Ctx): unknown =>
  world.state.lines
    .all()
    .filter((line) => line.appId === auth.appId)
    .map(({ number, name, crmAutoCreate }) => ({
      NUMBER: number,
      NAME: name,
      CRM_AUTO_CREATE: crmAutoCreate ? 'Y' : 'N',
    }));

/** The portal's default number for outgoing calls; without one it is the first application. */
const getOutgoing = ({ world }: Ctx): unknown =>
  world.settings.defaultLine || `REST_APP:${world.settings.apps[0]?.clientId ?? ''}`;

/** Answers 1 for a line that nobody knows, too, and leaves the default as it was. */
function setOutgoing({ world, params: sent }: Ctx): unknown {
  const line = toText(upperKeys(sent)['LINE_ID']);
  const known = world.state.lines.all().some(({ number }) => number === line);
  if (known || world.settings.apps.some(({ clientId }) => line === `REST_APP:${clientId}`))
    world.settings.defaultLine = line;
  return 1;
}

/** External lines, each application's own; all webhooks share one set. */
export const lineMethods: Methods = {
  'telephony.externalline.add': { scopes: ['telephony'], telephonyAuth: true, run: add },
  'telephony.externalline.update': { scopes: ['telephony'], telephonyAuth: true, run: update },
  'telephony.externalline.delete': { scopes: ['telephony'], telephonyAuth: true, run: remove },
  'telephony.externalline.get': { scopes: ['telephony'], telephonyAuth: true, run: list },
  'voximplant.line.outgoing.get': { scopes: ['telephony'], run: getOutgoing },
  'voximplant.line.outgoing.set': { scopes: ['telephony'], run: setOutgoing },
};
