// What went wrong with a connection, in words, with the setting that mends it.

interface Told {
  message: string;
  mend?: string;
}

const certificateCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/**
 * @param error of the socket, of TLS, of the name service or of the HTTP parser
 * @param host as the settings name it
 * @param connection name of the connection in `crm`
 */
export function explainFailure(error: Error, host: string, connection: string): Told {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (certificateCodes.has(code)) {
    return {
      message: `${host} has a certificate that is not trusted here (${code})`,
      mend: `name the certificate that signed it in caFile of the connection ${connection} in crm`,
    };
  }
  switch (code) {
    case 'ECONNREFUSED':
      return {
        message: `${host} refuses connections`,
        mend: `see whether the server runs, and check host and port of the connection ${connection} in crm`,
      };
    case 'ENOTFOUND':
      return {
        message: `there is no host ${host}`,
        mend: `check the address of the connection ${connection} in crm, and the name service of this machine`,
      };
    case 'EAI_AGAIN':
      return {
        message: `the name service does not answer for ${host}`,
        mend: 'check the name service of this machine',
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return {
        message: `${host} cannot be reached (${code})`,
        mend: 'check the network and the firewall between here and there',
      };
    case 'ECONNRESET':
    case 'EPIPE':
      return { message: `${host} closed the connection before a whole answer came` };
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return {
        message: `the certificate of ${host} does not hold now (${code})`,
        mend: 'renew it on the server; check the clocks of both machines',
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        message: `the certificate of ${host} is for another name`,
        mend: `name the host in the connection ${connection} in crm as its certificate does`,
      };
    case 'EPROTO':
      return {
        message: `${host} does not speak TLS there`,
        mend: `check the port; for a server without TLS write http:// and allowHttp: true in the connection ${connection} in crm`,
      };
  }
  if (code.startsWith('HPE_')) {
    return { message: `${host} answers in no HTTP (${code})`, mend: 'check host and port, and https against http' };
  }
  return { message: `the request to ${host} failed (${code === '' ? error.message : code})` };
}
