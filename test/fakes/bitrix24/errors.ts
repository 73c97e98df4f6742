import { RestError } from './envelope.ts';
import type { PortalSettings } from './settings.ts';

/** The status that the source sends, or the one that the documents promise. */
const status = (settings: PortalSettings, source: number, documented: number): number =>
  settings.documentedStatuses ? documented : source;

export const invalidCredentials = (settings: PortalSettings): RestError =>
  new RestError('INVALID_CREDENTIALS', 'Invalid request credentials', status(settings, 401, 403));
export const insufficientScope = (settings: PortalSettings): RestError =>
  new RestError(
    'insufficient_scope',
    'The request requires higher privileges than provided by the access token',
    status(settings, 401, 403),
  );
export const expiredToken = (): RestError =>
  new RestError('expired_token', 'The access token provided has expired.', 401);
export const invalidToken = (): RestError => new RestError('invalid_token', 'Unable to get application by token', 401);
export const noAuth = (): RestError => new RestError('NO_AUTH_FOUND', 'Wrong authorization data', 401);
export const unauthorisedUser = (): RestError => new RestError('authorization_error', 'Unable to authorize user', 401);
export const wrongAuthType = (): RestError =>
  new RestError('WRONG_AUTH_TYPE', 'Current authorization type is denied for this method', 403);
export const methodNotFound = (): RestError => new RestError('ERROR_METHOD_NOT_FOUND', 'Method not found!', 404);
export const accessDenied = (text = 'Access denied.'): RestError => new RestError('ACCESS_DENIED', text, 403);
export const badArgument = (argument: string, text = 'Argument is null or empty'): RestError =>
  new RestError('ERROR_ARGUMENT', text, 400, { argument });
export const operationLimit = (): RestError =>
  new RestError('OPERATION_TIME_LIMIT', 'Method is blocked due to operation time limit.', 429);
export const tooManyRequests = (): RestError => new RestError('QUERY_LIMIT_EXCEEDED', 'Too many requests', 503);
export const coreError = (text: string): RestError => new RestError('ERROR_CORE', text);
export const wrongLicense = (): RestError =>
  new RestError('WRONG_LICENSE', 'Your license does not allow this feature', 403);
export const missingParameter = (name: string): RestError =>
  new RestError('100', `Could not find value for parameter {${name}}`);
/** Never seen by anyone: the connection is gone with the portal. */
export const stopped = (): RestError => new RestError('INTERNAL_SERVER_ERROR', 'The portal was stopped', 500);
