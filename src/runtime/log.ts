/**
 * Structured logs over winston: one JSON object a line (or plain text for a terminal), on standard error.
 *
 * The rest of the runtime sees the small {@link Logger} interface, so that a test can read what was logged and an
 * application can bring its own logger.
 */
import type { Writable } from 'node:stream';
import winston from 'winston';

export type Fields = Record<string, unknown>;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger whose name is `parent.name`, and whose lines all carry `fields`. */
  child(name: string, fields?: Fields): Logger;
}

export interface LoggerOptions {
  level?: LogLevel;
  format?: 'json' | 'text';
  stream?: Writable;
}

/** A logger; `info`, JSON and standard error unless told otherwise. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', format = 'json', stream = process.stderr } = options;
  const { combine, timestamp, json, printf } = winston.format;
  const root = winston.createLogger({
    level,
    format: combine(timestamp(), format === 'json' ? json() : printf(textLine)),
    transports: [streamTransport(stream)],
  });
  return wrap(root, '', {});
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** winston types its stream transport as a plain interface. */
function streamTransport(stream: Writable): winston.transport {
  const transport: unknown = new winston.transports.Stream({ stream });
  return transport as winston.transport;
}

function wrap(root: winston.Logger, name: string, bound: Fields): Logger {
  const write = (level: LogLevel, message: string, fields: Fields | undefined): void => {
    root.log({ ...bound, ...plain(fields), ...(name === '' ? {} : { logger: name }), level, message });
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (childName, fields) =>
      wrap(root, name === '' ? childName : `${name}.${childName}`, { ...bound, ...plain(fields) }),
  };
}

/** Errors are not enumerable: JSON would print them as {}. */
function plain(fields: Fields | undefined): Fields {
  if (fields === undefined) return {};
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  );
}

function textLine(info: winston.Logform.TransformableInfo): string {
  const { timestamp, level, message, logger, ...fields } = info;
  const rest = Object.entries(fields)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  const name = typeof logger === 'string' ? `${logger}: ` : '';
  return `${String(timestamp)} ${level.toUpperCase().padEnd(5)} ${name}${String(message)}${rest}`;
}
