import { readFile } from "node:fs/promises";
import { type PriceTable, priceTableSchema } from "../../adapters/kit/gateway/prices.js";
import { parseJsonText } from "../core/text/json-text.js";
import { PortError } from "../ports/port-error.js";

/** The price table of a file. Rejects with a `PortError` that gives the problem and its place. */
export async function readPrices(path: string): Promise<PriceTable> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw unusable(path, error.code === "ENOENT" ? "there is no such file" : `it cannot be read (${error.code})`);
  });
  const json = parseJsonText(text);
  if ("reason" in json) throw unusable(path, `line ${json.line} is not JSON: ${json.reason}`);
  const parsed = priceTableSchema.safeParse(json.value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || "the table"}: ${message}`);
  throw unusable(path, problems.join("; "));
}

function unusable(path: string, why: string): PortError {
  const message = `The prices in ${path} (PARLEY_PRICES_FILE) cannot be used: ${why}. Correct the file, or unset the key for the built-in prices.`;
  return new PortError(message, { code: "refused", retryable: false });
}
