/** One recorded request, without its texts. */
export interface RecordedRequest {
  path: string;
  headers: readonly string[];
  body: unknown;
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects whose members are the agent's own words and mean nothing to the provider. */
const opaque: readonly string[] = ["parameters", "output_schema", "client_metadata", "metadata", "input_schema"];

/** Every kind of thing a body holds, as `item function_call: namespace` or `tool custom: format`. */
export function shapeOf(body: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (value: unknown, kind: string): void => {
    if (Array.isArray(value)) {
      for (const one of value) visit(one, kind);
      return;
    }
    if (!isObject(value)) return;
    const type = typeof value.type === "string" ? `${kind} ${value.type}` : kind;
    for (const [name, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      found.add(`${type}: ${name}`);
      if (!opaque.includes(name)) visit(inner, name);
    }
  };
  visit(body, "body");
  return found;
}

/** What a request holds that none of the recorded ones does. */
export function beyondRecorded(request: RecordedRequest, recorded: readonly RecordedRequest[]): readonly string[] {
  const known = new Set(recorded.flatMap(({ body, headers }) => [...shapeOf(body), ...headers.map(headerOf)]));
  return [...shapeOf(request.body), ...request.headers.map(headerOf)].filter((one) => !known.has(one));
}

const headerOf = (name: string) => `header ${name}`;
