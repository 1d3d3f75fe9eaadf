/** Texts that must not be seen, and the faces they were looked for on. */
export interface SecretWatch {
  /** `among`: the faces on which this one must not be; a face is named `audience/what`. Default: on none. */
  add(secret: { name: string; text: string; among?: RegExp }): void;
  /** Looks through one text that somebody got to see. */
  see(face: string, text: string): void;
  /** `name on face`, each once. */
  seen(): string[];
  /** Texts looked through. */
  reads(): number;
}

const reversed = (text: string): string => [...text].reverse().join("");

/** A secret as it is, and as somebody would spell it who wants it to pass a filter. */
export function spellingsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  // At another offset within its three bytes base64 looks different; the middle is the same for each.
  const offsets = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset, 32), bytes])
      .toString("base64")
      .slice(offset === 0 ? 0 : 4, -4),
  );
  const escaped = [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
  return [text, reversed(text), bytes.toString("hex"), [...text].join(" "), escaped, ...offsets];
}

export function createSecretWatch(): SecretWatch {
  const secrets: { name: string; spellings: string[]; among: RegExp }[] = [];
  const found = new Set<string>();
  let reads = 0;
  return {
    add: ({ name, text, among = /./ }) => void secrets.push({ name, spellings: spellingsOf(text), among }),
    see(face, text) {
      reads += 1;
      for (const { name, spellings, among } of secrets)
        if (among.test(face) && spellings.some((spelling) => text.includes(spelling))) found.add(`${name} on ${face}`);
    },
    seen: () => [...found],
    reads: () => reads,
  };
}
