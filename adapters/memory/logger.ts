import type { Logger } from "../../src/ports/logger.js";

export interface LogRecord {
  level: "debug" | "info" | "warn" | "error";
  fields: object;
  message: string;
}

/** Keeps log records for tests; the newest `maxRecords` (default 10,000). */
export function createMemoryLogger(options: { maxRecords?: number } = {}): Logger & { readonly records: LogRecord[] } {
  const { maxRecords = 10_000 } = options;
  const records: LogRecord[] = [];
  const at = (level: LogRecord["level"]) => (fields: object, message: string) => {
    records.push({ level, fields, message });
    if (records.length > maxRecords) records.shift();
  };
  return { records, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
