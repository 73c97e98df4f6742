// How one PBX makes a call for an operator: which number may be dialled, and what Asterisk is told. Nothing here touches the world.
import type { AmiFields } from '../../ami/index.ts';
import { destinations } from '../../phones/destinations.ts';
import { compilePattern, type Pattern } from '../../phones/pattern.ts';
import { rewriter } from '../../phones/rewrite.ts';
import type { DialSettings } from '../../settings/dial.ts';
import type { Settings } from '../../settings/schema.ts';
import { OrderRefusal, type Order } from './order.ts';

export interface Dialler {
  readonly settings: DialSettings;
  /**
   * The number as it is kept, when it may be dialled.
   * @throws OrderRefusal
   */
  judge(wanted: { extension: string; number: string; line: string | null }): string;
  /** Originate for an order whose number was judged. */
  originate(order: Order): AmiFields;
}

type Rule<Kind extends 'operators' | 'lines'> = DialSettings[Kind][number];

/** What may become a part of an AMI header or of the dialplan: nothing that either reads as more than itself. */
const extensionForm = /^[0-9]{1,10}$/;
const lineForm = /^[A-Za-z0-9_.+-]{1,64}$/;
const dialledForm = /^\+?[0-9*#]{1,40}$/;

export function dialler(dial: DialSettings, settings: Pick<Settings, 'region' | 'rewrite'>): Dialler {
  const judge = destinations({ ...dial, region: settings.region });
  const rewritten = rewriter(settings.rewrite.toPbx);
  const operatorRule = firstOf<Rule<'operators'>>(dial.operators);
  const lineRule = firstOf<Rule<'lines'>>(dial.lines);
  /** The dialplans of most PBXs know no plus. */
  const dialled = (number: string): string => {
    const { number: result, steps } = rewritten(number);
    return steps.some(({ outcome }) => outcome === 'applied') ? result : result.replace(/^\+/, '');
  };
  return {
    settings: dial,
    judge({ extension, number, line }) {
      if (!extensionForm.test(extension)) {
        throw new OrderRefusal(
          'invalid',
          'the extension is no number',
          'Give the extension of an operator, such as 101',
        );
      }
      if (line !== null && !lineForm.test(line)) {
        throw new OrderRefusal('invalid', 'the line is no number or name', 'Give a line as the settings name it');
      }
      const verdict = judge(number);
      if (!verdict.ok) throw new OrderRefusal('not-allowed', verdict.problem, verdict.mend);
      if (!dialledForm.test(dialled(verdict.number))) {
        throw new OrderRefusal(
          'not-allowed',
          'nothing that can be dialled is left of this number',
          'See rewrite.toPbx',
        );
      }
      return verdict.number;
    },
    originate(order) {
      const { extension, line } = order;
      const number = dialled(order.number);
      const own = operatorRule(extension);
      const context = (line === null ? undefined : lineRule(line)?.context) ?? own?.context ?? dial.context;
      const fill = filler({ extension, number, line: line ?? '', context });
      const channel = fill(own?.channel ?? dial.channel);
      const account = own?.account ?? dial.account;
      const header = own?.autoAnswer === undefined ? dial.autoAnswer : own.autoAnswer;
      const shown = (own?.shows ?? dial.shows) === 'client' ? number : extension;
      return {
        Channel: channel,
        Context: context,
        Exten: number,
        Priority: 1,
        CallerID: `"${number}" <${shown}>`,
        Timeout: dial.operatorRingSec * 1000,
        Async: true,
        ChannelId: order.channelId,
        OtherChannelId: otherHalfId(order.channelId),
        ...(account !== undefined && { Account: account }),
        Variable: [
          `__PATCHCORD_ORDER=${order.id}`,
          ...Object.entries(dial.variables ?? {}).map(([name, value]) => `${name}=${fill(value)}`),
          ...(header ? [autoAnswerVariable(channel, header)] : []),
        ],
      };
    },
  };
}

/**
 * The uniqueid of the order's first channel. It ends as Asterisk's own do, so that when it began can be read from it, and is no longer than
 * the 32 characters that CDR tables have room for.
 * @param random ten hexadecimal digits
 */
export function channelIdOf(random: string, placedAtMs: number): string {
  return `pc${random}-${Math.floor(placedAtMs / 1000)}.1`;
}

/** Whether a uniqueid is one that we gave. */
export const isOurs = (channelId: string): boolean => /^pc[0-9a-f]{10}-\d+\.1$/.test(channelId);

/** A Local channel has two halves. */
const otherHalfId = (channelId: string): string => channelId.replace(/\.1$/, '.2');

function firstOf<One extends { match: string }>(rules: readonly One[]): (value: string) => One | undefined {
  const compiled = rules.map((rule): [Pattern, One] => [compilePattern(rule.match), rule]);
  return (value) => compiled.find(([pattern]) => pattern.matches(value))?.[1];
}

function filler(values: Record<string, string>): (template: string) => string {
  return (template) => template.replaceAll(/\{([a-z]+)\}/g, (_, name: string) => values[name] ?? '');
}

/**
 * How a header gets into the INVITE to the operator's phone depends on the channel driver. Behind a Local channel FreePBX takes Alert-Info
 * from a variable; other dialplans of chan_sip inherit SIPADDHEADER.
 */
function autoAnswerVariable(channel: string, header: string): string {
  const at = header.indexOf(': ');
  const [name, value] = [header.slice(0, at), header.slice(at + 2)];
  if (channel.startsWith('PJSIP/')) return `PJSIP_HEADER(add,${name})=${value}`;
  if (channel.startsWith('Local/') && name.toLowerCase() === 'alert-info') return `__ALERT_INFO=${value}`;
  return channel.startsWith('Local/') ? `__SIPADDHEADER51=${header}` : `SIPADDHEADER51=${header}`;
}
