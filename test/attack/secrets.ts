/** Secrets that must not be seen, and the outputs that were searched for them. */
export interface SecretWatch {
  /** Adds a secret. `among`: the outputs that must not show it, named `audience/what`. Default: all of them. */
  add(secret: { name: string; text: string; among?: RegExp }): void;
  /** Searches one text that somebody was shown. */
  see(face: string, text: string): void;
  /** `name on face` for each secret found, without repeats. */
  seen(): string[];
  /** Number of texts searched. */
  reads(): number;
}

const reversed = (text: string): string => [...text].reverse().join("");

/** A secret as it is, and in spellings meant to pass a filter. */
export function spellingsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  // Base64 looks different at each offset modulo three; only the middle is searched for.
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
