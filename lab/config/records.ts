import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { Plan } from './server.ts';

/** The columns that FreePBX's tables have, `id` apart: widths as there. */
const celColumns = [
  'eventtype varchar(30) not null',
  'eventtime {time} not null',
  'cid_name varchar(80) not null',
  'cid_num varchar(80) not null',
  'cid_ani varchar(80) not null',
  'cid_rdnis varchar(80) not null',
  'cid_dnid varchar(80) not null',
  'exten varchar(80) not null',
  'context varchar(80) not null',
  'channame varchar(80) not null',
  'appname varchar(80) not null',
  'appdata varchar(255) not null',
  'amaflags int not null',
  'accountcode varchar(20) not null',
  'uniqueid varchar(32) not null',
  'linkedid varchar(32) not null',
  'peer varchar(80) not null',
  'userdeftype varchar(255) not null',
  'extra varchar(512) not null',
];
const cdrColumns = [
  "calldate {time} not null default '1970-01-01 00:00:01'",
  ...['clid', 'src', 'dst', 'dcontext', 'channel', 'dstchannel', 'lastapp', 'lastdata'].map(text),
  'duration int not null default 0',
  'billsec int not null default 0',
  "disposition varchar(45) not null default ''",
  'amaflags int not null default 0',
  ...['accountcode', 'uniqueid', 'userfield', 'did', 'recordingfile', 'cnum', 'cnam', 'outbound_cnum'].map(text),
  ...['outbound_cnam', 'dst_cnam', 'linkedid', 'peeraccount'].map(text),
  'sequence int not null default 0',
];

function text(name: string): string {
  return `${name} varchar(255) not null default ''`;
}

/**
 * Makes the tables `cel` and `cdr` in the database that Asterisk is to write into, unless they are there.
 * @param url `postgres://…` or `mysql://…`
 */
export async function createRecordTables(url: string): Promise<void> {
  const postgres = url.startsWith('postgres');
  const id = postgres ? 'id serial primary key' : 'id int auto_increment primary key';
  const time = postgres ? 'timestamp' : 'datetime(6)';
  const statements = Object.entries({ cel: celColumns, cdr: cdrColumns }).map(
    ([name, columns]) =>
      `create table if not exists ${name} (${[id, ...columns].join(', ').replaceAll('{time}', time)})`,
  );
  if (postgres) {
    const client = new Client(url);
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  } else {
    const connection = await createConnection(url);
    for (const statement of statements) await connection.query(statement);
    await connection.end();
  }
}

/** The files that make Asterisk write CEL and CDR into that database; none when there is no database. */
export function recordFiles(plan: Plan, mariaDbDriver: string): Record<string, string> {
  if (plan.records === null) return {};
  const { protocol, hostname, port, username, password, pathname } = new URL(plan.records);
  const database = pathname.slice(1);
  if (protocol.startsWith('postgres')) {
    const server = `[global]\nhostname=${hostname}\nport=${port}\ndbname=${database}\nuser=${username}\npassword=${password}\n`;
    return {
      'cel_pgsql.conf': `${server}table=cel\nappname=asterisk\n`,
      'cdr_pgsql.conf': `${server}table=cdr\nappname=asterisk\nencoding=UTF8\n`,
    };
  }
  return {
    'odbcinst.ini': `[mariadb]\nDriver=${mariaDbDriver}\nThreading=2\n`,
    'odbc.ini': `[records]\nDriver=mariadb\nSERVER=${hostname}\nPORT=${port}\nDATABASE=${database}\nCHARSET=utf8mb4\n`,
    'res_odbc.conf': `[records]\nenabled=yes\ndsn=records\nusername=${username}\npassword=${password}\npre-connect=yes\n`,
    'cel_odbc.conf': '[cel]\nconnection=records\ntable=cel\n',
    'cdr_adaptive_odbc.conf': '[cdr]\nconnection=records\ntable=cdr\nalias start=calldate\n',
  };
}

/** Where unixODBC looks for the files above. */
export function odbcEnvironment(plan: Plan): Record<string, string> {
  return { ODBCSYSINI: plan.folders.etc, ODBCINI: join(plan.folders.etc, 'odbc.ini') };
}
