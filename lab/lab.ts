import type { AmiTap } from './ami.ts';
import { header } from './ami.ts';
import { type Asterisk, startAsterisk } from './asterisk.ts';
import { type Company } from './company.ts';
import { phonePassword } from './config/pjsip.ts';
import type { Dialplan, ManagerUser } from './config/server.ts';
import type { AsteriskVersion } from './places.ts';
import type { Party } from './sip/party.ts';
import { openPhone, openTrunk, type Phone, type Trunk } from './sip/phone.ts';
import type { TruthRecord } from './sip/truth.ts';

/** One firm with its people at their phones: what a scenario is played with. */
export interface Stage {
  readonly company: Company;
  readonly host: string;
  /** Phone of the person: 1, 2, 3, 5, and 6 (the first of two). 4 has none. */
  phone(person: number): Phone;
  /** The second phone of the person 6. */
  readonly secondPhone: Phone;
  /** An outside party with the firm's client number 1..9. */
  client(n?: number): Party;
  /** The mobile of a person: an outside party. */
  mobile(person?: number): Party;
  /** Manager connection with all rights. */
  readonly ami: AmiTap;
  /** What the firm's phones and clients saw, in order of the calls' begin. */
  readonly truth: TruthRecord[];
  /** Name of the newest channel of the extension. */
  channelOf(extension: string): string;
  /** Name of the newest trunk channel that carries this outside number. */
  channelWith(number: string): string;
  /** Waits until no channel of the firm is left. @throws Error after 15 s */
  quiet(): Promise<void>;
  /** Ends what is left, forgets the calls, and lets every party ring again. */
  reset(): void;
}

/** An Asterisk with phones and a trunk. */
export interface Lab {
  readonly asterisk: Asterisk;
  readonly ami: AmiTap;
  /** One per firm; scenarios on different stages may be played at once. */
  readonly stages: Stage[];
  /** Anyone outside with this number, besides the clients and mobiles of the firms; what they see is in no firm's truth. */
  outside(number: string): Party;
  /** After Asterisk was restarted: a new manager connection and registrations. */
  close(): Promise<void>;
}

/** Starts Asterisk with the phones of the firms registered and the trunk connected. */
export async function openLab(options: {
  version: AsteriskVersion;
  dialplan?: Dialplan;
  companies?: Company[];
  records?: string;
  users?: ManagerUser[];
}): Promise<Lab> {
  const asterisk = await startAsterisk(options);
  try {
    return await populate(asterisk);
  } catch (error) {
    await asterisk.stop();
    throw error;
  }
}

async function populate(asterisk: Asterisk): Promise<Lab> {
  const ami = await asterisk.tap();
  const server = { host: asterisk.sipHost, port: asterisk.sipPort };
  const truths = asterisk.companies.map((): TruthRecord[] => []);
  const owner = (number: string): TruthRecord[] =>
    truths[asterisk.companies.findIndex((firm) => outsideNumbers(firm).includes(number))] ?? [];
  const trunk = await openTrunk({ bind: { host: asterisk.trunkHost, port: 5060 }, server, truth: owner });
  const network = asterisk.sipHost.replace(/\.\d+$/, '');
  const stages = await Promise.all(
    asterisk.companies.map(async (firm, index) => {
      const truth = truths[index] ?? [];
      const open = (person: number, port = 5060): Promise<Phone> => {
        const extension = firm.extension(person);
        const bind = { host: `${network}.${extension}`, port };
        return openPhone({ extension, password: phonePassword, bind, server, truth });
      };
      const phones = await Promise.all([open(1), open(2), open(3), open(5), open(6), open(6, 5062)]);
      return stageOf(firm, { asterisk, ami, trunk, phones, truth });
    }),
  );
  return {
    asterisk,
    ami,
    stages,
    outside: (number) => trunk.party(number),
    close: async () => {
      await Promise.all(stages.map((stage) => stage.close()));
      trunk.close();
      ami.close();
      await asterisk.stop();
    },
  };
}

function outsideNumbers(firm: Company): string[] {
  const people = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  return people.flatMap((n) => [firm.client(n), firm.mobile(n)]);
}

function stageOf(
  company: Company,
  parts: { asterisk: Asterisk; ami: AmiTap; trunk: Trunk; phones: Phone[]; truth: TruthRecord[] },
): Stage & { close(): Promise<void> } {
  const { ami, phones, trunk, truth } = parts;
  const find = (extension: string, nth = 0): Phone => {
    const phone = phones.filter(({ name }) => name === extension)[nth];
    if (phone === undefined) throw new Error(`no phone ${extension} in this firm`);
    return phone;
  };
  const newest = (fits: (block: string) => boolean, what: string): string => {
    const found = ami.blocks.findLast((block) => header(block.raw, 'Event') !== 'CEL' && fits(block.raw));
    if (found === undefined) throw new Error(`no channel of ${what}`);
    return header(found.raw, 'Channel');
  };
  const outside = new Set<Party>();
  const party = (number: string): Party => {
    const found = trunk.party(number);
    outside.add(found);
    return found;
  };
  return {
    company,
    host: parts.asterisk.sipHost,
    phone: (person) => find(company.extension(person)),
    secondPhone: find(company.extension(6), 1),
    client: (n) => party(company.client(n)),
    mobile: (person) => party(company.mobile(person)),
    ami,
    truth,
    channelOf: (extension) =>
      newest((block) => header(block, 'Channel').startsWith(`PJSIP/${extension}-`), `extension ${extension}`),
    channelWith: (number) =>
      newest(
        (block) => header(block, 'Channel').startsWith('PJSIP/trunk-') && header(block, 'CallerIDNum') === number,
        `number ${number}`,
      ),
    quiet: () => noChannels(ami, company),
    reset: () => {
      for (const one of [...phones, ...outside]) one.reset();
      truth.length = 0;
    },
    close: async () => {
      await Promise.all(phones.map((phone) => phone.close()));
    },
  };
}

/** Asks Asterisk until no channel belongs to the firm. */
async function noChannels(ami: AmiTap, company: Company): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const from = ami.blocks.length;
    const id = `quiet-${company.index}-${Date.now()}`;
    const complete = ami.event(
      (block) => header(block, 'Event') === 'CoreShowChannelsComplete' && header(block, 'ActionID') === id,
    );
    await ami.send({ Action: 'CoreShowChannels', ActionID: id });
    await complete;
    const left = ami.blocks
      .slice(from)
      .filter(({ raw }) => header(raw, 'Event') === 'CoreShowChannel' && header(raw, 'ActionID') === id)
      .filter(({ raw }) => isOf(company, raw));
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`channels are left: ${left.map(({ raw }) => header(raw, 'Channel')).join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whether a CoreShowChannel block tells of a channel of the firm: one of its phones, or one that names a number of it. */
function isOf(company: Company, block: string): boolean {
  const extensions = [1, 2, 3, 4, 5, 6].map((person) => company.extension(person));
  const device = /^(?:PJSIP|Local)\/(\d+)[-@]/.exec(header(block, 'Channel'))?.[1] ?? '';
  const named = ['CallerIDNum', 'ConnectedLineNum', 'Exten'].map((name) => header(block, name));
  const known = new Set([...extensions, ...outsideNumbers(company)]);
  return [device, ...named].some((number) => known.has(number) || number.startsWith(`7495100${company.index}`));
}
