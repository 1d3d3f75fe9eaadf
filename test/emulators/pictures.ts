/** Pictures that posts name by their address: the platform fetches them itself, once, and shows its own copy. */
export interface Pictures {
  /** Judges an address, and fetches it where the emulator can fetch. */
  take(url: string): void;
  /** The picture as a `data:` address, if it could be fetched. */
  shown(url: string): string | undefined;
  /** Resolves when nothing is being fetched. */
  settled(): Promise<void>;
}

export interface PicturesOptions {
  /** How pictures are fetched from outside. Absent: addresses alone are judged. */
  fetch?: ((url: string) => Promise<Response>) | undefined;
  violate: (rule: string, detail: string) => void;
}

/** Both platforms show these. Discord shows no GIF (discord-api-docs#830) and no SVG, Slack no `data:` address. */
const signatures: Readonly<Record<string, readonly number[]>> = {
  "image/png": [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  "image/jpeg": [0xff, 0xd8, 0xff],
};
/** Unpublished; Slack showed none of 2.7 MB (node-slack-sdk#1406). */
const maxBytes = 1_000_000;
const maxUrlChars = 2_048;

/** Fetches as a stranger does: no cookie, no token, no second try. */
export function createPictures({ fetch, violate }: PicturesOptions): Pictures {
  const copies = new Map<string, string | undefined>();
  const pending = new Set<Promise<void>>();

  async function copy(url: string, get: (url: string) => Promise<Response>): Promise<void> {
    try {
      const response = await get(url);
      const type = response.headers.get("content-type") ?? "";
      const bytes = new Uint8Array(await response.arrayBuffer());
      const problem = problemOf({ status: response.status, type, bytes });
      if (problem !== undefined) return violate("picture_not_shown", `${url}: ${problem}`);
      copies.set(url, `data:${type};base64,${Buffer.from(bytes).toString("base64")}`);
    } catch (error) {
      violate("picture_not_shown", `${url}: ${String(error)}`);
    }
  }

  return {
    take(url) {
      if (copies.has(url)) return;
      copies.set(url, undefined);
      const problem = addressProblem(url);
      if (problem !== undefined) return violate("picture_address", `${url.slice(0, 200)}: ${problem}`);
      if (fetch === undefined) return;
      const work = copy(url, fetch).finally(() => pending.delete(work));
      pending.add(work);
    },
    shown: (url) => copies.get(url),
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

function addressProblem(url: string): string | undefined {
  if (!URL.canParse(url) || url.length > maxUrlChars) return "no address";
  const { protocol, hostname, pathname, username, search } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return `${protocol} is not fetched`;
  if (username !== "" || search !== "") return "it carries more than an address";
  if (/^(?:localhost|127\.|10\.|192\.168\.|\[)/.test(hostname) || !hostname.includes("."))
    return "nobody outside reaches it";
  return /\.(?:png|jpe?g)$/.test(pathname) ? undefined : "its name is not that of a PNG or JPEG";
}

function problemOf(given: { status: number; type: string; bytes: Uint8Array }): string | undefined {
  const { status, type, bytes } = given;
  if (status !== 200) return `status ${status}`;
  const signature = signatures[type];
  if (signature === undefined) return `it is of the type ${type}`;
  if (bytes.length > maxBytes) return `${bytes.length} bytes`;
  return signature.every((byte, at) => bytes[at] === byte) ? undefined : "it is not what its type says";
}
