import { readFileSync, writeFileSync } from "node:fs";
import { accessInWords, openApi } from "../../src/protocol/openapi.js";
import type { Operation } from "../../src/protocol/operation.js";
import { operations } from "../../src/protocol/operations.js";
import { type JsonSchema, namedSchemas, queryMembers, referenceTo } from "../../src/protocol/schema-names.js";

const root = new URL("../../", import.meta.url);
const documentFile = new URL("docs/openapi.json", root);
const guideFile = new URL("docs/protocol.md", root);
const begin = "<!-- operations: written by `npm run docs:api` -->";
const end = "<!-- end of operations -->";

/** The two files of docs/ that are made from the table of operations: as they are, and as they must be. */
export function apiDocs(): { path: URL; is: string; must: string }[] {
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const guide = readFileSync(guideFile, "utf8");
  return [
    { path: documentFile, is: readIfThere(documentFile), must: `${JSON.stringify(openApi({ version }), null, 2)}\n` },
    { path: guideFile, is: guide, must: withTable(guide, endpointTable()) },
  ];
}

/** Writes both files. */
export function writeApiDocs(): void {
  for (const { path, must } of apiDocs()) writeFileSync(path, must);
}

function readIfThere(path: URL): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function withTable(guide: string, table: string): string {
  const from = guide.indexOf(begin);
  const to = guide.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/protocol.md has to have the lines ${begin} and ${end}`);
  return `${guide.slice(0, from)}${begin}\n${table}\n${guide.slice(to)}`;
}

/** One row an operation, in Markdown. */
export function endpointTable(): string {
  const head = ["| request | who may | takes | answers | what it does |", "|---|---|---|---|---|"];
  return [...head, ...Object.values<Operation>(operations).map(row)].join("\n");
}

function row({ method, path, access, body, query, headers = [], answers, summary, note }: Operation): string {
  const takes = [
    ...(body ? [code(outline(referenceTo(body)))] : []),
    ...(query ? [`query ${Object.keys(queryMembers(query)).map(code).join(", ")}`] : []),
    ...headers.map((name) => code(name)),
  ].filter((text) => text !== "`{}`");
  const given = Object.entries(answers).map(([status, { content }]) => {
    const bodies = Object.entries(content).map(([type, schema]) =>
      type === "application/json" && schema ? code(outline(referenceTo(schema))) : code(type),
    );
    return `${status} ${bodies.join(" or ")}`;
  });
  const does = note === undefined ? `${summary}` : `${summary}. ${note}`;
  const cells = [code(`${method} ${path}`), accessInWords[access], takes.join(", "), unique(given).join(", "), does];
  return `| ${cells.join(" | ")} |`;
}

const code = (text: string): string => `\`${text}\``;

/** 200 and 503 of the health report have one form. */
function unique(given: readonly string[]): string[] {
  const [first, second] = given;
  const sameForm = first !== undefined && second !== undefined && first.slice(4) === second.slice(4);
  return sameForm ? [`${first.slice(0, 3)} or ${second}`] : [...given];
}

const schemas = namedSchemas();

/** The members of an object, the optional ones with `?`; a list as the only member is opened. */
function outline(schema: JsonSchema, opened = false): string {
  const named = resolve(schema);
  const members = (named.properties ?? {}) as Record<string, JsonSchema>;
  const required = (named.required ?? []) as string[];
  const names = Object.keys(members).map((name) => `${name}${required.includes(name) ? "" : "?"}`);
  const [only, ...others] = Object.entries(members);
  if (only && others.length === 0 && !opened && only[1].type === "array")
    return `{${only[0]}: [${outline(only[1].items as JsonSchema, true)}]}`;
  return `{${names.join(", ")}${named.additionalProperties instanceof Object && names.length > 0 ? ", …" : ""}}`;
}

function resolve(schema: JsonSchema): JsonSchema {
  const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
  return name === undefined ? schema : (schemas[name] ?? schema);
}
