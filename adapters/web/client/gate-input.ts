/** One field of a tool's input as it is shown: text as it is, anything else as JSON. */
export interface InputField {
  name: string;
  text: string;
}

/** The fields of a tool's input; undefined when it is not a JSON object. */
export function inputFields(body: string): InputField[] | undefined {
  const value = parsed(body);
  if (!isObject(value)) return undefined;
  return Object.entries(value).map(([name, field]) => ({
    name,
    text: typeof field === "string" ? field : JSON.stringify(field, null, 2),
  }));
}

/** The input with another text for one field: text where it was text, else the JSON it reads as. JSON again. */
export function withField(body: string, name: string, text: string): string {
  const value = parsed(body);
  if (!isObject(value)) return body;
  const entries = Object.entries(value).map(([key, field]: [string, unknown]) => {
    if (key !== name) return [key, field] as const;
    const other = typeof field === "string" ? undefined : parsed(text);
    return [key, other === undefined ? text : other] as const;
  });
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}

const tellingChars = 160;

/** The one field that tells most of an input, on one line. */
export function tellingInput(body: string): string | undefined {
  const text = inputFields(body)?.[0]?.text.replaceAll(/\s+/g, " ").trim();
  if (text === undefined || text === "") return undefined;
  return text.length <= tellingChars ? text : `${text.slice(0, tellingChars)}…`;
}

export function isJsonObject(text: string): boolean {
  return isObject(parsed(text));
}

export function prettyJson(text: string): string {
  const value = parsed(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
