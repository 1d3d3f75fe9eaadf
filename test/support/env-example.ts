import { settings } from "../../src/config.js";

const header = [
  "# Settings of Parley. Copy this file to .env and change what you need; the environment beats the file.",
  "# An empty value counts as unset.",
];

interface Row {
  key: string;
  meaning: string;
  unit: string;
  default: string | null;
  whenUnset?: string;
}

function entry(row: Row): string {
  const otherwise = row.default === null ? `When unset: ${row.whenUnset}` : `Default: ${row.default}`;
  return [`# ${row.meaning}`, `# Unit: ${row.unit}. ${otherwise}.`, `${row.key}=${row.default ?? ""}`].join("\n");
}

/** The text `.env.example` must have. */
export function renderEnvExample(): string {
  const entries = Object.values<Row>(settings).map(entry);
  return `${[header.join("\n"), ...entries].join("\n\n")}\n`;
}
