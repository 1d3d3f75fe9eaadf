import type { Access, Operation, OperationAnswer, RequestHeader } from "./operation.js";
import { operations } from "./operations.js";
import { type ProblemCode, problemCodes, problems } from "./problem.js";
import { type JsonSchema, namedSchemas, queryMembers, referenceTo } from "./schema-names.js";

/** An OpenAPI document, version 3.1 (https://spec.openapis.org/oas/v3.1.1.html). */
export interface OpenApiDocument {
  openapi: "3.1.1";
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  paths: Record<string, Record<string, JsonSchema>>;
  components: Record<string, Record<string, JsonSchema>>;
}

/** In words, who may call an operation. */
export const accessInWords: Readonly<Record<Access, string>> = {
  anyone: "anyone, without a token",
  admin: "the admin",
  participant: "whoever is in the room",
  tokenHolder: "participants, by their own token; the admin",
  read: "viewers and up",
  speak: "members and up",
  readHeld: "members and up",
  decide: "approvers and owners",
  steer: "approvers and owners",
  invite: "approvers and owners",
  manageAgents: "approvers and owners",
  configure: "owners",
  close: "owners",
  agent: "the agent itself, by its own token",
};

const pathParameters: Readonly<Record<string, string>> = {
  id: "Id of the room: 10 digits and lower-case letters.",
  name: "Name of the participant.",
  gateId: "Id of the gate.",
  inviteId: "Id of the invite.",
  messageId: "Id of the message.",
  tokenId: "Id of the token.",
  turnId: "Id of the turn.",
  at: "Which branch of a push, counted from 0.",
  stepId: "Id of the tool's use.",
  file: "Name of the picture.",
  sha256: "SHA-256 of the file, in hex.",
};

const queryParameters: Readonly<Record<string, string>> = {
  atLeast: "The answer waits, at most 2 s, until the room has come to this version.",
  before: "Messages before this position only; of turns and steps, the `next` of the page before.",
  limit: "Messages a page has at most: 1 to 200, 50 by default.",
  q: "Only messages that hold this text or come from a sender of this name.",
  with: "Also the questions agents put to people and their answers, for readers who may see held text.",
  after: "Events after this position; 0 for all. Absent: from now on. `Last-Event-ID` beats it.",
  activity: "1 adds frames that say what agents are doing.",
  format: "jsonl (default) or md.",
  steps: "1 adds the steps of every turn that has ended, behind its end, where you may read them.",
  path: "Path in the work folder, with `/`.",
  afterName: "The last name of the page before.",
  entries: "Entries a page has at most: 1 to 1,000, all of them by default.",
  against: "Another agent of the room, with whose files these are compared.",
  maxBytes: "Bytes that are read at most, from the beginning.",
  bytes: "Bytes of the steps in an answer, about: 4,096 to 1,048,576, 262,144 by default.",
  roomId: "Only tokens of this room.",
  from: "A display name in any script.",
  own: "1: only the agent's own messages, with how far they came.",
  name: "What the file is called.",
};

const headerParameters: Readonly<Record<RequestHeader, { description: string; schema: JsonSchema }>> = {
  "Idempotency-Key": {
    description: "The same request under the same key is carried out once.",
    schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,200}$" },
  },
  "Last-Event-ID": {
    description: "Position of the last event that was read; the stream goes on behind it.",
    schema: { type: "string", pattern: "^\\d{1,15}(\\.\\d{1,6})?$" },
  },
  "Parley-As": {
    description:
      "Name of the participant it is meant to be: where the token or cookie is another's, nothing is done (409 `not_you`).",
    schema: { type: "string" },
  },
};

/** The document of the whole API. `version` is Parley's. */
export function openApi({ version }: { version: string }): OpenApiDocument {
  const paths: OpenApiDocument["paths"] = {};
  for (const [id, operation] of Object.entries<Operation>(operations)) {
    const path = operation.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(id, operation) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Parley",
      version,
      description: "A room router for coding agents. docs/protocol.md explains what the schemas cannot say.",
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: { schemas: namedSchemas(), responses: problemResponses(), securitySchemes },
  };
}

const securitySchemes: Record<string, JsonSchema> = {
  token: {
    type: "http",
    scheme: "bearer",
    description: "A room's own token, a token of `POST /api/tokens`, or the admin token.",
  },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: "parley_{roomId}",
    description: "Set by joining. A change needs the page's own Origin and a JSON body too.",
  },
};

function securityOf(access: Access): JsonSchema[] {
  if (access === "anyone") return [];
  return access === "admin" || access === "tokenHolder" || access === "agent"
    ? [{ token: [] }]
    : [{ token: [] }, { cookie: [] }];
}

function operationObject(operationId: string, operation: Operation): JsonSchema {
  const { summary, note, access, body, content } = operation;
  const who = `Who may: ${accessInWords[access]}.`;
  const parameters = parametersOf(operation);
  return {
    operationId,
    summary,
    description: note === undefined ? who : `${note} ${who}`,
    security: securityOf(access),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { content: { "application/json": { schema: referenceTo(body) } } } }),
    ...(content && { requestBody: { content: { [content]: { schema: { type: "string", format: "binary" } } } } }),
    responses: responsesOf(operation),
  };
}

function parametersOf({ method, path, query, headers = [] }: Operation): JsonSchema[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: pathParameters[name],
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query ? queryMembers(query) : {}).map(([name, schema]) => ({
    name,
    in: "query",
    description: queryParameters[name],
    schema,
  }));
  const isChangeInRoom = method !== "GET" && path.startsWith("/api/rooms/:id");
  const read: RequestHeader[] = [...headers, ...(isChangeInRoom ? ["Parley-As" as const] : [])];
  return [...inPath, ...inQuery, ...read.map((name) => ({ name, in: "header", ...headerParameters[name] }))];
}

/** The answers of an operation by status. 500 stands everywhere: it is a fault of Parley that no request should lead to. */
function responsesOf({ answers, problems: statuses }: Operation): Record<string, JsonSchema> {
  const responses: Record<string, JsonSchema> = {};
  for (const status of [...statuses, 500]) responses[status] = { $ref: `#/components/responses/Problem${status}` };
  for (const [status, answer] of Object.entries(answers)) responses[status] = responseObject(answer);
  return responses;
}

function responseObject({ description, content }: OperationAnswer): JsonSchema {
  const bodies = Object.entries(content).map(([type, schema]) => [
    type,
    { schema: schema ? referenceTo(schema) : { type: "string" } },
  ]);
  return { description, content: Object.fromEntries(bodies) };
}

/** One answer a status: which codes it can carry. */
function problemResponses(): Record<string, JsonSchema> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemCodes) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const description = codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(" ");
      return [`Problem${status}`, { description, content }];
    }),
  );
}
