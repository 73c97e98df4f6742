import { type Company } from '../company.ts';
import type { Plan } from './server.ts';

/** The password that every phone of the lab registers with. */
export const phonePassword = 'lab-phone';

/** Names of the people 1..6, one of them Cyrillic and one with characters that need escaping. */
export const people = [
  'Operator One',
  'Оператор Два',
  'Operator "Three" \\ One',
  'Phone Off',
  'Supervisor',
  'Two Phones',
];

/** pjsip.conf: the phones of all firms, and one trunk that is known by its address. */
export function pjsipFile(plan: Plan): string {
  const firms = plan.companies.flatMap((firm) => people.map((name, index) => phone(plan, firm, index + 1, name)));
  return `[global]
type=global
user_agent=lab
[system]
type=system
timer_t1=500
[udp]
type=transport
protocol=udp
bind=${plan.host}:5060
[line](!)
type=endpoint
disallow=all
allow=alaw
direct_media=no
dtmf_mode=rfc4733
media_address=${plan.host}
bind_rtp_to_media_address=yes
rtp_symmetric=no
timers=no
send_pai=yes
[trunk](line)
context=${plan.dialplan === 'plain' ? 'from-trunk' : 'from-pstn'}
aors=trunk
trust_id_inbound=yes
[trunk]
type=aor
contact=sip:${plan.trunkHost}:5060
[trunk]
type=identify
endpoint=trunk
match=${plan.trunkHost}
${firms.join('')}`;
}

function phone(plan: Plan, firm: Company, person: number, name: string): string {
  const extension = firm.extension(person);
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `[${extension}](line)
context=from-internal
auth=${extension}
aors=${extension}
callerid="${escaped}" <${extension}>
call_group=${firm.index + 1}
pickup_group=${firm.index + 1}
set_var=CHANNEL(parkinglot)=lot${firm.index}
set_var=__FIRM=${firm.index}
${plan.dialplan === 'plain' ? 'set_var=__TRANSFER_CONTEXT=from-internal\n' : ''}[${extension}]
type=auth
auth_type=userpass
username=${extension}
password=${phonePassword}
[${extension}]
type=aor
max_contacts=${person === 6 ? 2 : 1}
remove_existing=yes
`;
}
